"""The home page: what is wrong and what changed, first."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from prism.core.access import console_view
from services.catalog.change_words import describe_counts
from services.catalog.checks import by_subject
from services.catalog.overview import load_overview

FINDINGS_SHOWN = 3
FINDINGS_OF_ONE_CHECK = 500
SUBJECTS_SHOWN = 12


@require_safe
@console_view("catalog.view")
def home(request: HttpRequest) -> HttpResponse:
    """Show the overview, findings by service or `?by=check`; `?check=ID` opens all of one check."""
    overview = load_overview(timezone.now())
    opened = request.GET.get("check", "")
    subjects = by_subject(overview.results)
    context = {
        "by_check": bool(opened) or request.GET.get("by") == "check",
        "subjects": subjects[:SUBJECTS_SHOWN],
        "subjects_count": len(subjects),
        "overview": overview,
        "totals": overview.totals,
        "attention": [
            {
                "result": result,
                "is_open": result.check.id == opened,
                "findings": result.findings[
                    : FINDINGS_OF_ONE_CHECK if result.check.id == opened else FINDINGS_SHOWN
                ],
            }
            for result in overview.results
        ],
        "findings_count": sum(len(result.findings) for result in overview.results),
        "change_sets": [
            (change_set, describe_counts(change_set.counts)) for change_set in overview.change_sets
        ],
    }
    return render(request, "catalog/home.html", context)
