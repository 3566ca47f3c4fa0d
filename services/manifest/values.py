"""Read values of the types that the layout asks for; what does not fit becomes a problem. Pure.

Where a text is meant, any scalar is the text that was written. A plain `null`, `~` or nothing at all is
"not stated".
"""

from collections.abc import Collection
from enum import Enum
from typing import Any, Literal, TypeAlias

from services.manifest.problems import Report, joined, shown
from services.manifest.scalars import (
    MAX_INTEGER,
    NumberRefused,
    any_value,
    boolean,
    described,
    is_null,
    looks_whole,
    whole_number,
)
from services.manifest.shape import Slot, SlotType
from services.manifest.suggestions import Suggestions
from services.manifest.tree import Entry, Mapping, Node, Scalar, Sequence

MAX_KEY_LENGTH = 200
USAGE_KEYS = ("service", "purposes")


class Absent(Enum):
    """Why there is no value: the file does not state one, or what it states was a problem."""

    NOT_STATED = "not stated"
    UNREADABLE = "unreadable"


Unreadable: TypeAlias = Literal[Absent.UNREADABLE]


class ValueReader:
    """Reads values of given types out of nodes."""

    def __init__(self, report: Report, suggestions: Suggestions) -> None:
        self.report = report
        self.suggestions = suggestions

    def slot(self, slot: Slot, slot_type: SlotType, node: Node, path: str) -> Any | Absent:
        """Read the value of a slot and hold it to the slot's form."""
        if slot_type == "text" and type(node) is Scalar:  # nine slots out of ten
            return Absent.NOT_STATED if is_null(node) else self._checked_text(slot, node, path)
        if slot_type == "value":
            return self.value(node, path)
        if is_null(node):
            # In a service, an explicit null says that it has no phase although its project has.
            is_spelled_out = slot.is_inherited and isinstance(node, Scalar) and node.text
            return None if is_spelled_out and slot_type == "integer" else Absent.NOT_STATED
        match slot_type:
            case "text":
                return self.text(node, path)
            case "integer":
                return self._integer(slot, node, path)
            case "boolean":
                truth = boolean(node)
                message = f"expected true or false, got {described(node)}"
                return truth if truth is not None else self._unreadable(node, path, message)
            case "texts":
                return self.texts(node, path)
            case "mapping":
                return self.mapping(node, path)
            case "usage":
                return self._usage(node, path)

    def text(self, node: Node, path: str, expected: str = "a text") -> str | Unreadable:
        """Read a text as it was written."""
        if not isinstance(node, Scalar) or is_null(node):
            return self._unreadable(node, path, f"expected {expected}, got {described(node)}")
        if "\0" in node.text:
            return self._unreadable(node, path, "a text must not hold a NUL character")
        return node.text

    def texts(self, node: Node, path: str) -> list[str] | Unreadable:
        """Read a list of texts."""
        if not isinstance(node, Sequence):
            hint = f"; write [{described(node)}]" if isinstance(node, Scalar) else ""
            message = f"expected a list of texts, got {described(node)}{hint}"
            return self._unreadable(node, path, message)
        texts = [self.text(item, f"{path}[{index}]") for index, item in enumerate(node.items)]
        good = [text for text in texts if isinstance(text, str)]
        return good if len(good) == len(texts) else Absent.UNREADABLE

    def value(self, node: Node, path: str) -> Any | Unreadable:
        """Read any value that JSON can hold."""
        if isinstance(node, Mapping):
            return self.mapping(node, path)
        if isinstance(node, Sequence):
            return [self.value(item, f"{path}[{index}]") for index, item in enumerate(node.items)]
        try:
            value = any_value(node)
        except NumberRefused as error:
            return self._unreadable(node, path, f"{error}; quote it to keep a text")
        return self.text(node, path) if isinstance(value, str) else value

    def mapping(self, node: Node, path: str) -> dict[str, Any] | Unreadable:
        """Read a mapping of names to any values."""
        if not isinstance(node, Mapping):
            return self._unreadable(node, path, f"expected a mapping, got {described(node)}")
        values: dict[str, Any] = {}
        for entry in node.entries:
            inner = joined(path, entry.key.text)
            if self.is_key(entry.key, inner):
                values[entry.key.text] = self.value(entry.value, inner)
        return values

    def is_key(self, key: Scalar, path: str, max_length: int = MAX_KEY_LENGTH) -> bool:
        """Report a key that no database could keep, and say whether it is well."""
        if "\0" in key.text:
            self.report.problem(key, path, "a key must not hold a NUL character")
            return False
        if len(key.text) > max_length:
            self.report.problem(key, path, f"longer than {max_length} characters")
            return False
        return True

    def unknown_key(self, entry: Entry, path: str, known: Collection[str]) -> None:
        """Report a key that means nothing here."""
        ending = self.suggestions.ending(entry.key.text, known)
        if not ending and len(known) <= 12:
            ending = f"; known here: {', '.join(known)}"
        self.report.problem(entry.key, joined(path, entry.key.text), f"unknown key{ending}")

    def choice_message(self, text: str, choices: Collection[str]) -> str:
        """Say that a text is none of the choices."""
        ending = self.suggestions.ending(text, choices)
        return f"expected one of {', '.join(choices)}; got {shown(text)}{ending}"

    def _checked_text(self, slot: Slot, node: Scalar, path: str) -> str | Unreadable:
        text = self.text(node, path)
        if text is Absent.UNREADABLE:
            return text
        if slot.max_length is not None and len(text) > slot.max_length:
            return self._unreadable(node, path, f"longer than {slot.max_length} characters")
        if not text and slot.may_be_empty:
            return text
        if slot.choices and text not in slot.choices:
            choices = [str(choice) for choice in slot.choices]
            return self._unreadable(node, path, self.choice_message(text, choices))
        if slot.format and not slot.format.accepts(text):
            message = f"expected {slot.format.expected}; got {shown(text)}"
            return self._unreadable(node, path, message)
        return text

    def _integer(self, slot: Slot, node: Node, path: str) -> int | Unreadable:
        number = whole_number(node)
        maximum = slot.maximum or MAX_INTEGER
        if slot.choices:
            expected = f"one of {', '.join(map(str, slot.choices))}"
            fits = number in slot.choices
        else:
            expected = f"a whole number from 0 to {maximum}"
            fits = number is not None and 0 <= number <= maximum
        if number is not None and fits:
            return number
        is_quoted = isinstance(node, Scalar) and number is None and looks_whole(node.text)
        hint = "; remove the quotes" if is_quoted else ""
        return self._unreadable(node, path, f"expected {expected}; got {described(node)}{hint}")

    def _usage(self, node: Node, path: str) -> list[dict[str, Any]] | Unreadable:
        """Read which services use this one: a list of `{service, purposes}`."""
        if not isinstance(node, Sequence):
            return self._unreadable(node, path, f"expected a list, got {described(node)}")
        uses = []
        for index, item in enumerate(node.items):
            inner = f"{path}[{index}]"
            if isinstance(item, Mapping):
                uses.append(self._use(item, inner))
            else:
                message = f"expected a mapping of service and purposes, got {described(item)}"
                self.report.problem(item, inner, message)
        return uses

    def _use(self, node: Mapping, path: str) -> dict[str, Any]:
        use: dict[str, Any] = {"service": "", "purposes": []}
        for entry in node.entries:
            inner = joined(path, entry.key.text)
            if entry.key.text == "service":
                use["service"] = self.text(entry.value, inner)
            elif entry.key.text == "purposes":
                use["purposes"] = [] if is_null(entry.value) else self.texts(entry.value, inner)
            else:
                self.unknown_key(entry, path, USAGE_KEYS)
        if use["service"] == "":
            self.report.problem(node, path, 'missing key "service"')
        return use

    def _unreadable(self, node: Node, path: str, message: str) -> Unreadable:
        self.report.problem(node, path, message)
        return Absent.UNREADABLE
