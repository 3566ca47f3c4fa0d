"""Keeps count of the lookups that the inspector causes, so that the hit rate is that of the others.

TYPE, TTL, PTTL, EXISTS, OBJECT and whatever reads a value count as a hit, or a miss when the key is
gone; SCAN, MEMORY USAGE and RANDOMKEY count as nothing.
"""

from datetime import datetime

from monitoring.redis_inspect.models import OwnLookups, RedisInstance


def count_lookups(instance: RedisInstance, *, hits: int, misses: int = 0, now: datetime) -> None:
    """Write down what we just caused; call it every few seconds of a scan, not for every key."""
    if hits or misses:
        OwnLookups.objects.create(instance=instance, at=now, hits=hits, misses=misses)
