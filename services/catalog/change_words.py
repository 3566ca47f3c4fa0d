"""Change sets in a few words, for lists that have one line for each. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any

from services.catalog.records import subject_of

_PAST: Mapping[str, str] = {
    "create": "created",
    "change": "changed",
    "rename": "renamed",
    "archive": "archived",
    "remove": "removed",
    "restore": "restored",
}
_PLURALS: Mapping[str, str] = {"dependency": "dependencies"}
SHOWN_FIELDS = 4


def describe_counts(counts: Mapping[str, int]) -> str:
    """Say what a change set did in all: `3 created, 1 changed`."""
    words = [f"{counts[action]:,} {past}" for action, past in _PAST.items() if counts.get(action)]
    return ", ".join(words) or "text only"


def describe_entries(entries: Iterable[Mapping[str, Any]]) -> str:
    """Say what the stored entries of one subject did: `changed owner; created 3 variables`."""
    own: dict[str, list[str]] = {}
    parts: dict[str, dict[str, list[str]]] = {}
    for entry in entries:
        action, kind = entry["action"], entry["model"]
        if kind == subject_of(kind, ("",))[0]:
            own.setdefault(action, []).extend(entry["fields"] if action == "change" else ["it"])
        else:
            name = " ".join(map(str, entry["key"][1:]))
            parts.setdefault(action, {}).setdefault(kind, []).append(name)
    words = [
        f"{past} " + ", ".join([*_some(own.get(action, [])), *_all(parts.get(action, {}))])
        for action, past in _PAST.items()
        if action in own or action in parts
    ]
    return "; ".join(words)


def _all(parts: Mapping[str, list[str]]) -> list[str]:
    return [_part(kind, names) for kind, names in parts.items()]


def _part(kind: str, names: list[str]) -> str:
    if len(names) == 1:
        return f"{kind.replace('_', ' ')} {names[0]}".rstrip()
    plural = _PLURALS.get(kind, f"{kind.replace('_', ' ')}s")
    return f"{len(names)} {plural}"


def _some(fields: list[str]) -> list[str]:
    names = [name.replace("_", " ") for name in fields]
    more = len(names) - SHOWN_FIELDS
    return [*names[:SHOWN_FIELDS], f"{more} more fields"] if more > 1 else names
