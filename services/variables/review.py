"""What a file is about to become: a table to look over, which holds no value of a secret. Pure."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from services.catalog.references import parse_references
from services.variables.effective import Entry
from services.variables.observing import Seeing, Seen
from services.variables.secrecy import name_looks_secret, value_looks_secret
from services.variables.value_formats import fault_of

MAX_EXAMPLE_CHARACTERS = 300
_GUESSED = ("boolean", "integer", "url")


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """One variable of the file: how it was seen, whether it is defined, and what would be kept.

    `source` is a reference of the platform and `example` a value that looks like no secret; both
    are empty for everything else. `format` is guessed from the value.
    """

    seeing: Seeing
    level: str
    is_defined: bool
    is_secret: bool
    source: str = ""
    example: str = ""
    format: str = ""


def review(
    seeings: Sequence[Seeing],
    entries: Iterable[Entry],
    values: Mapping[str, str | object],
    *,
    keep_examples: bool,
) -> list[ReviewRow]:
    """Make the table: what is not defined yet first. Secret-looking names are secrets."""
    known = {entry.name: entry for entry in entries}
    rows = [
        _defined(seeing, known[seeing.name])
        if seeing.name in known
        else _new(seeing, values.get(seeing.name), keep_examples=keep_examples)
        for seeing in seeings
    ]
    return sorted(rows, key=lambda row: (row.is_defined, row.seeing.name))


def missing(seeings: Sequence[Seeing], entries: Iterable[Entry]) -> list[Entry]:
    """Give what the service reads and the file does not have."""
    there = {seeing.name for seeing in seeings}
    return [entry for entry in entries if entry.is_read and entry.name not in there]


def pack(rows: Sequence[ReviewRow]) -> list[dict[str, Any]]:
    """Give the table as plain data, to be signed."""
    return [asdict(row) for row in rows]


def unpack(packed: Sequence[Mapping[str, Any]]) -> list[ReviewRow]:
    """Give the table back."""
    return [
        ReviewRow(
            **{
                **row,
                "seeing": Seeing(**{**row["seeing"], "state": Seen(row["seeing"]["state"])}),
            }
        )
        for row in packed
    ]


def _defined(seeing: Seeing, entry: Entry) -> ReviewRow:
    return ReviewRow(seeing, entry.level, True, entry.is_secret)


def _new(seeing: Seeing, value: str | object, *, keep_examples: bool) -> ReviewRow:
    text = value if isinstance(value, str) else ""
    is_secret = name_looks_secret(seeing.name) or value_looks_secret(text)
    references = parse_references(text)
    is_reference = len(references) == 1 and references[0].text == text
    is_kept = is_reference and text.isprintable()  # no database takes NUL or half a surrogate pair
    source = text if is_kept and references[0].kind in ("service", "self", "shared") else ""
    is_example = keep_examples and not is_secret and not source and text.isprintable()
    example = text if is_example and len(text) <= MAX_EXAMPLE_CHARACTERS else ""
    format = "" if is_secret or source or not text else _guessed(seeing.name, text)
    return ReviewRow(seeing, "optional", False, is_secret, source, example, format)


def _guessed(name: str, value: str) -> str:
    if re.search(r"(?:^|_)PORT$", name) and not fault_of(value, "port", ()):
        return "port"
    for format in _GUESSED:
        is_number = value in ("0", "1") and format == "boolean"
        if not is_number and not fault_of(value, format, ()):
            return format
    return ""
