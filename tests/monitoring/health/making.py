"""Makers of checks for the tests of health."""

from typing import Any

from monitoring.health.actions import now_ms, schedule_checks
from monitoring.health.checking import Asked, Found
from monitoring.health.claims import Claim, claim_due
from monitoring.health.models import Check, CheckState
from monitoring.health.reading_checks import as_asked
from monitoring.health.words import Verdict


def make_check(**over: Any) -> Check:
    """Make a TCP check by hand, with nothing scheduled yet, that a busy machine does not degrade."""
    values = {"subject": "shop", "kind": "tcp", "target": "127.0.0.1:9"}
    limits = {"degraded_ms": 20_000, "failing_ms": 20_000}
    return Check.objects.create(**{**values, **limits, **over})


def make_scheduled(**over: Any) -> Check:
    """Make a check that is due now."""
    check = make_check(**over)
    schedule_checks([check], now_ms=now_ms())
    CheckState.objects.filter(pk=check.pk).update(due_ms=now_ms())
    check.refresh_from_db()
    return check


def claim_one() -> Claim:
    """Claim the only check that is due."""
    (claim,) = claim_due(now_ms(), 10)
    return claim


def asking(**over: Any) -> Asked:
    """Make a check that is in no database."""
    values = {"pk": 1, "subject": "shop", "kind": "tcp", "timeout_s": 2.0}
    values = {**values, "degraded_ms": 20_000, "failing_ms": 20_000, **over}
    return as_asked(Check(**values))


def found(verdict: Verdict, latency_ms: float | None = 12.0, reason: str = "") -> Found:
    """Make what a probe gives back."""
    return Found(verdict, latency_ms, reason, {"phases": {"connect_ms": 1.0}})
