"""Walk the tree along the layout and give what was found there, record by record. Pure.

Everything that one node can tell is checked here: keys, types and formats. What needs more than one
record (references, duplicates, cycles, host names) is left to the later steps of the reader.
"""

from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeAlias

from services.catalog.records import KINDS
from services.manifest.problems import Located, Report, joined, shown
from services.manifest.scalars import described, is_null
from services.manifest.shape import Body, ByItem, ByKey, Group, Place, Slot, SlotType
from services.manifest.suggestions import Suggestions
from services.manifest.tree import Entry, Mapping, Node, Scalar, Sequence
from services.manifest.values import MAX_KEY_LENGTH, Absent, ValueReader

SECTION = Place("section", "", "A part that is kept whole.", bare=Slot("value", "", type="value"))


@dataclass(slots=True)
class Found:
    """One record as it stands in the file: key parts and fields, only those that are there.

    `stated` says which node states a value, `lines` on which line its key is; `at` is where the
    record begins.
    """

    place: Place
    at: Located
    path: str
    values: dict[str, Any]
    owner: "Found | None" = None
    stated: dict[str, Located] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)

    @property
    def name(self) -> Any:
        """The first part of the record's key."""
        return self.values.get(KINDS[self.place.kind].key[0])

    def state(self, field: str, node: Located, line: int | None = None) -> None:
        """Note where a value is stated."""
        self.stated[field] = node
        self.lines[field] = node.line if line is None else line


class _Typed(NamedTuple):
    slot: Slot
    type: SlotType


_Member: TypeAlias = _Typed | Place | Group


class Walker:
    """Collects the records of a tree, outer ones before inner ones, in the order of the file."""

    def __init__(self, report: Report, suggestions: Suggestions) -> None:
        self.report = report
        self.read = ValueReader(report, suggestions)
        self.found: list[Found] = []
        self._members: dict[int, dict[str, _Member]] = {}

    def walk(self, place: Place, node: Node) -> list[Found]:
        """Read a whole manifest."""
        self._record(place, node, Found(place, node, "", {}))
        return self.found

    def _record(self, place: Place, node: Node, record: Found) -> None:
        """Read the node at the end of a place's walk."""
        self.found.append(record)
        if isinstance(node, Mapping) and place.body is not None:
            self._body(place.body, node, record)
            self._complete(place.body, record)
        elif place.bare is not None and (place.body is None or isinstance(node, Scalar)):
            member = _Typed(place.bare, place.bare.type_in(place.kind))
            self._slot(member, node, record, record.path, record.at.line)
        elif is_null(node) and place.body is not None:
            self._complete(place.body, record)
        else:
            expected = "a text or a mapping" if place.bare else "a mapping"
            self._expected(expected, node, record.path)

    def _body(self, body: Body, node: Mapping, record: Found) -> None:
        members = self._members_of(body, record.place.kind)
        for entry in node.entries:
            member = members.get(entry.key.text)
            path = joined(record.path, entry.key.text)
            if isinstance(member, _Typed):
                self._slot(member, entry.value, record, path, entry.key.line)
            elif isinstance(member, Place):
                self._place(member, entry, record, path)
            elif isinstance(member, Group):
                self._group(member, entry.value, record, path)
            else:
                self._other(body, entry, record, path)

    def _slot(self, member: _Typed, node: Node, record: Found, path: str, line: int) -> None:
        value = self.read.slot(member.slot, member.type, node, path)
        if value is not Absent.NOT_STATED:
            record.state(member.slot.field, node, line)
            if value is not Absent.UNREADABLE:
                record.values[member.slot.field] = value

    def _complete(self, body: Body, record: Found) -> None:
        """Fill in the key parts that have a default; report what must be stated and is not."""
        for slot in body.slots:
            if slot.field in record.stated:
                continue
            if slot.default is not None:
                record.values[slot.field] = slot.default
            elif slot.is_required:
                self.report.problem(record.at, record.path, f'missing key "{slot.yaml_key}"')

    def _place(self, place: Place, entry: Entry, owner: Found, path: str) -> None:
        """Read the records under one key of an enclosing record."""
        if is_null(entry.value) and (place.walk or place.bare is None):
            return
        values = dict(place.implied)
        if place.owner_part:
            values[place.owner_part] = owner.name
        self._step(Found(place, entry.key, path, values, owner), 0, entry.value)

    def _step(self, so_far: Found, depth: int, node: Node) -> None:
        """Follow the walk of a place; `so_far` holds the key parts that it gave already."""
        walk = so_far.place.walk
        if depth == len(walk):
            self._record(so_far.place, node, so_far)
            return
        step = walk[depth]
        is_last = depth + 1 == len(walk)
        if isinstance(step, ByKey):
            self._step_by_key(step, so_far, depth, node)
        elif isinstance(node, Sequence):
            for index, item in enumerate(node.items):
                inner = _extended(so_far, step, index, item, f"{so_far.path}[{index}]")
                # what the keys above say of the record is stated where the record stands
                inner.lines = dict.fromkeys(inner.lines, item.line)
                if is_null(item):
                    self.report.problem(item, inner.path, "an item is missing")
                else:
                    self._step(inner, depth + 1, item)
        elif step.may_be_lone and is_last and isinstance(node, Scalar):
            if not is_null(node):
                self._step(_extended(so_far, step, 0, node, so_far.path), depth + 1, node)
        elif not is_null(node):
            self._expected("a list", node, so_far.path)

    def _step_by_key(self, step: ByKey, so_far: Found, depth: int, node: Node) -> None:
        if not isinstance(node, Mapping):
            self._expected("a mapping", node, so_far.path)
            return
        for entry in node.entries:
            path = joined(so_far.path, entry.key.text)
            if self._is_good_name(step, entry.key, path):
                inner = _extended(so_far, step, entry.key.text, entry.key, path)
                inner.state(step.part, entry.key)
                self._step(inner, depth + 1, entry.value)

    def _is_good_name(self, step: ByKey, key: Scalar, path: str) -> bool:
        """Report a bad name; say whether the record can be read under it all the same."""
        if not self.read.is_key(key, path, step.max_length):
            return False
        if step.choices and key.text not in step.choices:
            self.report.problem(key, path, self.read.choice_message(key.text, step.choices))
            return False
        if step.format and not step.format.accepts(key.text):
            message = f"expected {step.format.expected}; got {shown(key.text)}"
            self.report.problem(key, path, message)
        return True

    def _group(self, group: Group, node: Node, record: Found, path: str) -> None:
        if isinstance(node, Mapping):
            self._body(group.body, node, Found(record.place, record.at, path, record.values))
        elif not is_null(node):
            self._expected("a mapping", node, path)

    def _other(self, body: Body, entry: Entry, record: Found, path: str) -> None:
        """Keep or refuse a key that has no meaning of its own."""
        key = entry.key
        if not body.keeps(key.text):
            self.read.unknown_key(entry, record.path, sorted(body.known_keys))
        elif body.rest == "sections" and "." in key.text:
            self.report.problem(key, path, "a key here must not hold a dot")
        elif self.read.is_key(key, path):
            value = self.read.value(entry.value, path)
            if body.rest == "extra":
                record.values.setdefault("extra", {})[key.text] = value
                record.lines.setdefault("extra", key.line)
            else:
                self._section(entry, record.path, value)

    def _section(self, entry: Entry, group_path: str, value: Any) -> None:
        name = f"{group_path}.{entry.key.text}" if group_path else entry.key.text
        path = joined(group_path, entry.key.text)
        if len(name) > MAX_KEY_LENGTH:
            message = f"a section's name is longer than {MAX_KEY_LENGTH} characters"
            self.report.problem(entry.key, path, message)
            return
        section = Found(SECTION, entry.key, path, {"name": name, "value": value})
        section.state("value", entry.value, entry.key.line)
        self.found.append(section)

    def _members_of(self, body: Body, kind: str) -> dict[str, _Member]:
        """Give what each known key of a mapping means; made once for each body."""
        members = self._members.get(id(body))
        if members is None:
            members = {slot.yaml_key: _Typed(slot, slot.type_in(kind)) for slot in body.slots}
            members |= {place.key: place for place in body.places}
            members |= {group.key: group for group in body.groups}
            self._members[id(body)] = members
        return members

    def _expected(self, expected: str, node: Node, path: str) -> None:
        self.report.problem(node, path, f"expected {expected}, got {described(node)}")


def _extended(so_far: Found, step: ByKey | ByItem, part: Any, at: Located, path: str) -> Found:
    """Go one step along a walk."""
    values = {**so_far.values, step.part: part} if step.part else dict(so_far.values)
    stated, lines = dict(so_far.stated), dict(so_far.lines)
    return Found(so_far.place, at, path, values, so_far.owner, stated, lines)
