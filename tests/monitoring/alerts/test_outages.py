"""Scripted outages: real servers that die, real probes, a clock of our own, and what a receiver gets."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from monitoring.alerts.evaluation import evaluate_rules
from monitoring.alerts.maintenance import follow_maintenance
from monitoring.alerts.models import Incident, MaintenanceWindow
from monitoring.alerts.sending import send_due
from monitoring.events.models import Event
from monitoring.health.actions import schedule_checks
from monitoring.health.checking import Asked, Found
from monitoring.health.claims import Claim, claim_due
from monitoring.health.models import Check, CheckState
from monitoring.health.probes.run import run_probe
from monitoring.health.reading_checks import load_asked
from monitoring.health.recording import Result, record
from tests.make import make_dependency, make_service
from tests.monitoring.alerts.making import (
    MINUTE,
    S,
    make_channel,
    make_rule,
    make_watched,
    set_verdict,
)
from tests.monitoring.alerts.receiver import Receiver
from tests.monitoring.health.making import make_check

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_rules"), pytest.mark.timeout(120)]
DEPENDANTS = 30
_SERVE = """
import selectors, socket, sys
selector = selectors.DefaultSelector()
for port in map(int, sys.argv[1:]):
    server = socket.create_server(("127.0.0.1", port), backlog=64)
    selector.register(server, selectors.EVENT_READ)
print("ready", flush=True)
while True:
    for key, _ in selector.select():
        key.fileobj.accept()[0].close()
"""


class Host:
    """One machine: a process with a server on each of its ports, which all die together."""

    def __init__(self, count: int) -> None:
        held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
        self.ports = [one.getsockname()[1] for one in held]
        for one in held:
            one.close()
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        command = [sys.executable, "-c", _SERVE, *map(str, self.ports)]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout
        assert self._process.stdout.readline() == "ready\n"

    def kill(self) -> None:
        if self._process:
            os.kill(self._process.pid, signal.SIGKILL)
            self._process.wait()
            assert self._process.stdout
            self._process.stdout.close()
            self._process = None


@pytest.fixture
def host(settings: object) -> Iterator[Host]:
    settings.PRISM_OUTBOUND_PRIVATE_HOSTS = ["127.0.0.1"]  # type: ignore[attr-defined]
    settings.PRISM_HEALTH_CANARIES = []  # type: ignore[attr-defined]
    one = Host(DEPENDANTS + 1)
    one.start()
    yield one
    one.kill()


def make_catalog(host: Host, start: datetime) -> None:
    """Put thirty services on a host that each of them needs, all probed every thirty seconds."""
    machine = make_service(name="host")
    checks = [make_check(subject="host", target=f"127.0.0.1:{host.ports[0]}", timeout_s=1.0)]
    for number, port in enumerate(host.ports[1:]):
        service = make_service(name=f"service-{number}", project=machine.project)
        make_dependency(service, machine)
        checks.append(make_check(subject=service.name, target=f"127.0.0.1:{port}", timeout_s=1.0))
    schedule_checks(checks, now_ms=int(start.timestamp() * 1000))


async def probe(claims: list[Claim], asked: dict[int, Asked]) -> list[Found]:
    return await asyncio.gather(*(run_probe(asked[one.check_id]) for one in claims))


def probe_due(now: datetime, asked: dict[int, Asked]) -> None:
    """Do what the prober does, at a time of ours."""
    claims = claim_due(int(now.timestamp() * 1000), 1000)
    if claims:
        found = asyncio.run(probe(claims, asked))
        record([Result(asked[c.check_id], c, f, now) for c, f in zip(claims, found, strict=True)])


def test_a_host_with_thirty_dependants_is_one_message_and_one_recovery(
    host: Host, receiver: Receiver
) -> None:
    start = timezone.now().replace(microsecond=0)
    make_channel()
    make_rule(name="Service down", clear_s=30)
    make_catalog(host, start)
    asked = load_asked(Check.objects.values_list("pk", flat=True))

    for second in range(0, 15 * 60, 2):
        now = start + second * S
        if second == 90:
            assert CheckState.objects.filter(verdict="up").count() == DEPENDANTS + 1
            host.kill()
        if second == 300:
            assert CheckState.objects.filter(verdict="down").count() == DEPENDANTS + 1
            host.start()
        probe_due(now, asked)
        if second % 10 == 0:
            evaluate_rules(now)
        if second % 4 == 0:
            send_due(now)

    assert receiver.told == [("opened", "host"), ("recovered", "host")]
    assert len(receiver.messages[0].document["incidents"][0]["affected"]) == DEPENDANTS
    assert Incident.objects.filter(cause__subject="host").count() == DEPENDANTS
    assert not Incident.objects.unresolved().exists()


def test_three_hundred_flaps_in_ten_minutes_are_at_most_three_messages(receiver: Receiver) -> None:
    start = timezone.now()
    make_channel()
    make_rule()
    make_watched("shop", "up")

    for second in (*range(600), *range(600, 1800, 20)):
        now = start + second * S
        is_flapping = second < 600
        set_verdict("shop", "down" if is_flapping and second % 2 else "up")
        evaluate_rules(now)
        if second % 4 == 0:
            send_due(now)

    assert 1 <= len(receiver.messages) <= 3
    assert receiver.told == [("flapping", "shop"), ("recovered", "shop")]
    assert Incident.objects.count() == 1


def test_slow_flaps_become_fewer_messages_too(receiver: Receiver) -> None:
    start = timezone.now()
    make_channel()
    make_rule()
    make_watched("shop", "up")

    for minute in range(60):
        set_verdict("shop", "down" if (minute // 3) % 2 else "up")  # three minutes each
        for second in (0, 30):
            now = start + minute * MINUTE + second * S
            evaluate_rules(now)
            send_due(now)

    assert len(receiver.messages) <= 3


def test_down_then_maintenance_then_up_sends_the_recovery(receiver: Receiver) -> None:
    start = timezone.now().replace(second=0, microsecond=0)
    make_channel()
    make_rule()
    make_watched("shop", "down")
    evaluate_rules(start)
    send_due(start + 30 * S)
    begins = start + 5 * MINUTE
    MaintenanceWindow.objects.create(
        title="update", starts_on=begins.date(), starts_clock=begins.time(), minutes=30
    )

    for minute in range(1, 60):
        now = start + minute * MINUTE
        follow_maintenance(now)
        if minute == 20:
            assert CheckState.objects.get().maintenance_until == begins + 30 * MINUTE
            set_verdict("shop", "up")
        evaluate_rules(now)
        send_due(now)

    assert receiver.told == [("opened", "shop"), ("recovered", "shop")]
    assert CheckState.objects.get().maintenance_until == begins + 30 * MINUTE


def test_what_breaks_during_maintenance_is_told_when_it_outlives_it(receiver: Receiver) -> None:
    start = timezone.now().replace(second=0, microsecond=0)
    make_channel()
    make_rule()
    make_watched("shop", "up")
    make_watched("mail", "up")
    window = MaintenanceWindow.objects.create(
        title="update", services=["shop", "mail"], starts_on=start.date(), starts_clock=start.time(),
        minutes=30,
    )  # fmt: skip

    for minute in range(60):
        now = start + minute * MINUTE
        follow_maintenance(now)
        if minute == 5:
            set_verdict("shop", "down")
            set_verdict("mail", "down")
        if minute == 20:
            set_verdict("mail", "up")
            assert receiver.messages == []
            held = Incident.objects.get(subject="shop").held_because
            assert held == "in maintenance"
        evaluate_rules(now)
        send_due(now)

    assert receiver.told == [("opened", "shop")]
    assert str(window) == "update"


def test_maintenance_of_a_service_holds_back_every_rule_on_it(receiver: Receiver) -> None:
    start = timezone.now().replace(second=0, microsecond=0)
    make_channel()
    make_rule(kind="events", clear_s=0)
    make_watched("shop", "up")
    set_verdict("shop", "up", maintenance_until=start + 10 * MINUTE)
    Event.objects.create(
        seq=1, source="x", event_id="1", service="shop", type="t", severity="error",
        occurred_at=start, received_at=start,
    )  # fmt: skip

    evaluate_rules(start)
    send_due(start + MINUTE)

    assert Incident.objects.get().held_because == "in maintenance"
    assert receiver.messages == []


def test_a_window_that_is_cancelled_ends_the_maintenance(receiver: Receiver) -> None:
    start = timezone.now().replace(second=0, microsecond=0)
    make_watched("shop", "up")
    window = MaintenanceWindow.objects.create(
        title="update", starts_on=start.date(), starts_clock=start.time(), minutes=30
    )
    follow_maintenance(start)
    assert CheckState.objects.get().maintenance_until == start + timedelta(minutes=30)

    window.is_cancelled = True
    window.save()
    follow_maintenance(start + MINUTE)

    assert CheckState.objects.get().maintenance_until is None
