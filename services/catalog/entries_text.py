"""The entries of plans and change sets in the words and values that a page shows. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.catalog.changes import Action, Entry
from services.catalog.lines import write_value
from services.catalog.records import Key, subject_of

# Which of the shell's chips an action wears; the word itself is always shown too.
ACTION_CHIPS: Mapping[Action, str] = {
    "create": "up",
    "restore": "up",
    "change": "degraded",
    "rename": "planned",
    "archive": "down",
    "remove": "down",
}


@dataclass(frozen=True, slots=True)
class ShownField:
    """One field, what it was and what it becomes; empty texts were or become empty."""

    name: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class ShownEntry:
    """One record that is made, changed or taken away."""

    action: str
    chip: str
    kind: str
    name: str
    subject: tuple[str, str]
    fields: tuple[ShownField, ...]


def show_entry(entry: Entry) -> ShownEntry:
    """Give one entry for a page; what is not said by anybody is left out."""
    shown = (
        ShownField(_words(name), _text(old), _text(new))
        for name, (old, new) in entry.fields.items()
    )
    return ShownEntry(
        action=entry.action,
        chip=ACTION_CHIPS[entry.action],
        kind=_words(entry.kind),
        name=_record_name(entry.kind, entry.key),
        subject=entry.subject,
        fields=tuple(field for field in shown if field.old or field.new),
    )


def _record_name(kind: str, key: Key) -> str:
    """Name a record within its subject: the parts of its key but the service's name."""
    is_part = subject_of(kind, key)[0] not in ("workspace", kind)
    return " ".join(str(part) for part in (key[1:] if is_part else key))


def _words(name: str) -> str:
    return name.replace("_", " ")


def _text(value: Any) -> str:
    """Write one value: yes and no for booleans, one line for plain lists, lines for the rest."""
    if value is None or value == "" or value == [] or value == {}:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return "\n".join(value)
    return write_value(value) if isinstance(value, (dict, list)) else str(value)
