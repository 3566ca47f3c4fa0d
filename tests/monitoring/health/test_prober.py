"""The prober in a thread: it asks what is due, writes it, and gives back what it did not ask."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import OperationalError
from django.utils import timezone
from pytest_django import Settings

from monitoring.events.models import Event
from monitoring.health import prober as prober_module
from monitoring.health.actions import (
    make_heartbeat_key,
    now_ms,
    schedule_checks,
    take_heartbeat,
)
from monitoring.health.models import Check, CheckState, Deployment, Reading
from monitoring.health.prober import probing
from tests.hostile_servers import OK, Behaviour, answering, serving, silent
from tests.monitoring.health.making import make_check
from tests.servers import wait_until

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("local_network"),
]
HEALTHY = answering(OK + b"Content-Length: 2\r\n", b"ok")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the prober look more often than twice a second: every test waits for it."""
    monkeypatch.setattr(prober_module, "TICK_S", 0.05)


@contextmanager
def server(behaviour: Behaviour) -> Iterator[int]:
    """Run a server in a thread of its own while the test blocks."""
    ready, done = threading.Event(), asyncio.Event()
    found: dict[str, Any] = {}

    async def run() -> None:
        async with serving(behaviour) as port:
            found.update(port=port, loop=asyncio.get_running_loop())
            ready.set()
            await done.wait()

    thread = threading.Thread(target=asyncio.run, args=(run(),))
    thread.start()
    assert ready.wait(5)
    try:
        yield found["port"]
    finally:
        found["loop"].call_soon_threadsafe(done.set)
        thread.join()


def due(check: Check) -> Check:
    schedule_checks([check], now_ms=now_ms() - 6_000)
    return check


def test_a_due_check_is_asked_and_written() -> None:
    with server(HEALTHY) as port, probing(threading.Event()):
        check = due(make_check(kind="http", target=f"http://127.0.0.1:{port}/"))
        wait_until(Reading.objects.exists, what="the reading")

    state = CheckState.objects.get(pk=check.pk)
    assert (state.verdict, state.last_found) == ("up", "up")
    assert state.due_ms > now_ms() - 1000
    assert state.claimed_until_ms == 0


def test_an_edited_check_is_asked_as_it_is_now() -> None:
    with server(HEALTHY) as port, probing(threading.Event()):
        check = due(make_check(kind="http", target="http://127.0.0.1:9/"))
        wait_until(Reading.objects.exists, what="the first reading")
        check.target, check.version = f"http://127.0.0.1:{port}/", 2
        check.save()
        due(check)
        wait_until(Reading.objects.filter(found="u").exists, what="the reading of the edited check")


def test_what_was_not_asked_is_given_back_at_the_end() -> None:
    stop = threading.Event()
    check = make_check()
    with probing(stop):
        due(check)
        CheckState.objects.filter(pk=check.pk).update(due_ms=now_ms() + 900)
        wait_until(CheckState.objects.filter(claimed_until_ms__gt=0).exists, what="the claim")
        stop.set()

    state = CheckState.objects.get(pk=check.pk)
    assert state.claimed_until_ms == 0


def test_a_probe_that_hangs_at_the_end_does_not_hold_the_worker(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(prober_module, "STOP_S", 0.5)
    stop = threading.Event()
    with server(silent) as port:
        with probing(stop):
            due(make_check(kind="http", target=f"http://127.0.0.1:{port}/"))
            wait_until(CheckState.objects.filter(claimed_until_ms__gt=0).exists, what="the claim")
            stop.wait(0.3)
            stop.set()

        assert CheckState.objects.get().claimed_until_ms == 0


def test_results_wait_for_a_database_that_is_away(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    failures = iter([OperationalError("gone")] * 2)
    record = prober_module.record

    def fail_twice(results: Any) -> int:
        for failure in failures:
            raise failure
        return record(results)

    monkeypatch.setattr(prober_module, "record", fail_twice)
    with server(HEALTHY) as port, probing(threading.Event()):
        # its next slot is hours away: what is written twice was written twice
        due(make_check(kind="http", target=f"http://127.0.0.1:{port}/", interval_s=86_400))
        wait_until(Reading.objects.exists, what="the reading")

    assert Reading.objects.filter(found="u").count() == 1
    assert caplog.text.count("The prober waits for the database") == 1


def test_a_new_version_is_a_deployment_and_an_event() -> None:
    versions = iter(["aaaaaaa1", "aaaaaaa1", "bbbbbbb2"])

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        body = b"ok"
        if b"GET /version" in head:
            body = b'{"commit": "%s"}' % next(versions, "bbbbbbb2").encode()
        writer.write(OK + b"Content-Length: %d\r\n\r\n" % len(body) + body)
        await writer.drain()

    with server(behave) as port:
        for count in (1, 1, 2):
            with probing(threading.Event()):
                Check.objects.all().delete()
                check = make_check(
                    kind="http",
                    target=f"http://127.0.0.1:{port}/",
                    options={"version_path": "/version"},
                )
                due(check)
                wait_until(
                    lambda count=count: (
                        Deployment.objects.count() == count
                        and CheckState.objects.filter(last_at__isnull=False).exists()
                    ),
                    what=f"deployment {count}",
                )

    assert [row.commit for row in Deployment.objects.for_page()] == ["bbbbbbb2", "aaaaaaa1"]
    assert Event.objects.filter(type="deploy.success").count() == 1


def test_a_heartbeat_is_judged_by_its_silence() -> None:
    check = make_check(kind="heartbeat", target="", options={"expect_every_s": 3600})
    key = make_heartbeat_key(check)
    check.save()
    due(check)
    assert take_heartbeat(key, now=timezone.now())
    assert not take_heartbeat("another", now=timezone.now())

    with probing(threading.Event()):
        wait_until(Reading.objects.exists, what="the reading")

    assert CheckState.objects.get().verdict == "up"


def test_the_whole_network_away_is_our_own_failure(settings: Settings) -> None:
    settings.PRISM_HEALTH_CANARIES = ["127.0.0.1:1"]
    with probing(threading.Event()):
        due(make_check(kind="http", target="https://nowhere.invalid/"))
        wait_until(Reading.objects.exists, what="the reading")

    state = CheckState.objects.get()
    assert state.last_found == "unknown"
    assert state.reason.startswith("worker offline")


def test_a_canary_that_answers_leaves_the_failure_with_the_service(settings: Settings) -> None:
    with server(HEALTHY) as port, probing(threading.Event()):
        settings.PRISM_HEALTH_CANARIES = [f"127.0.0.1:{port}"]
        due(make_check(kind="http", target="https://nowhere.invalid/"))
        wait_until(Reading.objects.exists, what="the reading")

    assert CheckState.objects.get().last_found == "down"


@pytest.mark.parametrize(
    ("passed_s", "claims"), [(0.01, 400), (0.5, 400), (2.0, 1600), (60.0, 2400)]
)
def test_a_slow_database_makes_the_stream_of_claims_no_thinner(
    passed_s: float, claims: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prober_module, "TICK_S", 0.5)
    now = 1000.0
    monkeypatch.setattr(prober_module.time, "monotonic", lambda: now)
    prober = prober_module.Prober(threading.Event())

    now += passed_s

    assert prober._allowance() == claims
