"""Samples every instance: INFO and the time of a PING, from the worker, every few seconds."""

import logging
import statistics
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import DatabaseError, close_old_connections, connections
from django.utils import timezone

from monitoring.redis_inspect.info import Figures, Reading, figures_of, hit_rate, per_second, total
from monitoring.redis_inspect.instances import NoAddress, address_of, sync_instances
from monitoring.redis_inspect.models import OwnLookups, RedisInstance, RedisSample
from monitoring.redis_inspect.topology import topology_at
from monitoring.worker import Step, beside, run_if_due, worker_name
from prism.core.redis import NoPermissionError, Redis, RedisError, ResponseError

logger = logging.getLogger(__name__)

EVERY = timedelta(seconds=12)
LOOK_S = 3.0  # how often a worker looks whether a sample is due
HIT_RATE_OVER = timedelta(minutes=5)
PINGS = 5
MOST_INTEGER, MOST_BIG = 2**31 - 1, 2**63 - 1
AT_ONCE = 8  # a server that hangs must not hold up the others
ENDS_WITHIN_S = 5.0
ERROR_CHARACTERS = 300
COUNTERS = ("commands", "evicted_keys", "hits", "misses")


@dataclass(frozen=True, slots=True)
class Look:
    """What one look at an instance found; without figures `error` says why."""

    figures: Figures
    latency_ms: float | None = None
    error: str = ""
    connection_ok: bool = True


def take_samples(now: datetime) -> None:
    """Sample every instance that has an address, all at the same time."""
    sync_instances(now)
    found = []
    for instance in RedisInstance.objects.current():
        try:
            found.append((instance, address_of(instance)))
        except NoAddress:
            continue  # not asked is not the same as down
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="prism-sampler") as pool:
        looks = list(pool.map(look_at, [address for _, address in found]))
    store_samples([(pair[0], look) for pair, look in zip(found, looks, strict=True)], now)


def look_at(url: str) -> Look:
    """Ask the servers at an address for their figures; never raises what the servers cause."""
    latency_ms: float | None = None
    try:
        nodes = topology_at(url).nodes
        latency_ms = max((took for node in nodes if (took := ping_ms(node.client()))), default=None)
        figures = total([figures_of(node.client().info()) for node in nodes])
    except ResponseError as error:  # it is there, and refuses
        return Look(Figures(), latency_ms, error=str(error)[:ERROR_CHARACTERS])
    except (RedisError, ValueError) as error:  # ValueError: an address that cannot be read
        return Look(Figures(), error=str(error)[:ERROR_CHARACTERS], connection_ok=False)
    return Look(figures, latency_ms)


def ping_ms(client: Redis) -> float | None:
    """Give the median of a few PINGs on a connection that is already open; None when not permitted."""
    took = []
    with client.client() as warm:  # type: ignore[no-untyped-call]
        try:
            warm.ping()
            for _ in range(PINGS):
                started = time.perf_counter()
                warm.ping()
                took.append((time.perf_counter() - started) * 1000)
        except NoPermissionError:
            return None
    return statistics.median(took)


def store_samples(looks: Sequence[tuple[RedisInstance, Look]], now: datetime) -> None:
    """Write one row an instance, with the rates since earlier rows. Three queries."""
    recent = RedisSample.objects.filter(at__gt=now - HIT_RATE_OVER - EVERY, at__lt=now)
    earlier: dict[int, list[RedisSample]] = {}
    for row in recent.only("instance", "at", "run_id", *COUNTERS).order_by("at", "pk"):
        earlier.setdefault(row.instance_id, []).append(row)
    own = _own_lookups(now - HIT_RATE_OVER - EVERY, now)
    RedisSample.objects.bulk_create(
        _sample(instance, look, earlier.get(instance.pk, []), own.get(instance.pk, []), now)
        for instance, look in looks
    )


def reading_of(row: RedisSample) -> Reading:
    """Give the counters of a sample."""
    counters = {name: getattr(row, name) for name in COUNTERS}
    return Reading(at_s=row.at.timestamp(), run_id=row.run_id, **counters)


def _sample(
    instance: RedisInstance,
    look: Look,
    earlier: Sequence[RedisSample],
    own: Sequence[tuple[datetime, int, int]],
    now: datetime,
) -> RedisSample:
    row = RedisSample(
        instance=instance,
        at=now,
        connection_ok=look.connection_ok,
        error=look.error.replace("\x00", ""),
        latency_ms=look.latency_ms,
        **{name: _storable(name, value) for name, value in asdict(look.figures).items()},
    )
    known = [one for one in earlier if one.run_id and one.run_id == row.run_id]
    if not known:
        return row
    after, before, oldest = reading_of(row), reading_of(known[-1]), known[0]
    row.commands_per_s = per_second(before, after, "commands")
    row.evicted_per_s = per_second(before, after, "evicted_keys")
    since = [one for one in own if oldest.at < one[0] <= now]
    row.hit_rate = hit_rate(
        reading_of(oldest),
        after,
        own_hits=sum(hits for _, hits, _ in since),
        own_misses=sum(misses for _, _, misses in since),
    )
    return row


def _storable(name: str, value: Any) -> Any:
    """Keep what a server says of itself to what PostgreSQL takes: one odd word must not end all sampling."""
    if isinstance(value, str):
        return value.replace("\x00", "")[
            : getattr(RedisSample._meta.get_field(name), "max_length", None)
        ]
    if isinstance(value, int) and abs(value) > (MOST_INTEGER if name == "replicas" else MOST_BIG):
        return None
    return value


def _own_lookups(begin: datetime, end: datetime) -> dict[int, list[tuple[datetime, int, int]]]:
    found: dict[int, list[tuple[datetime, int, int]]] = {}
    rows = OwnLookups.objects.filter(at__gt=begin, at__lte=end)
    for instance, at, hits, misses in rows.values_list("instance", "at", "hits", "misses"):
        found.setdefault(instance, []).append((at, hits, misses))
    return found


SAMPLING = Step("sample-redis", EVERY, take_samples)


@contextmanager
def sampling(stop: threading.Event) -> Iterator[None]:
    """Sample in a thread of its own until `stop` is set: slower work of the worker must not delay it."""
    with beside("redis-sampler", _run, stop, ends_within_s=ENDS_WITHIN_S):
        yield


def _run(stop: threading.Event) -> None:
    while not stop.is_set():
        try:
            close_old_connections()
            run_if_due(SAMPLING, worker=worker_name(), now=timezone.now())
        except DatabaseError as error:
            logger.warning("No sample of Redis is kept: %s", error)
        stop.wait(LOOK_S)
    connections.close_all()
