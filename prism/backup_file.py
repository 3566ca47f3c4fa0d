"""The file of a backup: a zip with one line of JSON for each row, and a table of contents. Pure.

`tables/<table>.jsonl` holds one array of column values a line, in the order of the `columns` that
`contents.json` names. A table's digest does not depend on the order of its rows, nor on how a database writes a
number in JSON, so that a backup of SQLite can be compared with what PostgreSQL gives back.
"""

import base64
import hashlib
import io
import json
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

FORMAT = 1
CONTENTS = "contents.json"
_MODULO = 1 << 256


class UnreadableBackup(ValueError):
    """The file is no backup, or not whole; the message says what is wrong with it."""


@dataclass
class TableDigest:
    """Number and sum of the rows of one table."""

    rows: int = 0
    total: int = 0

    def add(self, row: Sequence[Any]) -> None:
        """Count one row in."""
        hashed = hashlib.sha256(_dumps(_without_forms(row)).encode()).digest()
        self.rows += 1
        self.total = (self.total + int.from_bytes(hashed)) % _MODULO

    def hex(self) -> str:
        """Write the sum as 64 digits."""
        return f"{self.total:064x}"


@dataclass(frozen=True, slots=True)
class TableContents:
    """What the file says of one table."""

    table: str
    columns: list[str]
    rows: int
    digest: str


@dataclass(frozen=True, slots=True)
class Contents:
    """The table of contents: who made it, from what, and every table."""

    version: str
    engine: str
    created_at: str
    migrations: list[str]
    tables: list[TableContents] = field(default_factory=list)
    format: int = FORMAT

    @property
    def rows(self) -> int:
        """Count the rows of all tables."""
        return sum(table.rows for table in self.tables)


class BackupWriter:
    """Writes a backup table by table, never holding more than one row."""

    def __init__(self, path: Path, contents: Contents) -> None:
        self._zip = zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=6)
        self._contents = contents

    def add_table(self, table: str, columns: list[str], rows: Iterable[Sequence[Any]]) -> None:
        """Write one table's rows."""
        digest = TableDigest()
        with self._zip.open(_member(table), "w", force_zip64=True) as file:
            for row in rows:
                digest.add(row)
                file.write(_dumps(row).encode() + b"\n")
        self._contents.tables.append(TableContents(table, columns, digest.rows, digest.hex()))

    def close(self) -> None:
        """Write the table of contents last: a file without it is not whole."""
        self._zip.writestr(CONTENTS, json.dumps(asdict(self._contents), indent=2))
        self._zip.close()


class BackupReader:
    """Reads a backup; raises UnreadableBackup for anything else."""

    def __init__(self, path: Path) -> None:
        try:
            self._zip = zipfile.ZipFile(path)
            raw = json.loads(self._zip.read(CONTENTS))
            tables = [TableContents(**table) for table in raw.pop("tables")]
            self.contents = Contents(**raw, tables=tables)
        except (OSError, zipfile.BadZipFile, KeyError, TypeError, ValueError) as error:
            raise UnreadableBackup(
                f"{path} is no backup, or only a part of one: {error}"
            ) from error
        if self.contents.format != FORMAT:
            raise UnreadableBackup(f"{path} has format {self.contents.format}, this reads {FORMAT}")

    def rows(self, table: TableContents) -> Iterator[list[Any]]:
        """Give the rows of one table; raises UnreadableBackup when they are not what was written."""
        digest = TableDigest()
        try:
            with self._zip.open(_member(table.table)) as file:
                for line in io.TextIOWrapper(file, "utf-8", newline="\n"):
                    row = json.loads(line)
                    digest.add(row)
                    yield row
        except (OSError, zipfile.BadZipFile, KeyError, ValueError, EOFError) as error:
            raise UnreadableBackup(f"table {table.table} cannot be read: {error}") from error
        if (digest.rows, digest.hex()) != (table.rows, table.digest):
            raise UnreadableBackup(f"table {table.table} is not what was written")

    def check(self) -> None:
        """Read every row once; raises UnreadableBackup at the first that is not what was written."""
        for table in self.contents.tables:
            for _ in self.rows(table):
                pass

    def close(self) -> None:
        """Close the file."""
        self._zip.close()


def _member(table: str) -> str:
    return f"tables/{table}.jsonl"


def _dumps(row: Any) -> str:
    return json.dumps(row, default=_as_json, sort_keys=True, separators=(",", ":"))


def _as_json(value: object) -> Any:
    """Write what JSON has no form for, as the fields of Django read it back."""
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        # as Django's parser reads it: days, then seconds and microseconds of the rest
        rest = value - timedelta(days=value.days)
        return f"{value.days} {rest}"
    if isinstance(value, Decimal | UUID):
        return str(value)
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(bytes(value)).decode()
    raise TypeError(f"a {type(value).__name__} cannot be written into a backup")


def _without_forms(value: Any) -> Any:
    """Give whole floats as integers: PostgreSQL keeps 1e20 in JSON as 100000000000000000000."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list | tuple):
        return [_without_forms(part) for part in value]
    if isinstance(value, dict):
        return {key: _without_forms(part) for key, part in value.items()}
    return value
