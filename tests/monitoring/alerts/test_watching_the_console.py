"""Who watches the console: /metrics, the dead-man call, its own rules, and the thread that does the work."""

import re
import threading
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from monitoring.alerts.console_columns import ConsoleFacts, console_column
from monitoring.alerts.dead_man import DeadManNotCalled, call_dead_man
from monitoring.alerts.evaluation import evaluate_rules
from monitoring.alerts.facts import Facts, read_mark
from monitoring.alerts.models import EvaluationMark, Incident, Notification
from monitoring.alerts.pipeline import alerting, evaluate
from monitoring.alerts.words import CONSOLE, Kind
from monitoring.events.models import Event
from monitoring.models import BridgeLease, StepSchedule, WorkerHeartbeat
from prism.core import audit
from prism.core.tokens import issue_token
from tests.make import make_administrator, make_user
from tests.monitoring.alerts.making import (
    NOON,
    S,
    make_channel,
    make_incident,
    make_rule,
    make_watched,
    set_verdict,
)
from tests.monitoring.alerts.receiver import Receiver
from tests.servers import wait_until

pytestmark = pytest.mark.django_db
_LINE = re.compile(r'^[a-z_]+(\{([a-z]+="[^"\n]*",?)+\})? -?[0-9.e+-]+$')


def token(*scopes: str) -> str:
    now = timezone.now()
    _, secret = issue_token(
        actor=make_administrator(), name="t", scopes=list(scopes), expires_at=now + timedelta(1), now=now
    )  # fmt: skip
    return secret


def test_metrics_are_for_a_token_of_that_scope(client: Client) -> None:
    secret = token("metrics.view")

    answer = client.get("/metrics", headers={"Authorization": f"Bearer {secret}"})

    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/plain; version=0.0.4")
    assert b"prism_incidents_open" in answer.content


@pytest.mark.parametrize("header", ["Bearer wrong", "Bearer ", "Basic YTpi", "prism_x"])
def test_metrics_are_for_nobody_else(client: Client, header: str) -> None:
    assert client.get("/metrics", headers={"Authorization": header}).status_code == 401
    assert client.get("/metrics").status_code in (302, 403)


def test_a_token_of_another_scope_reads_no_metrics(client: Client) -> None:
    secret = token("catalog.view")

    assert client.get("/metrics", headers={"Authorization": f"Bearer {secret}"}).status_code == 403


def test_a_bad_token_is_not_rescued_by_a_session(client: Client) -> None:
    client.force_login(make_administrator())

    assert client.get("/metrics").status_code == 200
    assert client.get("/metrics", headers={"Authorization": "Bearer no"}).status_code == 401


def test_metrics_are_what_is_there_in_the_format_of_prometheus(client: Client) -> None:
    client.force_login(make_administrator())
    make_incident(make_rule(), opened_at=timezone.now())
    make_watched("shop", "down")
    WorkerHeartbeat.objects.create(
        name="w", version="1", started_at=timezone.now(), beat_at=timezone.now() - timedelta(seconds=7)
    )  # fmt: skip
    StepSchedule.objects.create(name='odd"\\\nname', due_at=timezone.now(), failures=3)

    text = client.get("/metrics").content.decode()

    samples = [line for line in text.splitlines() if not line.startswith("#")]
    assert [line for line in samples if not _LINE.match(line.replace(r"\"", ""))] == []
    values = dict(line.rsplit(" ", 1) for line in samples)
    assert values['prism_incidents_open{severity="critical"}'] == "1"
    assert values['prism_incidents_open{severity="warning"}'] == "0"
    assert values['prism_checks{verdict="down"}'] == "1"
    assert 7 <= float(values["prism_worker_beat_age_seconds"]) < 60
    assert values['prism_step_failures{step="odd\\"\\\\\\nname"}'] == "3"
    assert "prism_bridge_heard_age_seconds" not in text  # not known is not 0
    families = re.findall(r"^# TYPE (\S+) (gauge|counter)$", text, re.MULTILINE)
    assert len(families) == len({name for name, _ in families}) > 10


def test_the_dead_man_is_called_while_rules_are_evaluated(receiver: Receiver, settings: Any) -> None:  # fmt: skip
    settings.PRISM_DEADMAN_URL = receiver.url
    EvaluationMark.objects.create(pk=1, evaluated_at=NOON)

    call_dead_man(NOON + 30 * S)
    assert len(receiver.messages) == 0 or receiver.messages[0].path == "/hook"
    calls = receiver.arrived.is_set()
    with pytest.raises(DeadManNotCalled, match="not evaluated"):
        call_dead_man(NOON + 61 * S)

    assert calls


def test_a_dead_man_that_refuses_is_a_failure_that_names_no_address(receiver: Receiver, settings: Any) -> None:  # fmt: skip
    settings.PRISM_DEADMAN_URL = receiver.url
    receiver.answer = lambda message: (500, {})
    EvaluationMark.objects.create(pk=1, evaluated_at=NOON)

    with pytest.raises(DeadManNotCalled, match=r"^status 500$"):
        call_dead_man(NOON)
    settings.PRISM_DEADMAN_URL = "http://169.254.169.254/"
    with pytest.raises(DeadManNotCalled, match=r"^blocked by policy$"):
        call_dead_man(NOON)


def test_the_console_judges_itself() -> None:
    facts = ConsoleFacts(
        worker_beat_at=NOON - 90 * S, bridge_heard_at=NOON, disk_free_percent=4.0, is_trail_whole=False
    )  # fmt: skip
    found = {
        kind: console_column(kind, facts, NOON).samples[CONSOLE].value
        for kind in (Kind.WORKER, Kind.BRIDGE, Kind.DISK, Kind.AUDIT)
    }

    assert found == {Kind.WORKER: 90, Kind.BRIDGE: 0, Kind.DISK: 4, Kind.AUDIT: 1}


def test_what_the_console_never_saw_of_itself_is_not_known() -> None:
    for kind in (Kind.WORKER, Kind.BRIDGE, Kind.DISK, Kind.AUDIT):
        assert console_column(kind, ConsoleFacts(), NOON).samples[CONSOLE].value is None


def test_its_facts_come_with_the_mark(django_assert_num_queries: Any) -> None:
    EvaluationMark.objects.create(pk=1)
    WorkerHeartbeat.objects.create(name="w", version="1", started_at=NOON, beat_at=NOON)
    BridgeLease.objects.create(expires_at=NOON, listening_until=NOON - 40 * S)
    audit.record_verification(audit.verify(), actor=None)

    with django_assert_num_queries(1):
        console = Facts(NOON, read_mark()).console

    assert (console.worker_beat_at, console.bridge_heard_at) == (NOON, NOON - 40 * S)
    assert console.is_trail_whole is True
    assert console.disk_free_percent is not None
    assert 0 < console.disk_free_percent < 100


@pytest.mark.usefixtures("no_rules")
def test_events_are_counted_by_type_severity_and_time_and_our_own_do_not_count() -> None:
    make_rule(
        kind="events", fire=3, clear=1, event_type="deploy.", event_severity="error", window_s=60
    )
    for seq, (kind, severity, seconds) in enumerate(
        (("deploy.failed", "error", 5), ("deploy.failed", "critical", 50), ("deploy.ok", "info", 5),
         ("deploy.failed", "error", 90), ("incident.opened", "critical", 1)), start=1
    ):  # fmt: skip
        at = NOON - seconds * S
        Event.objects.create(
            seq=seq, source="x", event_id=str(seq), service="shop", type=kind, severity=severity,
            occurred_at=at, received_at=at,
        )  # fmt: skip
    evaluate_rules(NOON)
    assert not Incident.objects.exists()

    Event.objects.create(seq=9, source="x", event_id="9", service="shop", type="deploy.failed",
                         severity="error", occurred_at=NOON, received_at=NOON)  # fmt: skip
    evaluate_rules(NOON)
    assert Incident.objects.get().reason == "3 events in 1 min"
    evaluate_rules(NOON + 120 * S)

    assert Incident.objects.get().resolved_at == NOON + 120 * S


@pytest.mark.usefixtures("no_rules")
def test_incidents_are_told_in_the_feed(django_capture_on_commit_callbacks: Any) -> None:
    make_rule(name="Service down")
    make_watched("shop", "down", reason="status 503")
    now = timezone.now()

    with django_capture_on_commit_callbacks(execute=True):
        evaluate(now)
    set_verdict("shop", "up")
    with django_capture_on_commit_callbacks(execute=True):
        evaluate(now + 90 * S)

    rows = Event.objects.order_by("seq").values_list("type", "severity", "message")
    assert list(rows) == [
        ("incident.opened", "critical", "Service down: prod tcp status 503"),
        ("incident.resolved", "info", "Service down: over after 1 min 30 s"),
    ]


@pytest.mark.django_db(transaction=True)
def test_the_thread_of_a_worker_evaluates_and_sends(receiver: Receiver) -> None:
    make_channel(group_wait_s=0)
    make_rule()
    make_watched("shop", "down")
    stop = threading.Event()

    with alerting(stop):
        wait_until(lambda: bool(receiver.messages), what="a message", timeout_s=30)

    assert ("opened", "shop") in receiver.told
    wait_until(lambda: Notification.objects.get().state == "sent", what="the mark")
    failed = StepSchedule.objects.exclude(last_error="")
    assert not failed.exists()


def test_people_without_a_role_read_no_metrics(client: Client) -> None:
    client.force_login(make_user("nobody", is_staff=True))

    assert client.get("/metrics").status_code == 403
