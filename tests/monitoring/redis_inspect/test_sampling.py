"""The sampler: what it keeps of each instance, and how it fares when one does not answer."""

import shutil
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from monitoring.redis_inspect.info import Figures
from monitoring.redis_inspect.models import OWN, OwnLookups, RedisHour, RedisInstance, RedisSample
from monitoring.redis_inspect.own_lookups import count_lookups
from monitoring.redis_inspect.retention import keep_redis_history
from monitoring.redis_inspect.sampling import (
    SAMPLING,
    Look,
    look_at,
    sampling,
    store_samples,
    take_samples,
)
from monitoring.steps import STEPS
from monitoring.worker import run_if_due
from tests.make import make_service
from tests.monitoring.redis_inspect.deployments import redis_cluster
from tests.servers import RedisServer, redis_server, wait_until

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.fixture
def cache(monkeypatch: pytest.MonkeyPatch, server: RedisServer) -> RedisServer:
    """Have the server in the catalog, under the name `cache-prod`."""
    make_service(name="cache", type="redis")
    monkeypatch.setenv("PRISM_TARGET_CACHE_PROD", server.url)
    return server


def newest(name: str = "cache-prod") -> RedisSample:
    return RedisSample.objects.filter(instance__name=name).order_by("-at")[0]


def make_sample(instance: RedisInstance, at: datetime, **over: Any) -> RedisSample:
    values = {"instance": instance, "at": at, "connection_ok": True, "run_id": "a", **over}
    return RedisSample.objects.create(**values)


def test_a_sample_has_the_servers_figures_and_the_time_of_a_ping(cache: RedisServer) -> None:
    cache.admin().config_set("maxmemory", "64mb")

    take_samples(NOON)

    row = newest()
    assert row.connection_ok
    assert row.maxmemory_bytes == 64 * 1024 * 1024
    assert row.used_memory_bytes
    assert row.latency_ms
    assert 0 < row.latency_ms < 1000
    assert (row.commands_per_s, row.hit_rate) == (None, None)  # one look has no rate
    assert {one.instance.name for one in RedisSample.objects.latest_of_each()} == {
        OWN,
        "cache-prod",
    }


def test_the_hit_rate_is_that_of_the_others(cache: RedisServer) -> None:
    admin = cache.admin()
    admin.set("here", 1)
    take_samples(NOON)
    for key in ("here", "here", "here", "gone"):
        admin.get(key)
    for _ in range(96):
        admin.ttl("here")  # as a scan of ours would
    count_lookups(
        RedisInstance.objects.get(name="cache-prod"), hits=96, now=NOON + timedelta(seconds=6)
    )

    take_samples(NOON + timedelta(seconds=12))

    assert newest().hit_rate == 0.75
    assert newest().commands_per_s == pytest.approx(110 / 12, rel=0.3)


def test_the_hit_rate_covers_five_minutes_and_no_more(cache: RedisServer) -> None:
    admin = cache.admin()
    admin.set("here", 1)
    take_samples(NOON)
    for _ in range(100):
        admin.get("here")
    take_samples(NOON + timedelta(minutes=4))
    assert newest().hit_rate == 1.0

    for _ in range(10):
        admin.get("gone")
    take_samples(NOON + timedelta(minutes=7))

    assert newest().hit_rate == 0.0


def test_a_server_that_does_not_answer_is_a_sample_too(
    cache: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_service(name="gone", type="redis")
    monkeypatch.setenv("PRISM_TARGET_GONE_PROD", "redis://user:secret@127.0.0.1:1")

    take_samples(NOON)

    assert newest().connection_ok
    row = newest("gone-prod")
    assert (row.connection_ok, row.used_memory_bytes, row.latency_ms) == (False, None, None)
    assert "refused" in row.error
    assert "secret" not in row.error


def test_an_instance_without_an_address_is_not_asked_and_not_down() -> None:
    make_service(name="somewhere", type="redis")

    take_samples(NOON)

    assert not RedisSample.objects.filter(instance__name="somewhere-prod").exists()


def test_a_user_who_may_not_ask_info_is_told_apart_from_a_dead_server(server: RedisServer) -> None:
    server.admin().execute_command("ACL SETUSER little on >p -@all +ping")

    look = look_at(server.url.replace("//", "//little:p@"))

    assert (look.connection_ok, look.figures.used_memory_bytes) == (True, None)
    assert look.latency_ms is not None
    assert "info" in look.error


def test_an_address_that_cannot_be_read_is_told() -> None:
    look = look_at("redis://127.0.0.1:port")

    assert not look.connection_ok
    assert look.error


@pytest.mark.parametrize(
    "url", ["redis://:hunter/2@127.0.0.1:6379", "redis+sentinel://:hunter/2@127.0.0.1:26379/main"]
)
def test_an_address_that_cannot_be_read_tells_nothing_of_its_password(url: str) -> None:
    look = look_at(url)

    assert not look.connection_ok
    assert "hunter" not in look.error


def test_what_no_column_holds_does_not_end_the_sampling_of_the_others() -> None:
    odd, well = (RedisInstance.objects.create(name=name, variable="X") for name in ("odd", "well"))
    figures = Figures(
        version="Redis " + "7" * 100, mode="\0" + "m" * 40, maxmemory_policy="allkeys-lru, noeviction, volatile-random",
        role="master" * 9, maxmemory_bytes=2**64 - 1, replicas=2**40,
    )  # fmt: skip

    store_samples([(odd, Look(figures, error="a\0b")), (well, Look(Figures()))], NOON)

    row = newest("odd")
    assert newest("well").connection_ok
    assert (row.maxmemory_bytes, row.replicas, row.error) == (None, None, "ab")
    assert (len(row.version), row.mode) == (60, "m" * 20)


def test_a_cluster_is_sampled_whole() -> None:
    with redis_cluster(3, shutil.which("redis-server") or "") as servers:
        used = sum(one.admin().info("memory")["used_memory"] for one in servers)

        look = look_at(servers[0].url)

        assert look.figures.mode == "cluster"
        assert look.figures.used_memory_bytes == pytest.approx(used, rel=0.2)


def test_hours_are_summed_up_once_and_samples_go_when_they_are_old() -> None:
    instance = RedisInstance.objects.create(name="a", title="a", variable="A")
    make_sample(instance, NOON - timedelta(seconds=6), commands=100, hits=10, misses=0)
    for place in range(3):
        make_sample(
            instance, NOON + timedelta(minutes=place), latency_ms=place, used_memory_bytes=10 * place,
            commands=110 + place, hits=20 + place, misses=5, evicted_keys=place,
        )  # fmt: skip
    make_sample(instance, NOON + timedelta(minutes=3), connection_ok=False, run_id="")
    make_sample(instance, NOON + timedelta(minutes=4), run_id="restarted", commands=3, hits=1)
    OwnLookups.objects.create(instance=instance, at=NOON + timedelta(minutes=1), hits=2)

    keep_redis_history(NOON + timedelta(hours=1, minutes=5))
    keep_redis_history(NOON + timedelta(hours=1, minutes=6))

    row = RedisHour.objects.get(start=NOON)
    assert (row.samples, row.answered, row.latency_ms, row.highest_latency_ms) == (5, 4, 1, 2)
    assert (row.commands, row.hits, row.misses, row.evicted_keys) == (12, 10, 5, 2)
    assert (row.used_memory_bytes, row.highest_used_memory_bytes) == (10, 20)

    keep_redis_history(NOON + timedelta(hours=50))

    assert not RedisSample.objects.exists()
    assert RedisHour.objects.count() == 2
    keep_redis_history(NOON + timedelta(days=500))
    assert not RedisHour.objects.exists()


def test_the_work_is_claimed_so_that_of_two_workers_one_samples() -> None:
    assert run_if_due(SAMPLING, worker="a", now=NOON)
    assert not run_if_due(SAMPLING, worker="b", now=NOON + timedelta(seconds=10))
    assert run_if_due(SAMPLING, worker="b", now=NOON + timedelta(seconds=13))

    assert RedisSample.objects.filter(instance__name=OWN).count() == 2
    assert "keep-redis-history" in {step.name for step in STEPS}


@pytest.mark.django_db(transaction=True)
def test_the_worker_samples_beside_its_other_work() -> None:
    stop = threading.Event()

    with sampling(stop):
        wait_until(lambda: RedisSample.objects.exists(), what="a sample")

    assert stop.is_set()
    assert not [one for one in threading.enumerate() if one.name == "redis-sampler"]


def test_a_server_that_hangs_delays_nobody_for_long() -> None:
    with redis_server() as server:
        server.freeze()
        look = look_at(server.url)
        server.thaw()

    assert not look.connection_ok
