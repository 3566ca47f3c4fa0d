"""Writes many rows with few statements; what the ORM does one batch of 999 values at a time."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.backends.utils import CursorWrapper

MOST_VALUES = 30_000  # SQLite takes 32,766 in one statement, PostgreSQL 65,535


def insert_rows(
    cursor: CursorWrapper,
    table: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[Any]],
    on_conflict: str = "",
) -> None:
    """Insert rows in one statement, or a few when there are very many.

    `table`, `columns` and `on_conflict` are our own words, never somebody's input.
    """
    at_once = MOST_VALUES // len(columns)
    one = f"({', '.join(['%s'] * len(columns))})"
    for start in range(0, len(rows), at_once):
        part = rows[start : start + at_once]
        cursor.execute(
            f"INSERT INTO {table} ({', '.join(columns)}) VALUES "  # noqa: S608
            f"{', '.join([one] * len(part))} {on_conflict}",
            [value for row in part for value in row],
        )


def moment(at: datetime | None) -> Any:
    """Give a time as this database takes it in plain SQL."""
    return connection.ops.adapt_datetimefield_value(at)
