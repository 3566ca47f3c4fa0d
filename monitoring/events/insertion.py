"""How many rows of events get into SQL at once: COPY on PostgreSQL, one prepared statement on SQLite.

Below the ORM, which spends more on making a model of each row than the database on storing it. Whoever
calls holds the counter's lock, so nobody else inserts meanwhile.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import connection


class Row(NamedTuple):
    """An event as its columns, in the order of the statements below."""

    seq: int
    source: str
    event_id: str
    service: str
    type: str
    severity: str
    message: str
    payload: str
    occurred_at: datetime
    received_at: datetime


TYPES = ("int8", *["varchar"] * 6, "text", "timestamptz", "timestamptz")  # of PostgreSQL
COPY = (
    "COPY monitoring_event (seq, source, event_id, service, type, severity, message, payload,"
    " occurred_at, received_at) FROM STDIN (FORMAT BINARY)"
)
INSERT = (
    "INSERT INTO monitoring_event (seq, source, event_id, service, type, severity, message, payload,"
    " occurred_at, received_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
)
KNOWN = {
    # OFFSET 0 keeps the planner from reading the whole table, which it likes to with stale statistics
    "postgresql": "SELECT known.* FROM unnest(%s::text[]) AS wanted (id), LATERAL (SELECT source,"
    " event_id FROM monitoring_event WHERE event_id = wanted.id OFFSET 0) AS known",
    "sqlite": "SELECT source, event_id FROM monitoring_event"
    " WHERE event_id IN (SELECT value FROM json_each(%s))",
}


def stored_among(ids: Iterable[str]) -> set[tuple[str, str]]:
    """Give the (source, id) of those ids that are stored. One query with one parameter."""
    is_postgresql = connection.vendor == "postgresql"
    with connection.cursor() as cursor:
        wanted = list(ids)
        cursor.execute(KNOWN[connection.vendor], [wanted if is_postgresql else json.dumps(wanted)])
        return set(cursor.fetchall())


def insert(rows: Sequence[Row]) -> None:
    """Insert all or none of them; raises Django's errors of the database."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with connection.wrap_database_errors, cursor.copy(COPY) as copy:
                copy.set_types(TYPES)
                for row in rows:
                    copy.write_row(row)
        else:
            # many share a moment: entries without a time of their own have that of their arrival
            moments = {row.occurred_at for row in rows} | {row.received_at for row in rows}
            texts = {at: connection.ops.adapt_datetimefield_value(at) for at in moments}
            cursor.executemany(
                INSERT, [(*row[:-2], texts[row[-2]], texts[row[-1]]) for row in rows]
            )


def wait_for_the_disk() -> None:
    """Let SQLite's commits on this connection return only when they are on the disk.

    With the console's own setting the last ones may be forgotten when the power fails, and whoever sent an
    event was told that it is kept. Does nothing within a transaction, where SQLite refuses it, nor on
    PostgreSQL, which always waits.
    """
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA synchronous=FULL")
