"""Writes of events: every event that is ever stored goes through `store_events`."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import transaction
from django.utils import timezone

from monitoring.events.canonical import Canonical, clean, read_leniently
from monitoring.events.insertion import Row, insert, stored_among, wait_for_the_disk
from monitoring.events.models import BusGap, QuarantinedMessage, StreamHead
from monitoring.events.wakeup import wake_hubs

CONSOLE = "console"
MOST_RAW_CHARACTERS = 64 * 1024


class Incoming(NamedTuple):
    """An event and the door it came through; the door and the service are its source."""

    door: str
    event: Canonical
    event_id: str  # its own id, or one that stays the same when it is delivered again

    @property
    def key(self) -> tuple[str, str]:
        """Name the event once and for all: (source, id)."""
        return f"{self.door}/{self.event.service}"[:300], self.event_id


def incoming(door: str, event: Canonical, otherwise: str = "") -> Incoming:
    """Take the event's own id, else the given one, else a new one."""
    return Incoming(door, event, event.event_id or otherwise or uuid.uuid4().hex)


def store_events(arrived: Sequence[Incoming], *, now: datetime) -> list[int | None]:
    """Store those that are new under the next numbers; give each one's number, None for a repetition.

    1. Lock the counter: writers queue here until the commit, so numbers appear in their order.
    2. Look up which are stored already; nobody can add one meanwhile.
    3. Insert the others in one statement or a few and move the counter.
    4. After the commit, wake the hubs of every web process; losing that costs time, no event.
    """
    if not arrived:
        return []
    wait_for_the_disk()
    with transaction.atomic():
        head = lock_head()
        known = stored_among({one.event_id for one in arrived})
        seqs: list[int | None] = []
        rows: list[Row] = []
        for one in arrived:
            key = one.key
            if key in known:
                seqs.append(None)
                continue
            known.add(key)
            rows.append(_row(one, key, seq=head.seq + len(rows) + 1, now=now))
            seqs.append(rows[-1].seq)
        if rows:
            insert(rows)
            StreamHead.objects.filter(pk=head.pk).update(seq=rows[-1].seq)
            transaction.on_commit(wake_hubs)
    return seqs


def lock_head() -> StreamHead:
    """Give the counter's row, locked until the transaction ends; made when it is missing."""
    head = StreamHead.objects.select_for_update().filter(pk=StreamHead.SINGLETON_ID).first()
    if head is None:
        StreamHead.objects.bulk_create(
            [StreamHead(pk=StreamHead.SINGLETON_ID)], ignore_conflicts=True
        )
        head = StreamHead.objects.select_for_update().get(pk=StreamHead.SINGLETON_ID)
    return head


def publish(
    service: str,
    type: str,
    severity: str = "info",
    message: str = "",
    payload: Any = None,
    *,
    event_id: str = "",
) -> None:
    """Publish an event of the console itself, after the caller's transaction has committed.

    It is stored by the same path as everybody's events. A failure to store it is logged and does not
    reach the caller, whose own work is done.
    """
    document = {
        "id": event_id, "service": service, "type": type, "severity": severity, "message": message,
        "payload": payload,
    }  # fmt: skip
    publish_many([document])


def publish_many(documents: Sequence[dict[str, Any]]) -> None:
    """Publish several events of the console itself in one go; for the rest see `publish`."""
    now = timezone.now()
    arrived = [incoming(CONSOLE, read_leniently(clean(one), now=now)) for one in documents]
    transaction.on_commit(lambda: store_events(arrived, now=now), robust=True)


def quarantine(*, door: str, entry_id: str, reason: str, raw: str, now: datetime) -> None:
    """Keep a message that is no event; keeping it again changes nothing."""
    clean_raw = clean(raw[:MOST_RAW_CHARACTERS])
    QuarantinedMessage.objects.get_or_create(
        entry_id=entry_id,
        defaults={
            "door": door,
            "reason": clean(reason)[:500],
            "raw": clean_raw,
            "size_bytes": len(raw.encode("utf-8", "replace")),
            "received_at": now,
        },
    )


def record_gap(*, began_at: datetime, ended_at: datetime, now: datetime) -> BusGap:
    """Write down that nobody listened on the channel, and say so in the feed."""
    with transaction.atomic():
        gap = BusGap.objects.create(began_at=began_at, ended_at=ended_at)
        publish(
            "prism", "bus.gap", "warning",
            f"Nobody listened on prism:events from {began_at:%H:%M:%S} to {ended_at:%H:%M:%S} UTC; "
            "what was published meanwhile is missing",
            {"began_at": began_at.isoformat(), "ended_at": ended_at.isoformat()},
            event_id=f"bus-gap-{gap.pk}",
        )  # fmt: skip
    return gap


def _row(one: Incoming, key: tuple[str, str], *, seq: int, now: datetime) -> Row:
    _, service, type, severity, message, payload, occurred_at = one.event
    return Row(seq, *key, service, type, severity, message, payload, occurred_at, now)
