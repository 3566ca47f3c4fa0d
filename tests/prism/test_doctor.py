"""`prism doctor`: what it sees, and what it advises."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from monitoring.models import WorkerHeartbeat
from prism import cli, doctor, redis_doctor
from prism.core.audit_guard import install_guard
from prism.core.breaker import RedisUnavailable

pytestmark = pytest.mark.django_db
Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def _guarded_trail() -> None:
    """Put back what the tests' own database does without."""
    install_guard(connection)


def findings(capsys: Capture, status: int) -> dict[str, dict[str, Any]]:
    assert cli.run(["doctor", "--json"]) == status
    rows = json.loads(capsys.readouterr().out)["findings"]
    return {row["name"]: row for row in rows}


def make_heartbeat(age: timedelta) -> None:
    beat_at = timezone.now() - age
    WorkerHeartbeat.objects.create(name="w", version="1", started_at=beat_at, beat_at=beat_at)


def test_a_console_that_is_well_exits_with_0(capsys: Capture) -> None:
    make_heartbeat(timedelta(seconds=1))

    seen = findings(capsys, status=0)

    assert {"python", "django", "database", "migrations", "redis", "workers", "disk"} <= seen.keys()
    assert "red" not in {finding["light"] for finding in seen.values()}


def test_a_worker_that_died_is_wrong_and_advised_on(capsys: Capture) -> None:
    make_heartbeat(timedelta(minutes=5))

    seen = findings(capsys, status=2)

    assert seen["workers"]["light"] == "red"
    assert cli.run(["doctor"]) == 2
    assert "start `prism worker`" in capsys.readouterr().out


def test_a_redis_that_does_not_answer_is_wrong(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(purpose: str, timeout_s: float) -> None:
        raise RedisUnavailable(server="here", reason="refused")

    make_heartbeat(timedelta(seconds=1))
    monkeypatch.setattr(redis_doctor, "client", refuse)

    seen = findings(capsys, status=2)

    assert [name for name, finding in seen.items() if finding["light"] == "red"] == [
        "redis",
        "redis network",
    ]


def test_migrations_that_are_missing_are_counted(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "pending_migrations", lambda: ["services.0099_x"])

    seen = findings(capsys, status=2)

    assert seen["migrations"]["seen"] == "1 to apply"
    assert "prism migrate" in seen["migrations"]["advice"]
