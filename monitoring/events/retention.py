"""Deletes old events, by age for each severity and by their number, a little at a time."""

from datetime import datetime

from django.conf import settings

from monitoring.events.models import Event, EventQuerySet, StreamHead

STEP_ROWS = 1000  # one short transaction each: nobody waits for the lock


def delete_old_events(now: datetime) -> None:
    """Delete what is older than `PRISM_EVENT_DAYS` or beyond `PRISM_EVENTS_MOST`."""
    for severity, life in settings.PRISM_EVENT_DAYS.items():
        _delete_older(severity, now - life)
    head = StreamHead.objects.values_list("seq", flat=True).first() or 0
    _delete(Event.objects.filter(seq__lte=head - settings.PRISM_EVENTS_MOST).order_by("seq"))


def _delete_older(severity: str, than: datetime) -> None:
    """Delete from the oldest on, up to the first that is young enough: no more rows are looked at."""
    while True:
        oldest = list(
            Event.objects.oldest_of(severity).values_list("seq", "received_at")[:STEP_ROWS]
        )
        gone = [seq for seq, received_at in oldest if received_at < than]
        Event.objects.filter(seq__in=gone).delete()
        if len(gone) < STEP_ROWS:
            return


def _delete(rows: EventQuerySet) -> None:
    while seqs := list(rows.values_list("seq", flat=True)[:STEP_ROWS]):
        Event.objects.filter(seq__in=seqs).delete()
