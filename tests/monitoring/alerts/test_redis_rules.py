"""The rules on Redis: by the eviction policy, and against real servers."""

import shutil
import socket
from datetime import timedelta

import pytest

from monitoring.alerts.evaluation import evaluate_rules
from monitoring.alerts.facts import load_servers
from monitoring.alerts.models import Incident, Rule
from monitoring.alerts.redis_columns import RedisFacts, redis_column
from monitoring.alerts.words import Kind
from monitoring.redis_inspect.models import RedisHour, RedisInstance
from monitoring.redis_inspect.sampling import look_at, store_samples
from tests.monitoring.alerts.making import NOON
from tests.servers import RedisServer, redis_server, wait_until

MB = 1024 * 1024
OWNERS = ("Redis memory over 90 %", "High eviction rate", "Redis connection errors")


def measured(kind: Kind, **over: object) -> tuple[float | None, str]:
    values = {"used_memory_bytes": 250 * MB, "maxmemory_bytes": 256 * MB, "policy": "noeviction"}
    facts = RedisFacts("cache", is_connected=True, **{**values, **over})  # type: ignore[arg-type]
    sample = redis_column(kind, [facts]).samples["cache"]
    return sample.value, sample.words


@pytest.mark.parametrize(
    ("policy", "used", "limit", "value", "words"),
    [
        ("noeviction", 91, 100, 91, "91 % of 100 MB, noeviction"),
        ("volatile-lru", 91, 100, 91, "91 % of 100 MB"),
        ("allkeys-lru", 100, 100, 0, "full by design"),
        ("allkeys-lfu", 100, 100, 0, "full by design"),
        ("noeviction", 91, 0, 0, "no limit (maxmemory 0)"),
    ],
)
def test_memory_is_judged_by_the_policy(policy: str, used: int, limit: int, value: float, words: str) -> None:  # fmt: skip
    found = measured(Kind.REDIS_MEMORY, policy=policy, used_memory_bytes=used * MB, maxmemory_bytes=limit * MB)  # fmt: skip

    assert found[0] == pytest.approx(value)
    assert words in found[1]


@pytest.mark.parametrize(
    ("facts", "value"),
    [
        ({"policy": "allkeys-lru", "hit_percent": 97.0}, 0),
        ({"policy": "allkeys-lru", "hit_percent": 60.0}, 25),
        ({"policy": "allkeys-lru", "hit_percent": 85.0, "usual_hit_percent": 97.0}, 25),
        ({"policy": "allkeys-lru", "hit_percent": 90.0, "usual_hit_percent": 97.0}, 0),
        ({"policy": "allkeys-lru"}, 0),
        ({"policy": "volatile-ttl", "hit_percent": 97.0}, 25),
        ({"policy": "allkeys-lru", "hit_percent": 60.0, "is_connected": False}, None),
    ],
)
def test_evictions_count_when_what_is_asked_for_is_missed(facts: dict[str, object], value: float | None) -> None:  # fmt: skip
    is_connected = bool(facts.pop("is_connected", True))
    one = RedisFacts("cache", is_connected, evicted_per_s=25.0, **facts)  # type: ignore[arg-type]

    assert redis_column(Kind.REDIS_EVICTIONS, [one]).samples["cache"].value == value


@pytest.mark.parametrize("kind", sorted(kind for kind in Kind if kind.startswith("redis-")))
def test_a_server_that_does_not_answer_is_only_the_connections_business(kind: Kind) -> None:
    one = RedisFacts("cache", is_connected=False, violations=None, error="connection refused")

    sample = redis_column(kind, [one]).samples["cache"]

    if kind is Kind.REDIS_CONNECTION:
        assert (sample.value, sample.words) == (1.0, "connection refused")
    else:
        assert sample.value is None


def test_of_two_servers_of_a_service_the_worse_one_counts() -> None:
    low, high = (
        RedisFacts("cache", True, name, used_memory_bytes=used, maxmemory_bytes=100, policy="noeviction")
        for name, used in (("staging", 10), ("prod", 95))
    )  # fmt: skip

    for order in ([low, high], [high, low]):
        sample = redis_column(Kind.REDIS_MEMORY, order).samples["cache"]
        assert (sample.value, sample.environments) == (95, ("prod",))


def test_what_nobody_looked_at_lately_is_not_known() -> None:
    one = RedisFacts("cache", True, is_stale=True, latency_ms=5)

    assert redis_column(Kind.REDIS_LATENCY, [one]).samples["cache"].value is None


# --- real servers ---------------------------------------------------------------------------------


class Watched:
    """A real server, sampled and judged by the owner's rules at times of ours."""

    def __init__(self, server: RedisServer) -> None:
        self.server = server
        self.instance = RedisInstance.objects.create(name="cache", title="cache", variable="X")
        self.now = NOON

    def look(self, minutes: float = 0.2) -> None:
        self.now += timedelta(minutes=minutes)
        store_samples([(self.instance, look_at(self.server.url))], self.now)
        evaluate_rules(self.now)

    def ask(self, *, hits: int, misses: int) -> None:
        pipeline = self.server.admin().pipeline(transaction=False)
        pipeline.set("here", "x")
        for _ in range(hits):
            pipeline.get("here")
        for number in range(misses):
            pipeline.get(f"missing-{number}")
        pipeline.execute()

    def write(self, count: int) -> None:
        pipeline = self.server.admin().pipeline(transaction=False)
        for number in range(count):
            pipeline.set(f"new:{self.now.timestamp()}:{number}", "x" * 1000)
        pipeline.execute()

    def open(self) -> list[str]:
        return sorted(Incident.objects.unresolved().values_list("rule_name", flat=True))


@pytest.fixture
def owners_rules(db: None) -> None:
    """Leave the three rules that the owner asked for, as the migration made them."""
    Rule.objects.exclude(name__in=OWNERS).delete()
    assert Rule.objects.filter(is_enabled=True).count() == 3


def full_server(policy: str, limit: str = "256mb") -> tuple[str, ...]:
    debug = ("--enable-debug-command", "yes")
    return ("--maxmemory", limit, "--maxmemory-policy", policy, *debug)


PROGRAM = shutil.which("redis-server") or ""


@pytest.mark.usefixtures("owners_rules")
def test_a_full_lru_cache_is_quiet_until_its_hit_rate_falls() -> None:
    with redis_server(*full_server("allkeys-lru"), program=PROGRAM) as server:
        server.admin().execute_command("DEBUG", "POPULATE", "14500", "old", "18000")
        watched = Watched(server)
        for _ in range(20):
            watched.write(600)
            watched.ask(hits=500, misses=5)
            watched.look()
        (facts,) = load_servers(watched.now)
        assert facts.used_memory_bytes / facts.maxmemory_bytes > 0.97  # type: ignore[operator]
        assert facts.evicted_per_s and facts.evicted_per_s > 1  # noqa: PT018
        assert watched.open() == []

        for _ in range(40):
            watched.write(600)
            watched.ask(hits=200, misses=800)
            watched.look()

        assert watched.open() == ["High eviction rate"]
        assert "hit rate" in Incident.objects.get().reason


@pytest.mark.usefixtures("owners_rules")
def test_a_hit_rate_that_fell_from_what_it_was_is_falling() -> None:
    with redis_server(*full_server("allkeys-lru", "20mb"), program=PROGRAM) as server:
        server.admin().execute_command("DEBUG", "POPULATE", "20000", "old", "1000")
        watched = Watched(server)
        RedisHour.objects.create(
            instance=watched.instance, start=NOON - timedelta(hours=3), samples=1, answered=1,
            hits=99_000, misses=1_000,
        )  # fmt: skip
        for _ in range(40):
            watched.write(200)
            watched.ask(hits=870, misses=130)
            watched.look()

        assert watched.open() == ["High eviction rate"]
        assert "usually 99 %" in Incident.objects.get().reason


@pytest.mark.usefixtures("owners_rules")
def test_noeviction_at_91_percent_alerts_and_is_over_under_85() -> None:
    with redis_server(*full_server("noeviction", "64mb"), program=PROGRAM) as server:
        admin = server.admin()
        while admin.info()["used_memory"] < 0.91 * 64 * MB:
            admin.execute_command("DEBUG", "POPULATE", "1000", f"k{admin.dbsize()}", "200")
        watched = Watched(server)
        for _ in range(12):
            watched.look()
        assert watched.open() == ["Redis memory over 90 %"]
        assert "noeviction" in Incident.objects.get().reason

        admin.flushall()
        for _ in range(12):
            watched.look()

        assert watched.open() == []


@pytest.mark.usefixtures("owners_rules")
def test_no_limit_says_so_and_never_fires() -> None:
    with redis_server(program=PROGRAM) as server:
        watched = Watched(server)
        for _ in range(12):
            watched.look()

        sample = redis_column(Kind.REDIS_MEMORY, load_servers(watched.now)).samples["cache"]
        assert sample.words.endswith("no limit (maxmemory 0)")
        assert watched.open() == []


@pytest.mark.usefixtures("owners_rules")
def test_a_server_that_is_gone_is_a_connection_error_until_it_is_back() -> None:
    with redis_server(program=PROGRAM) as server:
        watched = Watched(server)
        watched.look()
        server.kill()
        for _ in range(4):
            watched.look()
        assert watched.open() == ["Redis connection errors"]

        server.start()
        wait_until(lambda: look_at(server.url).connection_ok, what="the end of the breaker's pause")
        for _ in range(7):
            watched.look()

        assert watched.open() == []


@pytest.mark.usefixtures("owners_rules")
def test_rejected_connections_are_counted_since_five_minutes() -> None:
    Rule.objects.create(name="rejected", kind="redis-rejected", severity="critical", clear_s=0)
    with redis_server("--maxclients", "12", program=PROGRAM) as server:
        watched = Watched(server)
        watched.look()
        held = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(20)]
        refused = sum(one.recv(100).startswith(b"-ERR max") for one in held[15:])
        for one in held:
            one.close()
        assert refused
        wait_until(lambda: look_at(server.url).connection_ok, what="a free place")
        watched.look()
        assert watched.open() == ["rejected"]

        watched.look(minutes=6)
        watched.look()

        assert watched.open() == []
