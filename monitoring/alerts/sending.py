"""Sends what is ready, at least once: claim, send, mark. A worker that dies in between is followed by another.

The key of a notification is the same at every attempt, so that a receiver can tell a repetition.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import F, Q

from monitoring.alerts.delivering import Outcome, deliver
from monitoring.alerts.grouping import close_groups
from monitoring.alerts.models import Channel, Delivery, Notification

CLAIM = timedelta(seconds=60)  # longer than a delivery can take
AT_ONCE = 20
FIRST_WAIT = timedelta(seconds=10)
LONGEST_WAIT = timedelta(minutes=10)
GIVEN_UP_AFTER = timedelta(days=1)


def send_due(now: datetime) -> int:
    """Close the groups that are due and send what is ready; gives how many were tried."""
    close_groups(now)
    claimed = claim_ready(now)
    if claimed:
        outcomes = asyncio.run(_deliver_all(claimed, now))
        for notification, outcome in zip(claimed, outcomes, strict=True):
            mark(notification, outcome, now)
    return len(claimed)


def claim_ready(now: datetime) -> list[Notification]:
    """Take what is due to be sent, or was taken by somebody who is gone; the oldest first."""
    free = Q(claimed_until=None) | Q(claimed_until__lte=now)
    with transaction.atomic():
        ready = Notification.objects.filter(free, state=Notification.State.READY, due_at__lte=now)
        skip = connection.features.has_select_for_update_skip_locked
        rows = ready.select_for_update(skip_locked=skip, of=("self",)) if skip else ready
        claimed = list(rows.select_related("channel").order_by("due_at", "pk")[:AT_ONCE])
        Notification.objects.filter(pk__in=[one.pk for one in claimed]).update(
            claimed_until=now + CLAIM, attempts=F("attempts") + 1
        )
    for one in claimed:
        one.attempts += 1
    return claimed


def mark(notification: Notification, outcome: Outcome, now: datetime) -> None:
    """Write down what came of an attempt, and when the next one is."""
    channel = Channel.objects.filter(pk=notification.channel_id)
    State = Notification.State
    with transaction.atomic():
        if outcome.is_ok:
            notification.state, notification.sent_at = State.SENT, now
            channel.update(delivered_at=now, last_error="", failures=0)
        else:
            channel.update(
                failed_at=now, last_error=outcome.words[:300], failures=F("failures") + 1
            )
            is_too_old = now - notification.created_at >= GIVEN_UP_AFTER
            if outcome.is_final or is_too_old:
                notification.state = State.FAILED
            notification.due_at = now + wait_before(notification.attempts + 1, outcome.wait_s)
        notification.claimed_until = None
        fields = ["state", "sent_at", "due_at", "claimed_until"]
        notification.save(update_fields=fields)
        Delivery.objects.create(
            notification=notification,
            at=now,
            took_ms=outcome.took_ms,
            is_ok=outcome.is_ok,
            outcome=outcome.words[:300],
        )


def wait_before(attempt: int, asked_s: float = 0.0) -> timedelta:
    """Say how long to wait before an attempt: 10 s, then twice as long each time up to 10 minutes."""
    wait = min(FIRST_WAIT * (1 << min(max(attempt - 2, 0), 20)), LONGEST_WAIT)
    return max(wait, min(timedelta(seconds=asked_s), LONGEST_WAIT))


async def _deliver_all(claimed: Sequence[Notification], now: datetime) -> list[Outcome]:
    """Deliver side by side: one channel that hangs must not hold up the others."""
    tasks = [_deliver(one, now) for one in claimed]
    return list(await asyncio.gather(*tasks))


async def _deliver(notification: Notification, now: datetime) -> Outcome:
    document = notification.document or {}
    try:
        return await deliver(notification.channel, str(notification.key), document, now)
    except Exception as error:  # noqa: BLE001
        # one of the three edges: one notification must not stop the others; the channel shows it
        return Outcome(False, f"could not be sent: {type(error).__name__}")
