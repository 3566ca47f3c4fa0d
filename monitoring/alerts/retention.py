"""Deletes what nobody asks for any more: old messages, watches that are well, a little at a time."""

from datetime import datetime, timedelta

from django.db.models import QuerySet

from monitoring.alerts.models import Notification, RuleWatch
from monitoring.alerts.words import Phase

MESSAGES_KEPT = timedelta(days=90)
STEP_ROWS = 1000


def delete_old_messages(now: datetime) -> None:
    """Delete; incidents stay for ever."""
    State = Notification.State
    _delete(
        Notification.objects.filter(
            state__in=(State.SENT, State.FAILED), created_at__lt=now - MESSAGES_KEPT
        )
    )
    _delete(RuleWatch.objects.filter(phase=Phase.OK))


def _delete(rows: QuerySet) -> None:
    while pks := list(rows.order_by("pk").values_list("pk", flat=True)[:STEP_ROWS]):
        rows.filter(pk__in=pks).delete()
