"""Judges silence: a heartbeat check is asked by nobody, the service calls us."""

from datetime import datetime, timedelta
from typing import Any

from monitoring.health.checking import Asked, Found
from monitoring.health.options import LONGEST_S, is_number
from monitoring.health.words import Verdict


def judge_heartbeat(asked: Asked, last_at: datetime | None, now: datetime) -> Found:
    """Say whether the service called within `expect_every_s` and its `grace_s`."""
    every_s = _seconds(asked.options.get("expect_every_s"), asked.interval_s)
    allowed = timedelta(seconds=every_s + _seconds(asked.options.get("grace_s"), every_s / 2))
    if last_at is None:
        return Found(Verdict.UNKNOWN, reason="it has never called")
    silence = now - last_at
    if silence <= allowed:
        return Found(Verdict.UP, evidence={"called_at": last_at.isoformat()})
    return Found(
        Verdict.DOWN,
        reason=f"silent for {_words(silence)}",
        evidence={"called_at": last_at.isoformat()},
    )


def _seconds(option: Any, otherwise_s: float) -> float:
    """Read an option; the form lets in only such numbers, the database may hold anything."""
    return float(option) if is_number(option, LONGEST_S) else otherwise_s


def _words(span: timedelta) -> str:
    seconds = int(span.total_seconds())
    if seconds < 120:
        return f"{seconds} s"
    return f"{seconds // 60} min" if seconds < 7200 else f"{seconds // 3600} h"
