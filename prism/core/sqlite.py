"""Keeps the write-ahead log of an SQLite database alive between requests."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any


@contextmanager
def wal_kept_open(database: dict[str, Any]) -> Iterator[None]:
    """Hold one idle connection to a database of the settings, if it is SQLite.

    When the last connection closes, SQLite empties the log and deletes its files, and the next request
    makes them again: slow, and impossible on a disk that is full, where reading must still work.
    """
    if database["ENGINE"] != "django.db.backends.sqlite3":
        yield
        return
    with closing(sqlite3.connect(database["NAME"], timeout=20)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()  # opens the log's index
        yield
