"""Entries of plans and change sets as lines of text for a terminal. Pure."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from prism.core.terminal import Terminal, cut, printable
from services.catalog.changes import Action, Entry

SHOWN_VALUE_COLUMNS = 60
_SIGNS: Mapping[Action, tuple[str, str]] = {
    "create": ("+", "green"),
    "restore": ("+", "green"),
    "change": ("~", "yellow"),
    "rename": (">", "cyan"),
    "archive": ("-", "red"),
    "remove": ("-", "red"),
}
_LISTS_ITS_FIELDS = ("change", "restore")  # of a new record the name is enough; JSON has the rest


def describe_entries(entries: Iterable[Entry], terminal: Terminal) -> Iterator[str]:
    """Write one line an entry, and under a changed one a line for each field."""
    for entry in entries:
        sign, colour = _SIGNS[entry.action]
        name = printable(entry.name)
        if entry.action == "rename":
            name = f"{printable(entry.fields['name'][0])} to {name}"
        kind = entry.kind.replace("_", " ")
        yield terminal.paint(f"{sign} {entry.action} {kind} {name}".rstrip(), colour)
        if entry.action in _LISTS_ITS_FIELDS:
            for field, (old, new) in entry.fields.items():
                yield f"    {printable(field)}: {_value(old)} -> {_value(new)}"


def _value(value: Any) -> str:
    return cut(printable(json.dumps(value, ensure_ascii=False)), SHOWN_VALUE_COLUMNS)
