"""Build the tree of a manifest from libyaml's events. Pure.

No YAML constructor runs: nothing is expanded, nothing is converted, no Python object can be asked for,
and depth costs no recursion. A manifest needs only a small part of YAML, so aliases, anchors, tags,
merge keys, duplicate keys, collections as keys and second documents are problems.
"""

from collections.abc import Iterator
from typing import Any, Final, cast

import yaml
from yaml.reader import ReaderError

from services.manifest.problems import Report, joined
from services.manifest.source import spot_of_byte
from services.manifest.tree import Entry, Mapping, Node, Scalar, Sequence, Spot, Style

MAX_DEPTH = 20
MAX_NODES = 1_000_000  # about three times the largest catalog that the console is built for
MAX_ITEMS = 20_000  # in one mapping or list; a file of one endless list is refused in 50 ms
BYTE_ORDER_MARK = "\ufeff"

_STYLES: Final[dict[str | None, Style]] = {
    "'": "single",
    '"': "double",
    "|": "literal",
    ">": "folded",
}


def read_tree(text: str, report: Report) -> Node:
    """Build the tree; forbidden constructs go to the report, and reading goes on where it can.

    Raises ReadingStopped, with its reason in the report, when the text cannot be read on: it is no
    YAML, nests too deeply, has too many nodes, or more than one document.
    """
    return _Builder(text, report).build()


class _Open:
    """A collection whose end was not reached yet; `label` is its key or index in the one around it."""

    __slots__ = ("is_kept", "key", "label", "node", "seen")

    def __init__(self, node: Mapping | Sequence, label: str | int | None) -> None:
        self.node = node
        self.label = label
        self.key: Scalar | None = None
        self.is_kept = True  # false for the value of a key that is a problem itself
        self.seen: dict[str, int] = {}


class _Builder:
    def __init__(self, text: str, report: Report) -> None:
        self.shift = 1 if text.startswith(BYTE_ORDER_MARK) else 0  # libyaml does not count it
        self.text = text[self.shift :]
        self.report = report
        self.open: list[_Open] = []
        self.root: Node | None = None
        self.count = 0
        self.keys: dict[str, str] = {}  # one string object for each different key: memory

    def build(self) -> Node:
        for event in self._events():
            kind = type(event)
            if kind is yaml.ScalarEvent:  # nine events out of ten
                self._attach(self._scalar(event))
            elif kind in (yaml.MappingStartEvent, yaml.SequenceStartEvent):
                self._start(event)
            elif kind in (yaml.MappingEndEvent, yaml.SequenceEndEvent):
                self._finish(event)
            elif kind is yaml.AliasEvent:
                self._refuse(event, "aliases (*name) are not used in a manifest; write it out")
                self._attach(self._missing(event))
            elif kind is yaml.DocumentStartEvent:
                self._start_document(event)
        if self.root is None:
            raise self.report.stop(Spot(1, 1), "", "the file is empty")
        return self.root

    def _events(self) -> Iterator[Any]:
        """Give libyaml's events; a syntax error becomes a problem."""
        try:
            yield from yaml.parse(self.text, Loader=yaml.CLoader)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            spot = Spot(mark.line + 1, mark.column + 1) if mark else Spot(1, 1)
            raise self.report.stop(spot, self._path(), _syntax_message(error)) from None
        except ReaderError as error:
            spot = spot_of_byte(self.text, error.position)
            message = f"not YAML: {error.reason} (U+{error.character:04X})"
            raise self.report.stop(spot, self._path(), message) from None

    def _scalar(self, event: Any) -> Scalar:
        if event.anchor is not None or event.tag is not None:
            self._refuse_properties(event)
        start, shift = event.start_mark, self.shift
        return Scalar(
            event.value,
            _STYLES.get(event.style, "plain"),
            start.index + shift,
            event.end_mark.index + shift,
            start.line + 1,
            start.column + 1,
        )

    def _missing(self, event: Any) -> Scalar:
        """Stand in for an alias as a value that was left out."""
        mark = event.start_mark
        start = mark.index + self.shift
        return Scalar("", "plain", start, start, mark.line + 1, mark.column + 1)

    def _start(self, event: Any) -> None:
        if event.anchor is not None or event.tag is not None:
            self._refuse_properties(event)
        start, flow = event.start_mark, bool(event.flow_style)
        where = (start.index + self.shift, -1, start.line + 1, start.column + 1, flow)
        node: Mapping | Sequence
        if isinstance(event, yaml.MappingStartEvent):
            node = Mapping([], *where)
        else:
            node = Sequence([], *where)
        if len(self.open) == MAX_DEPTH:
            message = f"nested more than {MAX_DEPTH} levels deep"
            raise self.report.stop(node, self._path(), message)
        if self._expects_key():
            raise self.report.stop(node, self._path(), "a key must be a text, not a collection")
        label = self._label()
        self._attach(node)
        self.open.append(_Open(node, label))

    def _finish(self, event: Any) -> None:
        node = self.open.pop().node
        last = node.entries[-1:] if isinstance(node, Mapping) else node.items[-1:]
        if node.flow or not last:
            node.end = event.end_mark.index + self.shift
        else:
            child = last[0]
            node.end = child.value.end if isinstance(child, Entry) else child.end

    def _expects_key(self) -> bool:
        return bool(
            self.open and isinstance(self.open[-1].node, Mapping) and self.open[-1].key is None
        )

    def _attach(self, node: Node) -> None:
        """Put a finished scalar or a just opened collection where it belongs."""
        self.count += 1
        if self.count > MAX_NODES:
            raise self.report.stop(node, self._path(), f"more than {MAX_NODES:,} values and keys")
        if not self.open:
            self.root = node
            return
        top = self.open[-1]
        parent = top.node
        if type(parent) is Sequence:
            self._check_room(node, len(parent.items))
            parent.items.append(node)
        elif top.key is None:
            top.key = self._key(cast(Scalar, node), top)  # _start refused collections
        else:
            if top.is_kept:
                cast(Mapping, parent).entries.append(Entry(top.key, node))
            top.key = None

    def _check_room(self, node: Node, items: int) -> None:
        if items == MAX_ITEMS:
            message = f"more than {MAX_ITEMS:,} items in one mapping or list"
            raise self.report.stop(node, self._path(), message)

    def _key(self, key: Scalar, top: _Open) -> Scalar:
        self._check_room(key, len(top.seen))
        top.is_kept = False
        text = key.text = self.keys.setdefault(key.text, key.text)
        if text in top.seen:
            message = f"duplicate key, first given on line {top.seen[text]}"
            self.report.problem(key, joined(self._path(), text), message)
        elif text == "<<" and key.style == "plain":
            self.report.problem(key, self._path(), "merge keys (<<) are not used in a manifest")
        elif not text:
            self.report.problem(key, self._path(), "a key must not be empty")
        else:
            top.seen[text] = key.line
            top.is_kept = True
        return key

    def _start_document(self, event: Any) -> None:
        spot = Spot(event.start_mark.line + 1, event.start_mark.column + 1)
        if self.root is not None:
            raise self.report.stop(spot, "", "a second document; a manifest is one document")
        if event.tags:
            self.report.problem(spot, "", "%TAG directives are not used in a manifest")

    def _refuse_properties(self, event: Any) -> None:
        if event.anchor is not None:
            self._refuse(event, "anchors (&name) are not used in a manifest; write it out")
        if event.tag is not None:
            self._refuse(event, "tags (!name) are not used in a manifest; remove it")

    def _refuse(self, event: Any, message: str) -> None:
        mark = event.start_mark
        self.report.problem(Spot(mark.line + 1, mark.column + 1), self._path(), message)

    def _path(self) -> str:
        """Write the dotted path of the node that is being read."""
        path = ""
        for label in [*(level.label for level in self.open), self._label()]:
            if isinstance(label, int):
                path += f"[{label}]"
            elif label is not None:
                path = joined(path, label)
        return path

    def _label(self) -> str | int | None:
        """Give the key or index of the node that is being read in the innermost collection."""
        if not self.open:
            return None
        top = self.open[-1]
        if isinstance(top.node, Sequence):
            return len(top.node.items)
        return top.key.text if top.key is not None else None


def _syntax_message(error: yaml.MarkedYAMLError) -> str:
    parts = [part for part in (error.problem, error.context) if part]
    hint = "; write the character itself" if "Unicode character escape" in str(parts) else ""
    return f"not YAML: {', '.join(map(str, parts))}{hint}"
