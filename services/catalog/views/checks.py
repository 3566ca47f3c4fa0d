"""The page of every check: what it is for, how severe it is here, and what it found by service."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from prism.core.access import console_view
from services.catalog.check_report import applies_to, shown_severity
from services.catalog.checks import CHIPS, Asked, Check, by_subject
from services.catalog.inspection import every_check, inspect, load_facts

SUBJECTS_SHOWN = 150


@dataclass(frozen=True, slots=True)
class Rule:
    """One check as a row: its severity under the levels that are set, and how much it found."""

    check: Check[Any]
    severity: str
    chip: str
    applies_to: str
    found: int


@require_safe
@console_view("catalog.view")
def checks(request: HttpRequest) -> HttpResponse:
    """Show every check, and everything found."""
    now = timezone.now()
    results = inspect(load_facts(now.date()), Asked(now))
    found = {result.check.id: len(result.findings) for result in results}
    subjects = by_subject(results)
    context = {
        "rules": [_rule(check, found.get(check.id, 0)) for check in every_check().values()],
        "subjects": subjects[:SUBJECTS_SHOWN],
        "subjects_count": len(subjects),
        "findings_count": sum(found.values()),
    }
    return render(request, "catalog/checks.html", context)


def _rule(check: Check[Any], found: int) -> Rule:
    severity = shown_severity(check, settings.PRISM_CHECKS)
    return Rule(check, severity, CHIPS.get(severity, ""), applies_to(check), found)
