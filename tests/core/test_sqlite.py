"""The write-ahead log of SQLite stays while the web server runs."""

import sqlite3
from contextlib import closing
from pathlib import Path

from prism.core.sqlite import wal_kept_open


def use(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("CREATE TABLE IF NOT EXISTS t (x)")
        database.commit()


def test_the_log_stays_when_the_last_request_closes_its_connection(tmp_path: Path) -> None:
    path = tmp_path / "x.sqlite3"
    use(path)

    with wal_kept_open({"ENGINE": "django.db.backends.sqlite3", "NAME": path}):
        use(path)
        assert {file.name for file in tmp_path.iterdir()} == {
            "x.sqlite3", "x.sqlite3-wal", "x.sqlite3-shm",
        }  # fmt: skip

    assert [file.name for file in tmp_path.iterdir()] == ["x.sqlite3"]


def test_another_database_is_left_alone() -> None:
    with wal_kept_open({"ENGINE": "django.db.backends.postgresql", "NAME": "x"}):
        pass
