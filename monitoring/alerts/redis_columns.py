"""Columns of what Redis says of itself: memory by its eviction policy, evictions, hits, latency. Pure.

A cache under `allkeys-*` is full by design: there its memory is no news, and what counts is whether it
still finds what it is asked for. Sources: Redis documentation, "Key eviction" and "INFO".
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from monitoring.alerts.columns import Column, Sample
from monitoring.alerts.words import Kind

TARGET_HIT_PERCENT = 80.0
FALL_POINTS = 10.0  # a hit rate this far under what it used to be is falling
LEAST_LOOKUPS = 1_000  # fewer say nothing about a hit rate
MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class RedisFacts:
    """One look at one server. None is "not known"; rates are of the time since the look before.

    `hit_percent` is None with too few lookups; `usual_hit_percent` is what it was over the last day.
    """

    subject: str
    is_connected: bool
    environment: str = ""
    is_stale: bool = False  # nobody has looked lately
    used_memory_bytes: int | None = None
    maxmemory_bytes: int | None = None
    policy: str = ""
    evicted_per_s: float | None = None
    hit_percent: float | None = None
    usual_hit_percent: float | None = None
    latency_ms: float | None = None
    rejected: float | None = None
    is_persistent: bool | None = None
    is_replicating: bool | None = None
    violations: int | None = None
    error: str = ""

    @property
    def is_cache(self) -> bool:
        """Say whether any key may be evicted, so that full is normal."""
        return self.policy.startswith("allkeys-")

    @property
    def is_hit_rate_poor(self) -> bool:
        """Say whether the hit rate is under its target, or has fallen from what it was."""
        if self.hit_percent is None:
            return False
        usual = self.usual_hit_percent
        has_fallen = usual is not None and usual - self.hit_percent >= FALL_POINTS
        return self.hit_percent < TARGET_HIT_PERCENT or has_fallen


def redis_column(kind: Kind, servers: Iterable[RedisFacts]) -> Column:
    """Measure every server; one that does not answer is unknown to all rules but the connection's."""
    measure = _MEASURES[kind]
    found: dict[str, Sample] = {}
    for one in servers:
        sample = _unknown(one, "nobody looked lately") if one.is_stale else measure(one)
        sample = replace(sample, environments=(one.environment,) if one.environment else ())
        before = found.get(one.subject)
        if before is None or _is_worse(kind, sample, before):
            found[one.subject] = sample
    return Column(found)


def _is_worse(kind: Kind, sample: Sample, other: Sample) -> bool:
    """Say which of two servers of one service counts: the worse, and one of which something is known."""
    if sample.value is None or other.value is None:
        return sample.value is not None
    below = kind is Kind.REDIS_HIT_RATE
    return sample.value < other.value if below else sample.value > other.value


def _connection(one: RedisFacts) -> Sample:
    if one.is_connected:
        return Sample(0.0, "connected")
    return Sample(1.0, one.error or "no connection", frozenset({"connection"}))


def _memory(one: RedisFacts) -> Sample:
    """Give the percent of the limit in use; no limit and a full cache are 0 with their own words."""
    if not one.is_connected or one.used_memory_bytes is None or one.maxmemory_bytes is None:
        return _unknown(one)
    used = f"{one.used_memory_bytes / MEGABYTE:.0f} MB"
    if one.maxmemory_bytes == 0:
        return Sample(0.0, f"{used} used, no limit (maxmemory 0)")
    percent = 100 * one.used_memory_bytes / one.maxmemory_bytes
    words = f"{percent:.0f} % of {one.maxmemory_bytes / MEGABYTE:.0f} MB, {one.policy}"
    if one.is_cache:
        return Sample(0.0, f"{words}: full by design, the eviction rule watches it")
    return Sample(percent, words)


def _evictions(one: RedisFacts) -> Sample:
    """Give evicted keys a second, 0 on a cache that still finds what it is asked for."""
    if not one.is_connected or one.evicted_per_s is None:
        return _unknown(one)
    words = f"{one.evicted_per_s:.1f} keys evicted a second"
    if not one.is_cache:
        return Sample(one.evicted_per_s, f"{words} under {one.policy or 'an unknown policy'}")
    if one.hit_percent is None:
        return Sample(0.0, f"{words}, too few lookups to tell whether they are missed")
    hits = f"hit rate {one.hit_percent:.0f} %"
    if one.usual_hit_percent is not None:
        hits += f", usually {one.usual_hit_percent:.0f} %"
    if not one.is_hit_rate_poor:
        return Sample(0.0, f"{words}, {hits}: a cache at work")
    return Sample(one.evicted_per_s, f"{words}, {hits}")


def _hit_rate(one: RedisFacts) -> Sample:
    if not one.is_connected or one.hit_percent is None:
        return _unknown(one, "too few lookups")
    return Sample(one.hit_percent, f"hit rate {one.hit_percent:.1f} %")


def _latency(one: RedisFacts) -> Sample:
    if not one.is_connected or one.latency_ms is None:
        return _unknown(one)
    return Sample(one.latency_ms, f"PING takes {one.latency_ms:.2f} ms")


def _rejected(one: RedisFacts) -> Sample:
    if not one.is_connected or one.rejected is None:
        return _unknown(one)
    return Sample(one.rejected, f"{one.rejected:.0f} connections rejected (maxclients)")


def _persistence(one: RedisFacts) -> Sample:
    return _claim(one, one.is_persistent, "the last save failed", "saved")


def _replication(one: RedisFacts) -> Sample:
    return _claim(one, one.is_replicating, "the link to the primary is down", "replicating")


def _violations(one: RedisFacts) -> Sample:
    if one.violations is None:
        return _unknown(one, "no scan yet")
    return Sample(float(one.violations), f"{one.violations} keys break their namespace's rules")


def _claim(one: RedisFacts, holds: bool | None, bad: str, good: str) -> Sample:
    if not one.is_connected or holds is None:
        return _unknown(one)
    return Sample(0.0, good) if holds else Sample(1.0, bad)


def _unknown(one: RedisFacts, words: str = "not known") -> Sample:
    return Sample(None, words if one.is_connected else "no connection")


_MEASURES = {
    Kind.REDIS_CONNECTION: _connection,
    Kind.REDIS_MEMORY: _memory,
    Kind.REDIS_EVICTIONS: _evictions,
    Kind.REDIS_HIT_RATE: _hit_rate,
    Kind.REDIS_LATENCY: _latency,
    Kind.REDIS_REJECTED: _rejected,
    Kind.REDIS_PERSISTENCE: _persistence,
    Kind.REDIS_REPLICATION: _replication,
    Kind.REDIS_VIOLATIONS: _violations,
}
