"""Tells of incidents in the feed of events."""

from typing import Any

from monitoring.alerts.models import Incident
from monitoring.alerts.round import Round
from monitoring.alerts.rule_kinds import span
from monitoring.alerts.words import Severity
from monitoring.events.actions import publish_many

MOST_AT_ONCE = 50


def publish_turns(round_: Round) -> None:
    """Publish what opened and what is over. No statement when nothing did."""
    documents = [_opened(one) for one in round_.opened if one.cause is None]
    documents += [_resolved(one) for one in round_.resolved if one.cause_id is None]
    if documents:
        publish_many(documents[:MOST_AT_ONCE])


def _opened(incident: Incident) -> dict[str, Any]:
    severity = "critical" if incident.severity == Severity.CRITICAL else "warning"
    message = f"{incident.rule_name}: {incident.reason}" if incident.reason else incident.rule_name
    return _document(incident, "incident.opened", severity, message)


def _resolved(incident: Incident) -> dict[str, Any]:
    end = incident.resolved_at or incident.opened_at
    lasted = span((end - incident.opened_at).total_seconds())
    return _document(
        incident, "incident.resolved", "info", f"{incident.rule_name}: over after {lasted}"
    )


def _document(incident: Incident, kind: str, severity: str, message: str) -> dict[str, Any]:
    return {
        "service": incident.subject,
        "type": kind,
        "severity": severity,
        "message": message[:2000],
        "payload": {"incident": incident.pk, "rule": incident.rule_name},
    }
