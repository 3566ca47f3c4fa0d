"""kill -9 of one of two workers at random moments: nothing stays silent, nothing happens twice.

`PRISM_TEST_KILLS` says how many workers are killed; the suite kills few, the whole trial is 20.
"""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from monitoring.health.actions import now_ms, schedule_checks
from monitoring.health.models import Check, CheckState, Reading, Transition
from tests.monitoring.health.making import make_check
from tests.servers import ROOT, wait_until

KILLS = int(os.environ.get("PRISM_TEST_KILLS", "3"))
CHECKS = 60
INTERVAL_S = 5
SILENT_S = 30
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(120 + 15 * KILLS)]


def database_url() -> str:
    settings = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{settings['NAME']}"
    at = f"{settings['HOST']}:{settings['PORT'] or 5432}"
    return f"postgres://{settings['USER']}:{settings['PASSWORD']}@{at}/{settings['NAME']}"


@pytest.fixture
def start_worker(tmp_path: Path) -> Iterator[Any]:
    """Start probers; those that are left at the end are killed."""
    running: list[subprocess.Popen[str]] = []
    environment = {
        **os.environ,
        "DATABASE_URL": database_url(),
        "PRISM_VAR_DIR": str(tmp_path),
        "PRISM_OUTBOUND_PRIVATE_HOSTS": "127.0.0.1",
        "PRISM_HEALTH_CANARIES": "off",
    }

    def start() -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "tests.monitoring.health.worker_process"]
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
        )
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        process.stdout.close()
        running.append(process)
        return process

    yield start
    for process in running:
        if process.poll() is None:
            process.kill()
        process.wait()


def test_no_check_is_silent_for_thirty_seconds_and_no_verdict_changes_twice(
    start_worker: Any,
) -> None:
    # nobody listens on port 9: every check goes from unknown to down, once
    checks = [
        make_check(interval_s=INTERVAL_S, timeout_s=1.0, target="127.0.0.1:9", failures_to_down=2)
        for _ in range(CHECKS)
    ]
    schedule_checks(checks, now_ms=now_ms())
    chance = random.Random(4)
    workers = [start_worker(), start_worker()]
    began = time.time()

    for _ in range(KILLS):
        time.sleep(chance.uniform(0.1, 1.5))
        victim = chance.randrange(2)
        workers[victim].send_signal(signal.SIGKILL)
        workers[victim].wait()
        last_kill = timezone.now()
        workers[victim] = start_worker()
    wait_until(
        lambda: Reading.objects.filter(at__gt=last_kill).values("check_id").distinct().count()
        == CHECKS,
        what="a reading of every check after the last kill", timeout_s=SILENT_S,
    )  # fmt: skip
    wait_until(
        lambda: CheckState.objects.filter(verdict="down").count() == CHECKS,
        what="the verdict of every check", timeout_s=SILENT_S,
    )  # fmt: skip
    ended = time.time()
    for worker in workers:
        worker.terminate()
        worker.wait(timeout=20)

    assert longest_silence_s(checks, began, ended) < SILENT_S
    transitions = list(Transition.objects.values_list("check_row_id", "before", "after"))
    assert sorted(transitions) == sorted((check.pk, "unknown", "down") for check in checks)


def longest_silence_s(checks: list[Check], began: float, ended: float) -> float:
    """Give the longest time between two readings of any check, the beginning and end included."""
    moments: dict[int, list[float]] = {check.pk: [began] for check in checks}
    for check_id, at in Reading.objects.order_by("at").values_list("check_id", "at"):
        moments[check_id].append(at.timestamp())
    return max(
        max(after - before for before, after in zip(times, [*times[1:], ended], strict=True))
        for times in moments.values()
    )
