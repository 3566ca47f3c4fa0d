"""`prism health`: asks every check now and says what it found."""

from argparse import Namespace
from typing import Any

from django.utils import timezone

from monitoring.health.cells import milliseconds
from monitoring.health.models import Check
from monitoring.health.probing_now import Probed, probe_checks
from monitoring.health.sync import follow_catalog
from monitoring.health.words import Verdict
from prism.core.answer import DIFFERS, Answer, CommandFailed
from prism.core.terminal import Terminal, table
from services.catalog.listing import NothingFound, find_service
from services.catalog.state import load_state

COLOURS = {"up": "green", "degraded": "yellow", "down": "red", "unknown": "cyan"}


def show_health(arguments: Namespace, terminal: Terminal) -> Answer:
    """Answer `prism health [SERVICE]`: exit status 2 when anything is not up."""
    follow_catalog(timezone.now())
    subject = _subject(arguments.service) if arguments.service else ""
    checks = list(Check.objects.to_probe(subject).select_related("state"))
    if not checks:
        where = f"{subject} has no check" if subject else "There are no checks"
        return Answer({"checks": []}, f"{where}: an active service with a domain gets one.")
    rows = [_row(probed) for probed in probe_checks(checks)]
    text = table(
        ("SERVICE", "ENVIRONMENT", "KIND", "STATUS", "LATENCY", "REASON"),
        [
            (row["service"], row["environment"], row["kind"], row["status"], _latency(row),
             row["reason"])
            for row in rows
        ],
        terminal,
        colours=COLOURS,
    )  # fmt: skip
    is_well = all(row["status"] == Verdict.UP for row in rows)
    return Answer({"checks": rows}, text, exit_status=0 if is_well else DIFFERS)


def _subject(asked: str) -> str:
    """Find the service that is meant; the console's own need not be in the catalog."""
    if Check.objects.current().filter(subject=asked).exists():
        return asked
    try:
        return find_service(load_state(), asked)
    except NothingFound as error:
        raise CommandFailed(str(error), rest={"checks": []}) from error


def _row(probed: Probed) -> dict[str, Any]:
    asked, found = probed.asked, probed.found
    return {
        "service": asked.subject,
        "environment": asked.environment,
        "kind": asked.kind.value,
        "target": asked.target,
        "status": found.verdict.value,
        "latency_ms": None if found.latency_ms is None else round(found.latency_ms, 1),
        "reason": found.reason,
    }


def _latency(row: dict[str, Any]) -> str:
    return "" if row["latency_ms"] is None else milliseconds(row["latency_ms"])
