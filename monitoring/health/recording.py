"""Writes what was found: a constant number of statements, however many results there are."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection, transaction

from monitoring.health import day
from monitoring.health.bulk import insert_rows, moment
from monitoring.health.checking import Asked, Found
from monitoring.health.claims import Claim, still_ours
from monitoring.health.latency import BUCKETS, bucket_of
from monitoring.health.models import CheckState, HourlyRollup, Reading, Transition
from monitoring.health.news import Changed, tell
from monitoring.health.schedule import next_due_ms
from monitoring.health.verdict import Change, Memory, advance
from monitoring.health.words import Step, Verdict

_STATE_COLUMNS = (
    "check_id", "version", "interval_ms", "lease_ms", "epoch", "missed",  # must be there to insert
    "due_ms", "claimed_until_ms", "verdict", "step", "known", "streak_of", "streak", "unknowns",
    "results", "is_flapping", "since", "last_at", "last_found", "latency_ms", "reason", "evidence",
    "certificate_expires_at", "hours", "hours_until",
)  # fmt: skip
_WRITTEN = _STATE_COLUMNS[6:]
_STATE_CONFLICT = "ON CONFLICT (check_id) DO UPDATE SET " + ", ".join(
    f"{name} = excluded.{name}" for name in _WRITTEN
)
_COUNTS = ("up", "degraded", "down", "unknown", "maintenance", "sum_ms",
           *(f"b{place}" for place in range(BUCKETS)))  # fmt: skip
_ROLLUP = HourlyRollup._meta.db_table
_ROLLUP_COLUMNS = ("check_id", "start", *_COUNTS, "max_ms")
_ROLLUP_CONFLICT = (
    "ON CONFLICT (check_id, start) DO UPDATE SET "
    + ", ".join(f"{name} = {_ROLLUP}.{name} + excluded.{name}" for name in _COUNTS)
    + f", max_ms = CASE WHEN excluded.max_ms > {_ROLLUP}.max_ms"
    + f" THEN excluded.max_ms ELSE {_ROLLUP}.max_ms END"
)
_READING_COLUMNS = ("check_id", "at", "found", "latency_ms", "reason", "phases")


@dataclass(frozen=True, slots=True)
class Result:
    """What one claim found, and when. `is_skewed`: the worker was late, so the latency is not ours to tell."""

    asked: Asked
    claim: Claim
    found: Found
    at: datetime
    is_skewed: bool = False

    @property
    def in_maintenance(self) -> bool:
        """Say whether the check was in maintenance at that time."""
        until = self.claim.maintenance_until
        return until is not None and self.at < until


@dataclass(frozen=True, slots=True)
class _Advanced:
    result: Result
    memory: Memory
    change: Change | None
    since: datetime | None


def record(results: Sequence[Result]) -> int:
    """Write results in one transaction; give how many were discarded because their claim was lost.

    1. Lock the states and leave out the results whose epoch is old.
    2. Advance the machines.
    3. Write states, readings, roll-ups and transitions, each in one statement.
    4. Tell of changed verdicts after the commit.
    """
    with transaction.atomic():
        ours = still_ours((one.claim.check_id, one.claim.epoch) for one in results)
        kept = [one for one in results if (one.claim.check_id, one.claim.epoch) in ours]
        advanced = [_advance(one) for one in kept]
        if not advanced:
            return len(results)
        with connection.cursor() as cursor:
            states = [_state_row(one) for one in advanced]
            insert_rows(cursor, CheckState._meta.db_table, _STATE_COLUMNS, states, _STATE_CONFLICT)
            readings = [_reading_row(one) for one in kept]
            insert_rows(cursor, Reading._meta.db_table, _READING_COLUMNS, readings)
            insert_rows(cursor, _ROLLUP, _ROLLUP_COLUMNS, _rollup_rows(kept), _ROLLUP_CONFLICT)
        _write_changes(advanced)
    return len(results) - len(kept)


def _advance(result: Result) -> _Advanced:
    memory, change = advance(result.claim.memory, result.found.verdict, result.asked.limits)
    since = result.at if change or result.claim.since is None else result.claim.since
    return _Advanced(result, memory, change, since)


def _state_row(one: _Advanced) -> list[Any]:
    result, memory, claim, found = one.result, one.memory, one.result.claim, one.result.found
    asked = result.asked
    interval_ms = asked.interval_s * 1000
    at_ms = int(result.at.timestamp() * 1000)
    doubted_at_ms = None if memory.step is Step.STEADY else at_ms
    hour = at_ms // 3_600_000
    letter = day.MAINTENANCE if result.in_maintenance else day.LETTERS[found.verdict]
    return [
        *(claim.check_id, claim.version, interval_ms, asked.lease_ms, claim.epoch, 0),
        next_due_ms(claim.check_id, interval_ms, claim.due_ms, doubted_at_ms=doubted_at_ms),
        0,
        *(memory.verdict.value, memory.step.value, memory.known.value, memory.streak_of.value),
        *(memory.streak, memory.unknowns, memory.results, memory.is_flapping),
        *(moment(one.since), moment(result.at), found.verdict.value, _rounded(found.latency_ms)),
        *(found.reason, json.dumps(found.evidence, ensure_ascii=False) if found.evidence else ""),
        moment(found.certificate_expires_at),
        *(day.noted(day.moved(claim.hours, claim.hours_until, hour), letter), hour),
    ]


def _reading_row(result: Result) -> list[Any]:
    found = result.found
    failed = found.verdict not in (Verdict.UP, Verdict.DEGRADED)
    phases = json.dumps(found.evidence.get("phases", {})) if failed and found.evidence else ""
    letter = day.LETTERS[found.verdict]
    latency_ms = None if result.is_skewed else _rounded(found.latency_ms)
    return [
        result.claim.check_id,
        moment(result.at),
        letter,
        latency_ms,
        found.reason,
        phases[:200],
    ]


def _rollup_rows(results: Sequence[Result]) -> list[list[Any]]:
    """Sum up by check and hour: one statement may not write a row twice."""
    sums: dict[tuple[int, datetime], list[Any]] = {}
    for result in results:
        start = result.at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        counts = sums.setdefault((result.claim.check_id, start), [0] * (len(_COUNTS) + 1))
        found = result.found
        name = "maintenance" if result.in_maintenance else found.verdict.value
        counts[_COUNTS.index(name)] += 1
        answered = found.verdict in (Verdict.UP, Verdict.DEGRADED)
        if answered and found.latency_ms is not None and not result.is_skewed:
            counts[_COUNTS.index("sum_ms")] += found.latency_ms
            counts[_COUNTS.index("b0") + bucket_of(found.latency_ms)] += 1
            counts[-1] = max(counts[-1], found.latency_ms)
    return [[check_id, moment(start), *counts] for (check_id, start), counts in sums.items()]


def _write_changes(advanced: Sequence[_Advanced]) -> None:
    changed = [one for one in advanced if one.change]
    if not changed:
        return
    Transition.objects.bulk_create(
        Transition(
            check_row_id=one.result.claim.check_id,
            epoch=one.result.claim.epoch,
            at=one.result.at,
            before=one.change.before,
            after=one.change.after,
            lasted_s=_lasted(one).total_seconds() if one.result.claim.since else None,
            reason=one.result.found.reason,
            in_maintenance=one.result.in_maintenance,
        )
        for one in changed
        if one.change
    )
    tell(
        [
            Changed(
                asked=one.result.asked,
                change=one.change,
                reason=one.result.found.reason,
                at=one.result.at,
                lasted=_lasted(one) if one.result.claim.since else None,
                in_maintenance=one.result.in_maintenance,
                is_flapping=one.memory.is_flapping,
            )
            for one in changed
            if one.change
        ]
    )


def _lasted(one: _Advanced) -> timedelta:
    return one.result.at - (one.result.claim.since or one.result.at)


def _rounded(latency_ms: float | None) -> float | None:
    return None if latency_ms is None else round(latency_ms, 2)
