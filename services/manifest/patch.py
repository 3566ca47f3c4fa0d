"""Editing a YAML text in place: the smallest replacements, everything else stays byte for byte. Pure.

A `Patch` collects edits against the tree of one text; `result()` makes the new text. It knows YAML's
shape and nothing of manifests. Collections in brackets are written anew when they change.
"""

from collections.abc import Sequence as Items
from dataclasses import dataclass
from typing import Any

from services.manifest.tree import Entry, Mapping, Node, Scalar, Sequence
from services.manifest.yaml_text import (
    STEP,
    flow_text,
    item_lines,
    key_text,
    scalar_text,
    value_lines,
)


class PatchConflict(Exception):
    """Raised when two edits touch the same place, so the text has to be written another way."""


@dataclass(frozen=True, slots=True)
class _Edit:
    """One replacement; where several insert at one place, the deepest indented stands first."""

    start: int
    end: int
    text: str
    indent: int = 0

    @property
    def order(self) -> tuple[int, int, int]:
        return self.start, self.end, -self.indent


class Patch:
    """Edits of one text. Offsets are the tree's; nothing is changed before `result()`."""

    def __init__(self, text: str, root: Node) -> None:
        self._text = text
        self._newline = "\r\n" if "\r\n" in text else "\n"
        self._step = _indentation_step(root)
        self._edits: list[_Edit] = []
        self._removed: set[int] = set()

    def result(self) -> str:
        """Give the text with every edit made; raise `PatchConflict` where two overlap."""
        pieces: list[str] = []
        position = 0
        for edit in sorted(self._edits, key=lambda edit: edit.order):
            if edit.start < position:
                raise PatchConflict
            pieces += [self._text[position : edit.start], edit.text]
            position = edit.end
        return "".join([*pieces, self._text[position:]])

    def rename_key(self, entry: Entry, name: str) -> None:
        """Write another key over an entry's key, in the same quotes."""
        quoted = entry.key.style in ("double", "single")
        text = scalar_text(name, entry.key.style) if quoted else key_text(name)
        self._replace(entry.key.start, entry.key.end, text)

    def set_value(self, mapping: Mapping, entry: Entry, value: Any) -> None:
        """Give an entry another value; a comment behind a scalar stays."""
        old = entry.value
        if isinstance(old, Scalar) and old.end > old.start and not isinstance(value, (dict, list)):
            if old.style in ("literal", "folded"):
                self._replace_after_colon(mapping, entry, value)
            else:
                self._replace(old.start, old.end, scalar_text(value, old.style))
        elif isinstance(old, (Mapping, Sequence)) and old.flow:
            self._replace(old.start, old.end, flow_text(value))
        else:
            self._replace_after_colon(mapping, entry, value)

    def set_item(self, sequence: Sequence, index: int, value: Any) -> None:
        """Give an item of a block sequence another value."""
        old = sequence.items[index]
        if isinstance(old, Scalar) and not isinstance(value, (dict, list)):
            self._replace(old.start, old.end, scalar_text(value, old.style))
            return
        lines = item_lines(value, sequence.column - 1, self._step)
        start = self._line_start(old.start)
        self._replace(start, self._content_end(old), self._newline.join(lines))

    def add_entry(self, mapping: Mapping, key: str, value: Any, after: Entry | None) -> None:
        """Write a new entry on its own lines below `after`, or below the last entry that stays."""
        lines = value_lines(value, mapping.column - 1 + self._step, self._step)
        lines[0] = " " * (mapping.column - 1) + key_text(key) + ":" + lines[0]
        staying = [entry for entry in mapping.entries if id(entry) not in self._removed]
        if after is None or id(after) in self._removed:
            after = staying[-1] if staying else None
        if after is None:
            start = self._line_start(mapping.start)
            self._replace(start, start, self._newline.join([*lines, ""]))
        else:
            self._insert_below(self._entry_end(after), lines)

    def remove_entry(self, entry: Entry) -> None:
        """Take an entry out, with its lines and a comment behind it; comments above it stay."""
        self._removed.add(id(entry))
        self._remove_lines(entry.key.start, self._entry_end(entry))

    def add_item(self, sequence: Sequence, value: Any, after: Node | None = None) -> None:
        """Write a new item below `after`, or at the end of a block sequence."""
        staying = [item for item in sequence.items if id(item) not in self._removed]
        if after is None or id(after) in self._removed:
            after = staying[-1] if staying else sequence.items[-1]
        lines = item_lines(value, sequence.column - 1, self._step)
        if id(after) in self._removed:
            start = self._line_start(sequence.start)
            self._replace(start, start, self._newline.join([*lines, ""]))
        else:
            self._insert_below(self._content_end(after), lines)

    def remove_item(self, item: Node) -> None:
        """Take an item out of a block sequence, with its lines."""
        self._removed.add(id(item))
        self._remove_lines(item.start, self._content_end(item))

    def set_items(self, sequence: Sequence, old: Items[Any], new: Items[Any]) -> None:
        """Make a block sequence hold `new` where it held `old`, keeping what is in both."""
        if list(new[: len(old)]) == list(old):
            for value in new[len(old) :]:
                self.add_item(sequence, value)
            return
        if len(new) >= len(old):
            for index, value in enumerate(new):
                if index >= len(old):
                    self.add_item(sequence, value)
                elif value != old[index]:
                    self.set_item(sequence, index, value)
            return
        remaining = list(new)
        for item, value in zip(sequence.items, old, strict=True):
            if remaining and value == remaining[0]:
                remaining.pop(0)
            else:
                self.remove_item(item)
        for value in remaining:
            self.add_item(sequence, value)

    def _replace(self, start: int, end: int, text: str) -> None:
        self._edits.append(_Edit(start, end, text))

    def _replace_after_colon(self, mapping: Mapping, entry: Entry, value: Any) -> None:
        lines = value_lines(value, mapping.column - 1 + self._step, self._step)
        start = self._text.index(":", entry.key.end) + 1
        self._replace(start, self._entry_end(entry), self._newline.join(lines))

    def _insert_below(self, end: int, lines: list[str]) -> None:
        indent = len(lines[0]) - len(lines[0].lstrip(" "))
        position = self._line_end(end)
        if self._text.startswith(self._newline, position):
            position += len(self._newline)
            text = self._newline.join([*lines, ""])
        else:
            text = self._newline.join(["", *lines])
        self._edits.append(_Edit(position, position, text, indent))

    def _remove_lines(self, start: int, end: int) -> None:
        line_end = self._line_end(end)
        if self._text.startswith(self._newline, line_end):
            line_end += len(self._newline)
        self._replace(self._line_start(start), line_end, "")

    def _line_start(self, position: int) -> int:
        return self._text.rfind("\n", 0, position) + 1

    def _line_end(self, position: int) -> int:
        end = self._text.find("\n", position)
        if end < 0:
            return len(self._text)
        return end - 1 if self._text[end - 1] == "\r" and end > position else end

    def _entry_end(self, entry: Entry) -> int:
        return self._content_end(entry.value)

    def _content_end(self, node: Node) -> int:
        """Give where a node's last visible character is; a block scalar's `end` is a line later."""
        leaf = node
        while not isinstance(leaf, Scalar) and not leaf.flow:
            last = leaf.entries[-1].value if isinstance(leaf, Mapping) else leaf.items[-1]
            leaf = last
        end = node.end
        if isinstance(leaf, Scalar) and leaf.style in ("literal", "folded"):
            while self._text[end - 1].isspace():
                end -= 1
        return end


def _indentation_step(root: Node) -> int:
    """Give the number of spaces that the document indents a nested mapping by."""
    if isinstance(root, Mapping):
        for entry in root.entries:
            if isinstance(entry.value, Mapping) and not entry.value.flow:
                return max(entry.value.column - root.column, 1)
    return STEP
