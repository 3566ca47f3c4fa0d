"""`prism incidents` and `prism silence`."""

from argparse import Namespace
from datetime import datetime, timedelta

from django.utils import timezone

from monitoring.alerts.actions import NotPossible, create_silence
from monitoring.alerts.answers import incident_answer
from monitoring.alerts.models import Incident
from monitoring.alerts.rule_kinds import span
from prism.core.answer import DIFFERS, Answer, CommandFailed
from prism.core.commands import command_line
from prism.core.terminal import Terminal, table

COLOURS = {"critical": "red", "warning": "yellow", "over": "green"}
_UNITS = {"m": 60, "h": 3600, "d": 86_400}


def incidents(arguments: Namespace, terminal: Terminal) -> Answer:
    """Answer `prism incidents`: exit 2 while one is open that is nobody's doing."""
    now = timezone.now()
    rows = Incident.objects.for_page()
    if not arguments.all:
        rows = rows.unresolved()
    found = list(rows[: max(1, arguments.limit)])
    text = table(
        ("ID", "SEVERITY", "SERVICE", "RULE", "FOR", "STATE"),
        [(row.pk, row.severity, row.subject, row.rule_name, _lasted(row, now), _state(row)) for row in found],
        terminal,
        colours=COLOURS,
    ) if found else "No incident is open."  # fmt: skip
    # all of them: the newest may be the symptoms of one that the limit leaves out
    status = DIFFERS if Incident.objects.unresolved().filter(cause=None).exists() else 0
    return Answer({"incidents": [incident_answer(row) for row in found]}, text, exit_status=status)


def silence(arguments: Namespace, terminal: Terminal) -> Answer:
    """Answer `prism silence`."""
    now = timezone.now()
    try:
        made = create_silence(
            actor=command_line(),
            reason=arguments.reason,
            service=arguments.service,
            rule_name=arguments.rule,
            ends_at=now + read_span(arguments.for_),
            now=now,
        )
    except NotPossible as error:
        raise CommandFailed(str(error)) from error
    about = made.service or "everything"
    document = {"id": made.pk, "service": made.service, "rule": made.rule_name, "ends_at": made.ends_at.isoformat()}  # fmt: skip
    return Answer(document, f"Nobody is told of {about} until {made.ends_at:%Y-%m-%d %H:%M} UTC.")


def read_span(text: str) -> timedelta:
    """Read 30m, 2h or 1d; raises CommandFailed for anything else."""
    number, unit = text[:-1], text[-1:]
    if not number.isascii() or not number.isdecimal() or unit not in _UNITS or len(number) > 6:
        raise CommandFailed(f"--for takes 30m, 2h or 1d, not {text!r}")
    return timedelta(seconds=int(number) * _UNITS[unit])


def _state(row: Incident) -> str:
    if not row.is_open:
        return "over"
    if row.cause:
        return f"because of {row.cause.subject}"
    if row.acknowledged_at:
        return f"acknowledged by {row.acknowledged_by}"
    return row.held_because or ("told" if row.told_at else "open")


def _lasted(row: Incident, now: datetime) -> str:
    return span(((row.resolved_at or now) - row.opened_at).total_seconds())
