"""Which one process listens on the channel: a row in SQL that it must renew."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from monitoring.events.actions import record_gap
from monitoring.events.models import BridgeLease

LEASE = timedelta(seconds=10)
SHORTEST_GAP = timedelta(milliseconds=50)  # less is only the clock


def take_lease(holder: str, now: datetime) -> bool:
    """Take or renew the lease; False while somebody else has it. One UPDATE."""
    BridgeLease.objects.bulk_create(
        [BridgeLease(pk=BridgeLease.SINGLETON_ID, expires_at=now)], ignore_conflicts=True
    )
    free = Q(holder=holder) | Q(expires_at__lte=now)
    rows = BridgeLease.objects.filter(free, pk=BridgeLease.SINGLETON_ID)
    return bool(rows.update(holder=holder, expires_at=now + LEASE))


def renew_lease(holder: str, *, heard_at: datetime, now: datetime) -> bool:
    """Renew the lease and write down until when the channel was surely heard; False when it is lost."""
    mine = BridgeLease.objects.filter(pk=BridgeLease.SINGLETON_ID, holder=holder)
    return bool(mine.update(expires_at=now + LEASE, listening_until=heard_at))


def begin_listening(holder: str, now: datetime) -> None:
    """Write down the gap since anybody listened, if there was one; the holder is subscribed now."""
    with transaction.atomic():
        lease = BridgeLease.objects.select_for_update().get(pk=BridgeLease.SINGLETON_ID)
        if lease.holder != holder:
            return
        before, lease.listening_until = lease.listening_until, now
        lease.save(update_fields=["listening_until"])
        if before is not None and now - before >= SHORTEST_GAP:
            record_gap(began_at=before, ended_at=now, now=now)


def release_lease(holder: str, *, heard_at: datetime | None, now: datetime) -> None:
    """Let another one take over at once."""
    mine = BridgeLease.objects.filter(pk=BridgeLease.SINGLETON_ID, holder=holder)
    mine.update(expires_at=now, **({"listening_until": heard_at} if heard_at else {}))
