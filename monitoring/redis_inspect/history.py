"""Reads the history of an instance as series for charts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.safestring import SafeString

from monitoring.redis_inspect.judgement import HIT_RATE_TARGET, LATENCY_TARGET_MS
from monitoring.redis_inspect.line_chart import Mark, line_chart
from monitoring.redis_inspect.models import RedisHour, RedisInstance, RedisSample
from monitoring.redis_inspect.words import count, memory, milliseconds, share
from monitoring.series import Window

FIELDS = ("used_memory_bytes", "latency_ms", "hit_rate", "commands_per_s", "evicted_per_s",
          "connected_clients")  # fmt: skip


WINDOWS = (
    Window("1h", timedelta(hours=1), timedelta(seconds=30)),
    Window("24h", timedelta(hours=24), timedelta(minutes=10)),
    Window("30d", timedelta(days=30), timedelta(hours=4)),
)


@dataclass(frozen=True, slots=True)
class Chart:
    """One chart with its words."""

    title: str
    note: str
    drawing: SafeString


def load_charts(
    instance: RedisInstance, window: Window, *, maxmemory_bytes: int | None, now: datetime
) -> list[Chart]:
    """Draw the history. One query."""
    begin = now - window.length
    series = _series(_rows(instance, window, begin), begin, window)
    ends = (_end(begin, window), "now")
    limit = (
        Mark(maxmemory_bytes, f"limit {memory(maxmemory_bytes)}", "limit")
        if maxmemory_bytes
        else None
    )
    evicted = [value for value in series["evicted_per_s"] if value]
    return [
        Chart(
            "Memory",
            f"limit {memory(maxmemory_bytes)}" if maxmemory_bytes else "no limit",
            line_chart(series["used_memory_bytes"], words="memory used", ends=ends, say=memory, mark=limit,
                kilo=1024),
        ),
        Chart(
            "Hit rate",
            "target more than 80 %, our own lookups left out",
            line_chart(
                series["hit_rate"], words="hit rate", ends=ends, say=share, highest=1.0,
                mark=Mark(HIT_RATE_TARGET, "target 80 %"),
            ),
        ),
        Chart(
            "Latency",
            "median of warm PINGs, target less than 1 ms",
            line_chart(
                series["latency_ms"], words="latency", ends=ends, say=milliseconds,
                mark=Mark(LATENCY_TARGET_MS, "target 1 ms"),
            ),
        ),
        Chart(
            "Commands",
            "per second",
            line_chart(series["commands_per_s"], words="commands per second", ends=ends, say=count),
        ),
        Chart(
            "Evictions",
            "per second" if evicted else "per second; none in this time",
            line_chart(series["evicted_per_s"], words="evicted keys per second", ends=ends, say=count),
        ),
        Chart(
            "Clients",
            "connected",
            line_chart(series["connected_clients"], words="connected clients", ends=ends, say=count),
        ),
    ]  # fmt: skip


Row = tuple[datetime, Sequence[float | None]]


def _rows(instance: RedisInstance, window: Window, begin: datetime) -> Iterable[Row]:
    if window.step < timedelta(hours=1):
        rows = RedisSample.objects.filter(instance=instance, at__gte=begin)
        return ((at, values) for at, *values in rows.values_list("at", *FIELDS))
    hours = RedisHour.objects.filter(instance=instance, start__gte=begin)
    return ((hour.start, _of_hour(hour)) for hour in hours)


def _of_hour(hour: RedisHour) -> list[float | None]:
    looked_up = hour.hits + hour.misses
    return [
        hour.used_memory_bytes,
        hour.latency_ms,
        hour.hits / looked_up if looked_up else None,
        hour.commands / 3600 if hour.answered else None,
        hour.evicted_keys / 3600 if hour.answered else None,
        hour.highest_connected_clients,
    ]


def _series(rows: Iterable[Row], begin: datetime, window: Window) -> dict[str, list[float | None]]:
    """Take the mean of each step; a step without a value is a gap."""
    sums = [[[0.0, 0] for _ in range(window.steps)] for _ in FIELDS]
    for at, values in rows:
        place = min(max(0, int((at - begin) / window.step)), window.steps - 1)
        for line, value in zip(sums, values, strict=True):
            if value is not None:
                line[place][0] += value
                line[place][1] += 1
    return {
        name: [total / n if n else None for total, n in line]
        for name, line in zip(FIELDS, sums, strict=True)
    }


def _end(begin: datetime, window: Window) -> str:
    return f"{begin:%b %d}" if window.length > timedelta(days=1) else f"{begin:%H:%M} UTC"
