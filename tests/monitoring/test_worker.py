"""The worker: steps are run when due, by one worker, and a failing step harms nobody."""

import threading
from datetime import UTC, datetime, timedelta
from importlib import import_module

import pytest
from django.conf import settings
from django.db import DatabaseError

from monitoring import worker
from monitoring.models import StepSchedule, WorkerHeartbeat
from monitoring.steps import STEPS, clear_expired_sessions
from monitoring.worker import Step, back_off, beat, run_forever, run_if_due

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


class Recorder:
    def __init__(self, failure: Exception | None = None) -> None:
        self.runs: list[datetime] = []
        self.failure = failure

    def __call__(self, now: datetime) -> None:
        self.runs.append(now)
        if self.failure:
            raise self.failure


def test_a_step_runs_at_once_and_then_when_it_is_due() -> None:
    work = Recorder()
    step = Step("count", HOUR, work)

    ran = [
        run_if_due(step, worker="a", now=NOON + passed)
        for passed in (timedelta(0), timedelta(minutes=59), HOUR)
    ]

    assert ran == [True, False, True]
    assert work.runs == [NOON, NOON + HOUR]


def test_of_two_workers_one_runs_a_due_step() -> None:
    work = Recorder()
    step = Step("count", HOUR, work)

    ran = [run_if_due(step, worker=name, now=NOON) for name in ("a", "b")]

    assert ran == [True, False]
    assert StepSchedule.objects.get().claimed_by == "a"


def test_a_failure_is_kept_and_tried_again_later_each_time(
    caplog: pytest.LogCaptureFixture,
) -> None:
    work = Recorder(ValueError("broken"))
    step = Step("count", HOUR, work)

    run_if_due(step, worker="a", now=NOON)
    first = StepSchedule.objects.get()
    run_if_due(step, worker="a", now=first.due_at)
    second = StepSchedule.objects.get()

    assert first.due_at == NOON + timedelta(seconds=10)
    assert second.due_at == first.due_at + timedelta(seconds=20)
    assert second.failures == 2
    assert "broken" in second.last_error
    assert "The step count failed" in caplog.text


def test_a_success_clears_the_failures() -> None:
    work = Recorder(ValueError("broken"))
    step = Step("count", HOUR, work)
    run_if_due(step, worker="a", now=NOON)
    work.failure = None

    run_if_due(step, worker="a", now=NOON + HOUR)

    schedule = StepSchedule.objects.get()
    assert schedule.failures == 0
    assert schedule.last_error == ""


def test_the_pause_after_failures_is_bounded() -> None:
    assert back_off(1) == timedelta(seconds=10)
    assert back_off(1000) == HOUR


def test_a_heartbeat_is_renewed_and_a_dead_worker_forgotten() -> None:
    mine = WorkerHeartbeat(name="mine", version="1", started_at=NOON)
    beat(WorkerHeartbeat(name="dead", version="1", started_at=NOON), NOON)

    beat(mine, NOON)
    beat(mine, NOON + timedelta(days=1, seconds=1))

    assert [row.name for row in WorkerHeartbeat.objects.all()] == ["mine"]
    assert WorkerHeartbeat.objects.get().started_at == NOON


@pytest.mark.django_db(transaction=True)
def test_the_loop_finishes_its_step_and_leaves_no_heartbeat() -> None:
    stop = threading.Event()

    def work(now: datetime) -> None:
        stop.set()
        assert WorkerHeartbeat.objects.filter(name=worker.worker_name()).exists()

    run_forever([Step("stop", HOUR, work)], stop=stop)

    assert StepSchedule.objects.get(name="stop").finished_at is not None
    assert not WorkerHeartbeat.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_loop_outlives_a_database_that_fails(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    pauses: list[float] = []

    class Stop(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            pauses.append(timeout or 0)
            if len(pauses) == 3:
                self.set()
            return self.is_set()

    def fail(*arguments: object) -> None:
        raise DatabaseError("gone")

    monkeypatch.setattr(worker, "beat", fail)

    run_forever([], stop=Stop())

    assert pauses == [1.0, 2.0, 4.0]
    assert "The database failed" in caplog.text


def test_ended_sessions_are_cleared_and_others_kept() -> None:
    engine = import_module(settings.SESSION_ENGINE)
    store = engine.SessionStore
    for key, age_s in (("ended", -60), ("open", 60)):
        session = store()
        session["who"] = key
        session.set_expiry(age_s)
        session.save()

    clear_expired_sessions(NOON)

    assert [row.get_decoded()["who"] for row in engine.Session.objects.all()] == ["open"]
    assert any(step.run is clear_expired_sessions for step in STEPS)
