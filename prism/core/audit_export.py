"""Writes audit entries as CSV, safe to open in a spreadsheet, and as JSON lines. Pure."""

import csv
import io
import json
from collections.abc import Iterable, Iterator

from prism.core.audit_chain import Link

COLUMNS = (
    "number",
    "at",
    "action",
    "actor_kind",
    "actor_name",
    "target",
    "details",
    "address",
    "session",
    "request_id",
    "hash",
)
# A cell that begins so is a formula to a spreadsheet (ASVS 1.2.10).
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\0")


def spreadsheet_text(value: object) -> str:
    """Write a cell that no spreadsheet takes for a formula."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def as_csv(entries: Iterable[tuple[Link, str]]) -> Iterator[str]:
    """Write a header line and one line per entry, as they come."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(COLUMNS)
    for link, sealed in entries:
        writer.writerow([spreadsheet_text(cell) for cell in _cells(link, sealed)])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
    yield buffer.getvalue()


def as_json_lines(entries: Iterable[tuple[Link, str]]) -> Iterator[str]:
    """Write one JSON document per line, with the details as an object."""
    for link, sealed in entries:
        row = dict(zip(COLUMNS, _cells(link, sealed), strict=True))
        yield json.dumps(row | {"details": json.loads(link.details)}) + "\n"


def _cells(link: Link, sealed: str) -> list[object]:
    values = [getattr(link, name) for name in COLUMNS[:-1]]
    values[1] = link.at.isoformat()
    return [*values, sealed]
