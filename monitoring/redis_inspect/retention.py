"""Keeps the history of the instances small: samples become hours, and what is old is deleted."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from django.db.models import QuerySet, Sum

from monitoring.redis_inspect.info import gained
from monitoring.redis_inspect.models import OwnLookups, RedisHour, RedisInstance, RedisSample
from monitoring.redis_inspect.sampling import COUNTERS, reading_of

SAMPLES_KEPT = timedelta(hours=48)
HOURS_KEPT = timedelta(days=400)
AT_ONCE = 5_000  # rows in one transaction: writers get their turn in between
HOUR = timedelta(hours=1)


def keep_redis_history(now: datetime) -> None:
    """Sum up and delete; doing it twice changes nothing."""
    this_hour = now.replace(minute=0, second=0, microsecond=0)
    for instance in RedisInstance.objects.all():
        _sum_up(instance, this_hour)
    _delete(RedisSample.objects.filter(at__lt=now - SAMPLES_KEPT))
    _delete(OwnLookups.objects.filter(at__lt=now - SAMPLES_KEPT))
    _delete(RedisHour.objects.filter(start__lt=now - HOURS_KEPT))


def sum_up_hour(
    rows: Sequence[RedisSample],
    before: RedisSample | None,
    *,
    own_hits: int = 0,
    own_misses: int = 0,
) -> dict[str, float | int | None]:
    """Give the fields of an hour from its samples in order; `before` is the last of the hour before."""
    answered = [row for row in rows if row.connection_ok]
    latencies = [row.latency_ms for row in rows if row.latency_ms is not None]
    memory = [row.used_memory_bytes for row in rows if row.used_memory_bytes is not None]
    clients = [row.connected_clients for row in rows if row.connected_clients is not None]
    chain = [reading_of(row) for row in ([before] if before else []) + answered if row.run_id]
    added = {name: sum(gained(a, b, name) or 0 for a, b in pairwise(chain)) for name in COUNTERS}
    return {
        "samples": len(rows),
        "answered": len(answered),
        "latency_ms": sum(latencies) / len(latencies) if latencies else None,
        "highest_latency_ms": max(latencies, default=None),
        "used_memory_bytes": round(sum(memory) / len(memory)) if memory else None,
        "highest_used_memory_bytes": max(memory, default=None),
        "highest_connected_clients": max(clients, default=None),
        **added,
        "hits": max(0, added["hits"] - own_hits),
        "misses": max(0, added["misses"] - own_misses),
    }


def _sum_up(instance: RedisInstance, until: datetime) -> None:
    """Write every whole hour since the last one that was written."""
    last = RedisHour.objects.filter(instance=instance).order_by("-start").first()
    first = instance.samples.order_by("at").values_list("at", flat=True).first()
    if first is None:
        return
    start = last.start + HOUR if last else first
    start = max(start, first).replace(minute=0, second=0, microsecond=0)
    while start < until:
        rows = list(
            instance.samples.filter(at__gte=start, at__lt=start + HOUR).order_by("at", "pk")
        )
        if rows:
            own = instance.own_lookups.filter(at__gte=start, at__lt=start + HOUR).aggregate(
                hits=Sum("hits", default=0), misses=Sum("misses", default=0)
            )
            before = instance.samples.filter(at__lt=start).order_by("-at", "-pk").first()
            fields = sum_up_hour(rows, before, own_hits=own["hits"], own_misses=own["misses"])
            RedisHour.objects.update_or_create(instance=instance, start=start, defaults=fields)
        start += HOUR


def _delete(rows: QuerySet[Any]) -> None:
    while True:
        old = list(rows.order_by("pk").values_list("pk", flat=True)[:AT_ONCE])
        rows.filter(pk__in=old).delete()
        if len(old) < AT_ONCE:
            return
