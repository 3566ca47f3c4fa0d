"""Lays the open maintenance windows over the checks, so that what is found meanwhile counts as planned."""

from datetime import datetime

from monitoring.alerts.models import MaintenanceWindow
from monitoring.alerts.recurrence import open_until
from monitoring.health.actions import set_maintenance
from monitoring.health.models import Check, CheckState


def follow_maintenance(now: datetime) -> None:
    """Set or clear the maintenance of checks where it is not what the windows say.

    Two queries when nothing is planned, else three and one for each end among what changes.
    """
    windows = MaintenanceWindow.objects.filter(is_cancelled=False)
    open_now = [(window, end) for window in windows if (end := open_until(window.schedule, now))]
    if not open_now and not CheckState.objects.filter(maintenance_until__gt=now).exists():
        return
    rows = Check.objects.current().filter(state__isnull=False)
    changed: dict[datetime | None, list[int]] = {}
    for pk, subject, environment, until in rows.values_list(
        "pk", "subject", "environment", "state__maintenance_until"
    ):
        ends = [end for window, end in open_now if window.covers(subject, environment)]
        wanted = max(ends, default=None)
        known = until if until is not None and until > now else None
        if wanted != known:
            changed.setdefault(wanted, []).append(pk)
    for wanted, pks in changed.items():
        set_maintenance(pks, wanted)
