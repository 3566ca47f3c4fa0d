"""What scripts read of an incident: the same on the command line and in the API."""

from typing import Any

from monitoring.alerts.models import Incident


def incident_answer(row: Incident) -> dict[str, Any]:
    """Give one incident; load `assigned_to` with it."""
    return {
        "id": row.pk,
        "service": row.subject,
        "rule": row.rule_name,
        "severity": row.severity,
        "environments": list(filter(None, row.environments.split(", "))),
        "reason": row.reason,
        "opened_at": row.opened_at.isoformat(),
        "resolved_at": row.resolved_at.isoformat() if row.resolved_at else None,
        "cause": row.cause_id,
        "acknowledged_by": row.acknowledged_by or None,
        "assigned_to": row.assigned_to.get_username() if row.assigned_to else None,
        "flaps": row.flaps,
    }
