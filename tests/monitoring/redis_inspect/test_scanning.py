"""Scans of real servers find exactly what was planted, and leave no trace but their own lookups."""

import json
import threading
from datetime import timedelta
from typing import Any

import pytest
import redis
from django.utils import timezone

from monitoring.events.models import Event
from monitoring.redis_inspect import scan_run
from monitoring.redis_inspect.models import OwnLookups, RedisScan, ScannedNamespace
from monitoring.redis_inspect.scan_actions import (
    AlreadyAsked,
    ScanMoved,
    cancel_scan,
    pause_scan,
    resume_scan,
)
from monitoring.redis_inspect.scanning import KEPT, ask_due_scans, claim_scan, forget_old_scans
from prism.core.audit_entry import AuditEntry
from services.catalog.models import RedisNamespace
from tests.make import make_service
from tests.monitoring.redis_inspect.deployments import make_instance, redis_cluster, replica_of
from tests.monitoring.redis_inspect.keyspace import (
    Planted,
    expected,
    expected_undeclared,
    fill,
    total,
)
from tests.monitoring.redis_inspect.scans import (
    SOMEBODY,
    ask,
    go_on,
    rows_of,
    run_scan,
    violations_of,
)
from tests.servers import RedisServer, redis_server

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.redis]
PLANTED = Planted()


def check_report(scan: RedisScan, planted: Planted) -> None:
    assert (scan.status, scan.problem) == ("finished", "")
    declared = rows_of(scan)
    for pattern, wanted in expected(planted).items():
        row = declared[pattern]
        assert (pattern, row.keys) == (pattern, wanted.keys)
        assert {name: one[0] for name, one in row.types.items()} == wanted.types
        assert (pattern, violations_of(row)) == (pattern, wanted.all_violations())
        assert sum(row.ttl_keys) + row.immortal == row.keys
        assert sum(row.ttl_bytes) + row.immortal_bytes == row.size_bytes
        assert row.keys_low == row.keys_high == row.keys
    undeclared = rows_of(scan, is_declared=False)
    assert {name: row.keys for name, row in undeclared.items()} == expected_undeclared(planted)
    assert (scan.seen_keys, scan.total_keys) == (total(planted), total(planted))


@pytest.mark.parametrize("use_script", [False, True], ids=["pipeline", "script"])
def test_a_full_scan_finds_exactly_what_was_planted(
    server: RedisServer, monkeypatch: pytest.MonkeyPatch, use_script: bool
) -> None:
    admin = redis.Redis(port=server.port)
    fill(admin, PLANTED)
    admin.config_resetstat()
    idle_key = f"session:{'0' * 32}"
    admin.set(idle_key, "x", ex=3000)
    admin.delete(idle_key)

    scan = run_scan(make_instance(server.url, monkeypatch), use_script=use_script)

    check_report(scan, PLANTED)
    # the server counted our lookups, and so did we
    stats = admin.info("stats")
    own = OwnLookups.objects.get()
    assert (stats["keyspace_hits"], stats["keyspace_misses"]) == (own.hits, own.misses)
    assert (scan.own_hits, scan.own_misses) == (own.hits, own.misses)
    event = Event.objects.get(type="redis.violations")
    assert event.severity == "warning"
    assert json.loads(event.payload)["namespaces"]["prism:*"] == {"channel_only": 2}


def test_a_scan_leaves_idle_times_and_the_hit_rate_of_the_application_alone(
    server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin = redis.Redis(port=server.port)
    fill(admin, PLANTED.times(10))
    admin.config_resetstat()
    for _ in range(60):
        admin.get("cart:none")
    keys = [f"websocket-like:{number}" for number in range(40)]
    for key in keys:
        admin.set(key, "1")
        admin.get(key)
    before = admin.info("stats")
    tick = admin.object("idletime", keys[0])
    deadline = threading.Event()
    while admin.object("idletime", keys[0]) < tick + 2:
        deadline.wait(0.2)

    scan = run_scan(make_instance(server.url, monkeypatch))

    assert min(admin.object("idletime", key) for key in keys) >= 2  # nothing was touched
    after = admin.info("stats")
    own = OwnLookups.objects.get()
    # OBJECT IDLETIME of this test counts as a lookup too
    hits = after["keyspace_hits"] - own.hits
    misses = after["keyspace_misses"] - own.misses
    assert scan.seen_keys == total(PLANTED.times(10)) + 40
    assert misses == before["keyspace_misses"] == 60
    assert hits - before["keyspace_hits"] < 80
    assert own.hits == 2 * scan.seen_keys


def test_a_sample_holds_the_truth_within_its_interval(
    server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scan_run, "SAMPLE_KEYS", 1_500)
    planted = Planted(
        sessions=4_000, cache=3_000, ratelimits=2_000, websockets=800, carts=200, locks=100
    )
    fill(redis.Redis(port=server.port), planted)

    scan = run_scan(make_instance(server.url, monkeypatch), kind="sample")

    assert 1_500 <= scan.seen_keys < 4_000
    outside = []
    for pattern, wanted in expected(planted).items():
        row = rows_of(scan)[pattern]
        assert row.keys_low <= row.keys <= row.keys_high
        assert row.keys_high - row.keys_low < 0.1 * total(planted)
        if not row.keys_low <= wanted.keys <= row.keys_high:
            outside.append(pattern)
    assert (
        len(outside) <= 2
    )  # 95 % intervals over seven namespaces, one run in 300 has three outside


def test_a_sample_of_a_small_server_is_exact(
    server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(redis.Redis(port=server.port), PLANTED)

    check_report(run_scan(make_instance(server.url, monkeypatch), kind="sample"), PLANTED)


def test_a_cluster_is_scanned_on_all_its_primaries(monkeypatch: pytest.MonkeyPatch) -> None:
    planted = PLANTED.times(3)
    with redis_cluster() as servers:
        client = redis.RedisCluster(host="127.0.0.1", port=servers[0].port)
        fill(client, planted)
        client.close()

        scan = run_scan(make_instance(servers[1].url, monkeypatch))

        sizes = [server.admin().dbsize() for server in servers]
    check_report(scan, planted)
    assert len(scan.nodes) == 3
    assert sorted(node["keys"] for node in scan.nodes) == sorted(sizes)
    assert all(node["is_done"] for node in scan.nodes)


def test_declarations_of_the_catalog_count(
    server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(redis.Redis(port=server.port), PLANTED)
    RedisNamespace.objects.create(pattern="cart:*", ttl_policy="maximum", ttl_max_s=60)
    RedisNamespace.objects.create(pattern="lock:*", ttl_policy="maximum", ttl_max_s=60)

    declared = rows_of(run_scan(make_instance(server.url, monkeypatch)))

    assert declared["cart:*"].no_expiry == PLANTED.carts
    assert declared["lock:*"].too_long == PLANTED.locks


class Clockwork:
    """Lets a scan save after each batch, and does something at the nth."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, at: int, act: object) -> None:
        self.saves = 0
        monkeypatch.setattr(scan_run, "SAVE_EVERY_S", 0)
        monkeypatch.setattr("monitoring.redis_inspect.pacing.MOST_COUNT", 100)
        save = scan_run.Run._save

        def saving(run, now, *, with_checkpoint):
            self.saves += 1
            if self.saves == at:
                act()
            return save(run, now, with_checkpoint=with_checkpoint)

        monkeypatch.setattr(scan_run.Run, "_save", saving)


@pytest.mark.parametrize("duty", [1.0, 0.9])
def test_a_scan_is_paused_and_goes_on_where_it_stopped(
    server: RedisServer, monkeypatch: pytest.MonkeyPatch, duty: float
) -> None:
    planted = PLANTED.times(20)
    fill(redis.Redis(port=server.port), planted)
    scan = ask(make_instance(server.url, monkeypatch), duty=duty)
    Clockwork(monkeypatch, 5, lambda: pause_scan(scan=scan, actor=SOMEBODY))

    paused = go_on()
    resume_scan(scan=paused, actor=SOMEBODY)
    finished = go_on("worker-2")

    assert paused.status == "paused"
    assert 0 < paused.seen_keys < total(planted)
    check_report(finished, planted)
    assert finished.checkpoint is None
    actions = set(AuditEntry.objects.values_list("action", flat=True))
    assert actions >= {"redis.scan_asked", "redis.scan_paused", "redis.scan_resumed"}


def test_a_cancelled_scan_keeps_what_it_saw(
    server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    planted = PLANTED.times(20)
    fill(redis.Redis(port=server.port), planted)
    scan = ask(make_instance(server.url, monkeypatch))
    now = timezone.now()
    Clockwork(monkeypatch, 5, lambda: cancel_scan(scan=scan, actor=SOMEBODY, now=now))

    cancelled = go_on()

    assert cancelled.status == "cancelled"
    assert 0 < cancelled.seen_keys < total(planted)
    assert sum(row.keys for row in cancelled.namespaces.all()) == cancelled.seen_keys
    with pytest.raises(ScanMoved):
        pause_scan(scan=scan, actor=SOMEBODY)


def test_a_worker_that_stops_gives_the_scan_back(
    server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    planted = PLANTED.times(20)
    fill(redis.Redis(port=server.port), planted)
    ask(make_instance(server.url, monkeypatch))
    stop = threading.Event()
    Clockwork(monkeypatch, 5, stop.set)

    given_back = go_on(stop=stop)

    assert given_back.status == "queued"
    check_report(go_on("worker-2"), planted)


def test_a_scan_whose_worker_died_is_taken_over_and_the_late_worker_writes_nothing(
    server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    planted = PLANTED.times(20)
    fill(redis.Redis(port=server.port), planted)
    scan = ask(make_instance(server.url, monkeypatch))
    monkeypatch.setattr(scan_run, "CHECKPOINT_EVERY_S", 0)
    later = timezone.now() + timedelta(minutes=2)
    taken = []

    def die() -> None:
        taken.append(claim_scan("worker-2", now=later))

    Clockwork(monkeypatch, 6, die)

    went_on = go_on("worker-1")  # finds out at its next save that it lost the scan

    assert taken[0].pk == scan.pk
    assert (went_on.status, went_on.claimed_by) == ("running", "worker-2")
    assert not ScannedNamespace.objects.exists()
    run = scan_run.Run(taken[0], worker="worker-2", must_stop=lambda: False)
    check_report(run.run(), planted)


def test_one_scan_of_an_instance_runs(server: RedisServer, monkeypatch: pytest.MonkeyPatch) -> None:
    instance = make_instance(server.url, monkeypatch)
    scan = ask(instance)
    now = timezone.now()

    assert claim_scan("worker-1", now=now).pk == scan.pk
    assert claim_scan("worker-2", now=now) is None
    with pytest.raises(AlreadyAsked):
        ask(instance)
    RedisScan.objects.create(instance=instance, kind="full", created_at=now)  # past the action
    assert claim_scan("worker-2", now=now) is None  # the index holds all the same


@pytest.mark.parametrize(
    "budget", [{"most_keys": 300}, {"most_s": 0}, {"most_network_bytes": 60_000}], ids=str
)
def test_a_budget_ends_a_scan_and_says_so(
    server: RedisServer, monkeypatch: pytest.MonkeyPatch, budget: dict[str, int]
) -> None:
    planted = PLANTED.times(20)
    fill(redis.Redis(port=server.port), planted)

    scan = run_scan(make_instance(server.url, monkeypatch), **budget)

    assert scan.status == "partial"
    assert scan.seen_keys < total(planted)
    assert scan.has_results


def test_a_server_that_goes_away_fails_the_scan_and_it_can_go_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    planted = PLANTED.times(20)
    with redis_server() as server:
        fill(redis.Redis(port=server.port), planted)
        ask(make_instance(server.url, monkeypatch))
        Clockwork(monkeypatch, 5, server.kill)

        failed = go_on()

        assert failed.status == "failed"
        assert str(server.port) in failed.problem
        server.start()
        fill(redis.Redis(port=server.port), planted)
        resume_scan(scan=failed, actor=SOMEBODY)
        assert go_on().status in ("finished", "failed")  # the breaker may still skip the server


def test_what_the_user_may_not_ask_is_left_out(
    server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin = redis.Redis(port=server.port)
    fill(admin, PLANTED)
    admin.execute_command(
        *[
            "ACL",
            "SETUSER",
            "little",
            "on",
            ">pass",
            "~*",
            "-@all",
            "+ping",
            "+hello",
            "+select",
            "+scan",
            "+dbsize",
            "+ttl",
            "+pttl",
        ]
    )
    url = f"redis://little:pass@127.0.0.1:{server.port}/0"

    scan = run_scan(make_instance(url, monkeypatch))

    assert (scan.status, scan.problem) == ("finished", "")
    assert scan.refused == ["MEMORY", "TYPE"]
    row = rows_of(scan)["session:*"]
    assert (row.keys, row.no_expiry, row.size_bytes, row.types) == (45, 3, 0, {})


def test_a_user_who_may_not_scan_is_told_so(
    server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    redis.Redis(port=server.port).execute_command(
        *[
            "ACL",
            "SETUSER",
            "none",
            "on",
            ">pass",
            "~*",
            "-@all",
            "+ping",
            "+hello",
            "+select",
            "+dbsize",
            "+info",
        ]
    )
    url = f"redis://none:pass@127.0.0.1:{server.port}/0"

    scan = run_scan(make_instance(url, monkeypatch))

    assert scan.status == "failed"
    assert "scan" in scan.problem


def test_an_instance_without_an_address_fails_its_scan(monkeypatch: pytest.MonkeyPatch) -> None:
    instance = make_instance("", monkeypatch)

    scan = run_scan(instance)

    assert scan.status == "failed"
    assert instance.variable in scan.problem


def test_a_replica_is_scanned_rather_than_its_primary(
    server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(redis.Redis(port=server.port), PLANTED)
    with replica_of(server, program=server.program) as replica:
        before = server.admin().info("stats")["keyspace_hits"]

        scan = run_scan(make_instance(server.url, monkeypatch))

        assert scan.nodes[0]["address"].endswith(f":{replica.port}")
        assert server.admin().info("stats")["keyspace_hits"] == before
    check_report(scan, PLANTED)


def test_every_instance_with_an_address_is_scanned_once_a_day(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_service(name="shared", type="redis")
    make_service(name="nowhere", type="redis")
    monkeypatch.setenv("PRISM_TARGET_SHARED_PROD", "redis://127.0.0.1:1/0")
    now = timezone.now()
    settings.PRISM_REDIS_SCAN_EVERY_H = 0
    ask_due_scans(now)
    assert not RedisScan.objects.exists()

    settings.PRISM_REDIS_SCAN_EVERY_H = 24
    ask_due_scans(now)
    ask_due_scans(now + timedelta(hours=1))

    asked = RedisScan.objects.values_list("instance__name", "kind", "duty", "asked_by")
    assert sorted(asked) == [
        ("console", "full", 0.25, "the schedule"),
        ("shared-prod", "full", 0.25, "the schedule"),
    ]
    RedisScan.objects.update(status="finished")
    RedisScan.objects.filter(instance__name="shared-prod").update(status="failed")
    ask_due_scans(now + timedelta(minutes=30))
    assert RedisScan.objects.count() == 2
    ask_due_scans(now + timedelta(hours=2))  # what failed is tried again
    assert RedisScan.objects.count() == 3
    RedisScan.objects.update(status="finished")
    ask_due_scans(now + timedelta(hours=30))
    assert RedisScan.objects.count() == 5


def test_old_reports_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    instance = make_instance("", monkeypatch)
    now = timezone.now()
    RedisScan.objects.bulk_create(
        RedisScan(
            instance=instance, kind="full", status="finished", created_at=now, finished_at=now
        )
        for _ in range(KEPT + 5)
    )

    forget_old_scans(now)

    assert RedisScan.objects.count() == KEPT
