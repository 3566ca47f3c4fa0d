"""Claims: which worker asks which check next, decided in SQL by whoever comes first.

A claim raises the check's epoch and holds it for its lease. A worker that dies leaves its claims to
expire; a result whose epoch is no longer the check's comes too late and is discarded.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import connection

from monitoring.health.models import CheckState
from monitoring.health.schedule import LATE_MS
from monitoring.health.verdict import Memory
from monitoring.health.words import Step, Verdict

CLAIM_AHEAD_MS = 1_000
_TABLE = CheckState._meta.db_table
_COLUMNS = (
    "check_id", "epoch", "version", "interval_ms", "due_ms", "verdict", "step", "known", "streak_of",
    "streak", "unknowns", "results", "is_flapping", "since", "hours", "hours_until", "heartbeat_at",
    "maintenance_until",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Claim:
    """One check to be asked once at `due_ms`, with what is known of it."""

    check_id: int
    epoch: int
    version: int
    due_ms: int
    memory: Memory
    since: datetime | None
    hours: str
    hours_until: int
    heartbeat_at: datetime | None
    maintenance_until: datetime | None


def skip_missed(now_ms: int) -> None:
    """Move checks that nobody asked for long to their next slot, and count what was missed.

    So a worker that was away for an hour comes back with one round in one interval, not with a storm.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {_TABLE} SET missed = missed + (%s - due_ms) / interval_ms,"  # noqa: S608
            " due_ms = due_ms + ((%s - due_ms) / interval_ms + 1) * interval_ms"
            f" WHERE check_id IN (SELECT check_id FROM {_TABLE}"
            " WHERE due_ms < %s - interval_ms AND claimed_until_ms < %s"
            f" ORDER BY check_id {_skip_locked()})",
            [now_ms, now_ms, now_ms - LATE_MS, now_ms],
        )


def claim_due(now_ms: int, limit: int) -> list[Claim]:
    """Claim what is due within the next second, the most overdue first. One statement.

    Of several slots that passed only the last one is asked; the others are counted as missed.
    """
    passed = "(CASE WHEN due_ms < %s THEN (%s - due_ms) / interval_ms ELSE 0 END)"
    ahead_ms = now_ms + CLAIM_AHEAD_MS
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {_TABLE} SET epoch = epoch + 1, claimed_until_ms = %s + lease_ms,"  # noqa: S608
            f" missed = missed + {passed}, due_ms = due_ms + {passed} * interval_ms"
            f" WHERE check_id IN (SELECT check_id FROM {_TABLE}"
            " WHERE due_ms <= %s AND claimed_until_ms < %s"
            f" ORDER BY due_ms, check_id LIMIT %s {_skip_locked()})"
            f" RETURNING {', '.join(_COLUMNS)}",
            [ahead_ms, *[now_ms] * 4, ahead_ms, now_ms, limit],
        )
        return [_claim(dict(zip(_COLUMNS, row, strict=True))) for row in cursor.fetchall()]


def release(claims: Iterable[tuple[int, int]]) -> None:
    """Give back claims (check, epoch) that will not be asked, for another worker to take at once."""
    with connection.cursor() as cursor:
        cursor.executemany(
            f"UPDATE {_TABLE} SET claimed_until_ms = 0 WHERE check_id = %s AND epoch = %s",  # noqa: S608
            list(claims),
        )


def still_ours(claims: Iterable[tuple[int, int]]) -> set[tuple[int, int]]:
    """Keep the claims (check, epoch) that nobody has taken since, locked till the commit. One query."""
    claimed = dict(claims)
    if not claimed:
        return set()
    rows = CheckState.objects.select_for_update().filter(pk__in=claimed).order_by("pk")
    return {pair for pair in rows.values_list("pk", "epoch") if claimed[pair[0]] == pair[1]}


def _skip_locked() -> str:
    return "FOR UPDATE SKIP LOCKED" if connection.vendor == "postgresql" else ""


def _claim(row: dict[str, Any]) -> Claim:
    return Claim(
        check_id=row["check_id"],
        epoch=row["epoch"],
        version=row["version"],
        due_ms=row["due_ms"],
        memory=Memory(
            verdict=Verdict(row["verdict"]),
            step=Step(row["step"]),
            known=Verdict(row["known"]),
            streak_of=Verdict(row["streak_of"]),
            streak=row["streak"],
            unknowns=row["unknowns"],
            results=row["results"],
            is_flapping=bool(row["is_flapping"]),
        ),
        since=_aware(row["since"]),
        hours=row["hours"],
        hours_until=row["hours_until"],
        heartbeat_at=_aware(row["heartbeat_at"]),
        maintenance_until=_aware(row["maintenance_until"]),
    )


def _aware(value: Any) -> datetime | None:
    """Read a time out of a plain query: SQLite gives text in UTC."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    if value is not None and value.tzinfo is None:
        value = value.replace(tzinfo=UTC)
    found: datetime | None = value
    return found
