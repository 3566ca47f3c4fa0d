"""How often a rule would have fired on the last days, from what is stored. Pure."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitoring.alerts.check_columns import CheckFacts
from monitoring.alerts.redis_columns import LEAST_LOOKUPS, RedisFacts, redis_column
from monitoring.alerts.watching import Span, Threshold, replay
from monitoring.alerts.words import Kind

Series = list[tuple[datetime, float | None]]


@dataclass(frozen=True, slots=True)
class Changed:
    """A verdict of a check that became another."""

    check: int
    at: datetime
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Limits:
    """When a rule fires: its threshold and how long it waits."""

    threshold: Threshold
    for_s: float
    clear_s: float


def fired(series: Mapping[str, Series], limits: Limits, until: datetime) -> list[tuple[str, Span]]:
    """Replay a rule on the series of each service; the newest last."""
    found = [
        (subject, one)
        for subject, values in series.items()
        for one in replay(
            values, limits.threshold, for_s=limits.for_s, clear_s=limits.clear_s, until=until
        )
    ]
    return sorted(found, key=lambda pair: pair[1].opened_at)


def verdict_series(
    word: str, checks: Iterable[CheckFacts], changes: Iterable[Changed], start: datetime
) -> dict[str, Series]:
    """Count over time the checks of each service with a verdict; None while nothing is known of any."""
    by_check: dict[int, list[Changed]] = {}
    for change in changes:
        by_check.setdefault(change.check, []).append(change)
    groups: dict[str, list[CheckFacts]] = {}
    for check in checks:
        groups.setdefault(check.subject, []).append(check)
    found: dict[str, Series] = {}
    for subject, group in groups.items():
        if not any(one.id in by_check or one.verdict == word for one in group):
            continue  # it was well all the time: a thousand of these cost nothing
        now = {
            one.id: by_check[one.id][0].before if one.id in by_check else one.verdict
            for one in group
        }
        values: Series = [(start, _count(now.values(), word))]
        turned = sorted((one for check in group for one in by_check.get(check.id, ())), key=lambda one: one.at)  # fmt: skip
        for one in turned:
            now[one.check] = one.after
            values.append((one.at, _count(now.values(), word)))
        found[subject] = values
    return found


def _count(verdicts: Iterable[str], word: str) -> float | None:
    known = list(verdicts)
    if all(one == "unknown" for one in known):
        return None
    return float(sum(one == word for one in known))


def certificate_series(
    checks: Iterable[CheckFacts], start: datetime, until: datetime, fire_days: float
) -> dict[str, Series]:
    """Count down the days of the certificates that are known now and near their end.

    One that was renewed is only known as new.
    """
    found: dict[str, Series] = {}
    for check in checks:
        ends_at = check.certificate_expires_at
        if ends_at is None or ends_at - until >= timedelta(days=fire_days):
            continue
        at = start
        values = found.setdefault(f"{check.subject} {check.environment} {check.id}", [])
        while at <= until:
            values.append((at, (ends_at - at) / timedelta(days=1)))
            at += timedelta(hours=6)
    return found


@dataclass(frozen=True, slots=True)
class RedisHourFacts:
    """One hour of one server, as it was summed up."""

    subject: str
    start: datetime
    samples: int
    answered: int
    latency_ms: float | None
    highest_used_memory_bytes: int | None
    hits: int
    misses: int
    evicted_keys: int


def redis_series(
    kind: Kind, hours: Iterable[RedisHourFacts], servers: Sequence[RedisFacts]
) -> dict[str, Series]:
    """Judge each hour as a look at the server, with the limit and policy that it has now."""
    now = {one.subject: one for one in servers}
    found: dict[str, Series] = {}
    hits: dict[str, list[float]] = {}
    for hour in hours:
        server = now.get(hour.subject)
        if server is None:
            continue
        lookups = hour.hits + hour.misses
        percent = 100 * hour.hits / lookups if lookups >= LEAST_LOOKUPS else None
        usual = hits.setdefault(hour.subject, [])
        facts = RedisFacts(
            subject=hour.subject,
            is_connected=hour.answered > 0,
            used_memory_bytes=hour.highest_used_memory_bytes,
            maxmemory_bytes=server.maxmemory_bytes,
            policy=server.policy,
            evicted_per_s=hour.evicted_keys / 3600,
            hit_percent=percent,
            usual_hit_percent=sum(usual[-24:]) / len(usual[-24:]) if usual else None,
            latency_ms=hour.latency_ms,
        )
        if percent is not None:
            usual.append(percent)
        sample = redis_column(kind, [facts]).samples[hour.subject]
        if kind is Kind.REDIS_CONNECTION and hour.answered < hour.samples:
            value: float | None = 1.0 if hour.answered * 2 < hour.samples else 0.0
        else:
            value = sample.value
        found.setdefault(hour.subject, []).append((hour.start, value))
    return found


def event_series(
    arrived: Iterable[tuple[str, datetime]], window_s: int, start: datetime
) -> dict[str, Series]:
    """Count over time the events of the last `window_s` seconds, by service."""
    groups: dict[str, list[datetime]] = {}
    for service, at in arrived:
        groups.setdefault(service, []).append(at)
    window = timedelta(seconds=window_s)
    found: dict[str, Series] = {}
    for service, moments in groups.items():
        moments.sort()
        turns = sorted({*moments, *(at + window for at in moments)})
        values: Series = [(start, 0.0)]
        for at in turns:
            count = bisect_right(moments, at) - bisect_right(moments, at - window)
            values.append((at, float(count)))
        found[service] = values
    return found
