"""Compares two texts line by line for a page. Pure."""

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

CONTEXT_LINES = 3
MAX_LINES = 4_000  # beyond, only what begins or ends alike is found; difflib's time is quadratic


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a comparison: added, removed, kept, or a gap between two places."""

    kind: Literal["added", "removed", "kept", "gap"]
    text: str
    old: int | None = None
    new: int | None = None


def compare_texts(old: str, new: str) -> list[Line]:
    """Give what differs with three lines around it; nothing for texts with the same lines."""
    before, after = old.splitlines(), new.splitlines()
    if max(len(before), len(after)) > MAX_LINES:
        return _replace_middle(before, after)
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=True)
    lines: list[Line] = []
    for group in matcher.get_grouped_opcodes(CONTEXT_LINES):
        if lines:
            lines.append(Line("gap", ""))
        for tag, old_from, old_to, new_from, new_to in group:
            if tag == "equal":
                lines += [
                    Line("kept", text, old_from + at + 1, new_from + at + 1)
                    for at, text in enumerate(before[old_from:old_to])
                ]
            else:
                lines += _removed(before[old_from:old_to], old_from)
                lines += _added(after[new_from:new_to], new_from)
    return lines


def _replace_middle(before: Sequence[str], after: Sequence[str]) -> list[Line]:
    start = 0
    while start < min(len(before), len(after)) and before[start] == after[start]:
        start += 1
    end = 0
    while end < min(len(before), len(after)) - start and before[-1 - end] == after[-1 - end]:
        end += 1
    return [
        *_removed(before[start : len(before) - end], start),
        *_added(after[start : len(after) - end], start),
    ]


def _removed(texts: Sequence[str], start: int) -> Iterator[Line]:
    return (Line("removed", text, start + at + 1, None) for at, text in enumerate(texts))


def _added(texts: Sequence[str], start: int) -> Iterator[Line]:
    return (Line("added", text, None, start + at + 1) for at, text in enumerate(texts))
