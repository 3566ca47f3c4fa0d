"""The page about the console itself: what it says when all is well, when something is not, and without Redis."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from monitoring.events.bus import STREAM
from monitoring.events.models import BridgeLease
from monitoring.health.models import Check, CheckState
from monitoring.worker_models import StepSchedule, WorkerHeartbeat
from prism import console_state
from prism.console_state import Fact, load_console_state
from prism.core.redis import RedisUnavailable
from prism.version import VERSION
from tests.make import make_administrator
from tests.servers import RedisServer

pytestmark = pytest.mark.django_db
MOST_QUERIES = 15


def fact(facts: list[Fact], label: str) -> Fact:
    return next(one for one in facts if one.label == label)


def make_worker(name: str, *, age_s: float, version: str = VERSION) -> None:
    now = timezone.now()
    WorkerHeartbeat.objects.create(
        name=name, version=version, started_at=now, beat_at=now - timedelta(seconds=age_s)
    )


def test_workers_are_alive_silent_or_of_another_version(own_redis: RedisServer) -> None:
    make_worker("old", age_s=1, version="0.0.1")
    make_worker("well", age_s=2)
    make_worker("dead", age_s=300)

    state = load_console_state(timezone.now())

    assert [(worker.name, verdict) for worker, verdict in state.workers] == [
        ("old", "degraded"),
        ("well", "up"),
        ("dead", "down"),
    ]
    assert "0.0.1" in fact(state.versions, "Prism console").note


def test_a_step_that_fails_or_waits_says_so(own_redis: RedisServer) -> None:
    now = timezone.now()
    StepSchedule.objects.create(name="a", due_at=now + timedelta(minutes=1), finished_at=now)
    StepSchedule.objects.create(name="b", due_at=now - timedelta(minutes=1))
    StepSchedule.objects.create(name="c", due_at=now, failures=3, last_error="ValueError('x')")

    state = load_console_state(now)

    assert [verdict for _, verdict in state.steps] == ["up", "degraded", "down"]


def test_the_lag_is_that_of_the_check_that_waits_the_longest(own_redis: RedisServer) -> None:
    now = timezone.now()
    now_ms = int(now.timestamp() * 1000)
    for late_s, claimed_s in ((9, 0), (60, 5), (-30, 0)):  # waiting, being asked, not due
        check = Check.objects.create(subject="api", kind="tcp", target="203.0.113.1:9")
        CheckState.objects.update_or_create(
            check_row=check,
            defaults={
                "interval_ms": 60_000,
                "lease_ms": 30_000,
                "due_ms": now_ms - late_s * 1000,
                "claimed_until_ms": now_ms + claimed_s * 1000 if claimed_s else 0,
            },
        )

    lag = fact(load_console_state(now).probing, "Schedule lag")

    assert (lag.value, lag.verdict, lag.note) == ("9.0 s", "down", "1 waiting")


def test_the_bridge_counts_while_its_lease_runs(own_redis: RedisServer) -> None:
    now = timezone.now()
    assert fact(load_console_state(now).events, "Bridge to prism:events").verdict == "down"
    BridgeLease.objects.create(holder="w1", expires_at=now + timedelta(seconds=5))

    bridge = fact(load_console_state(now).events, "Bridge to prism:events")

    assert (bridge.value, bridge.verdict) == ("w1", "up")


def test_the_stream_is_counted(own_redis: RedisServer) -> None:
    for number in range(3):
        own_redis.admin().xadd(STREAM, {"data": str(number)})

    assert fact(load_console_state(timezone.now()).events, "Stream").value == "3 entries"


def test_without_redis_the_page_says_so_and_shows_the_rest(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(purpose: str) -> None:
        raise RedisUnavailable(server="here", reason="refused")

    monkeypatch.setattr(console_state, "client", refuse)
    make_worker("well", age_s=2)
    client.force_login(make_administrator("root"))

    text = client.get("/console/").content.decode()

    assert "Redis does not answer" in text
    assert "alive" in text


def test_the_page_costs_the_same_however_much_there_is(
    client: Client, own_redis: RedisServer, django_assert_max_num_queries: Any
) -> None:
    client.force_login(make_administrator("root"))
    client.get("/console/")
    for number in range(30):
        make_worker(f"w{number}", age_s=number)

    with django_assert_max_num_queries(MOST_QUERIES):
        response = client.get("/console/")

    assert response.status_code == 200
