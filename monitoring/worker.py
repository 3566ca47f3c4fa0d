"""The worker: runs each step when it is due, on any number of machines, until it is told to stop."""

import logging
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import FrameType

from django.db import DatabaseError, close_old_connections
from django.utils import timezone

from monitoring.worker_models import StepSchedule, WorkerHeartbeat
from prism.version import VERSION

logger = logging.getLogger(__name__)

BEAT_EVERY_S = 15.0
FORGOTTEN_AFTER = timedelta(days=1)
FIRST_BACK_OFF = timedelta(seconds=10)
LONGEST_BACK_OFF = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Step:
    """One kind of work: `run` gets the current time and finishes what it claimed."""

    name: str
    every: timedelta
    run: Callable[[datetime], None]


def run_forever(steps: Sequence[Step], *, stop: threading.Event) -> None:
    """Run due steps and beat until `stop` is set; finishes the step that is running.

    A database that does not answer is waited for, longer each time up to a minute.
    """
    worker = WorkerHeartbeat(name=worker_name(), version=VERSION, started_at=timezone.now())
    pause_s = 0.0
    while not stop.is_set():
        try:
            close_old_connections()
            beat(worker, timezone.now())
            for step in steps:
                if not stop.is_set():
                    run_if_due(step, worker=worker.name, now=timezone.now())
            pause_s = 0.0
        except DatabaseError as error:
            pause_s = min(max(1.0, pause_s * 2), 60.0)
            logger.warning("The database failed, trying again in %.0f s: %s", pause_s, error)
        stop.wait(pause_s or BEAT_EVERY_S)
    _say_goodbye(worker)


def run_if_due(step: Step, *, worker: str, now: datetime) -> bool:
    """Claim a step by moving its due time, then run it; False when it is not due or another has it.

    A failure is logged and kept in the schedule, and the step is due again after a growing pause.
    """
    StepSchedule.objects.get_or_create(name=step.name, defaults={"due_at": now})
    mine = StepSchedule.objects.filter(name=step.name)
    if not mine.filter(due_at__lte=now).update(due_at=now + step.every, claimed_by=worker):
        return False
    try:
        # one of the three edges: a failing step must not stop the others
        step.run(now)
    except Exception as error:
        failures = mine.get().failures + 1
        due_at = now + min(back_off(failures), step.every)
        logger.exception("The step %s failed %d times", step.name, failures)
        mine.update(due_at=due_at, failures=failures, last_error=repr(error)[:2000])
    else:
        mine.update(finished_at=timezone.now(), failures=0, last_error="")
    return True


def back_off(failures: int) -> timedelta:
    """Say how long to wait after so many failures in a row: 10 s, doubled each time, up to an hour."""
    return min(FIRST_BACK_OFF * (1 << min(failures - 1, 20)), LONGEST_BACK_OFF)


def beat(worker: WorkerHeartbeat, now: datetime) -> None:
    """Renew a worker's row, and forget workers that died long ago."""
    WorkerHeartbeat.objects.update_or_create(
        name=worker.name,
        defaults={"version": worker.version, "started_at": worker.started_at, "beat_at": now},
    )
    WorkerHeartbeat.objects.filter(beat_at__lt=now - FORGOTTEN_AFTER).delete()


def _say_goodbye(worker: WorkerHeartbeat) -> None:
    try:
        WorkerHeartbeat.objects.filter(name=worker.name).delete()
    except DatabaseError as error:
        logger.warning("The heartbeat of %s stays until it is old: %s", worker.name, error)


def worker_name() -> str:
    """Name this process: its machine and number."""
    return f"{socket.gethostname()}:{os.getpid()}"


@contextmanager
def beside(
    name: str,
    run: Callable[[threading.Event], None],
    stop: threading.Event,
    *,
    ends_within_s: float,
) -> Iterator[None]:
    """Run work in a thread of its own until `stop` is set: slower steps must not delay it."""
    thread = threading.Thread(target=run, args=(stop,), name=name, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(ends_within_s)


@contextmanager
def stop_on_signals() -> Iterator[threading.Event]:
    """Give an event that SIGTERM and Ctrl-C set."""
    stop = threading.Event()

    def stopping(number: int, frame: FrameType | None) -> None:
        stop.set()

    before = {number: signal.signal(number, stopping) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
