"""Turning the differences between two catalogs into the smallest edits of a manifest's text. Pure.

1. `before` is what the text says and `after` what it has to say, as Renderings of the same layout.
2. The layout is walked with both and with the text's tree; where both agree nothing is touched.
3. A value is replaced where it stands; what is new is written below its predecessor in the layout.
"""

from collections.abc import Mapping as AbcMapping
from dataclasses import dataclass
from typing import Any

from services.catalog.changes import is_same
from services.manifest.patch import Patch
from services.manifest.render import Record, Rendering, grouped, in_order
from services.manifest.shape import Body, ByItem, ByKey, Group, Place, Step
from services.manifest.tree import Entry, Mapping, Node, Sequence


@dataclass(frozen=True, slots=True)
class Holder:
    """Where a node stands: an entry of a mapping, or an item of a sequence."""

    patch: Patch
    parent: Mapping | Sequence
    entry: Entry | None = None
    index: int = 0

    @property
    def node(self) -> Node:
        """The node that stands there."""
        if self.entry is not None:
            return self.entry.value
        assert isinstance(self.parent, Sequence)  # noqa: S101 - an item without an entry
        return self.parent.items[self.index]

    def set(self, value: Any) -> None:
        """Write another value there."""
        if self.entry is not None:
            assert isinstance(self.parent, Mapping)  # noqa: S101 - an entry is a mapping's
            self.patch.set_value(self.parent, self.entry, value)
        else:
            assert isinstance(self.parent, Sequence)  # noqa: S101 - as above
            self.patch.set_item(self.parent, self.index, value)


class Reconciler:
    """Collects in `patch` what makes the text of `before` say what `after` says."""

    def __init__(self, patch: Patch, before: Rendering, after: Rendering) -> None:
        self._patch = patch
        self._before = before
        self._after = after

    def body(self, node: Mapping, body: Body, old: Record, new: Record, prefix: str = "") -> None:
        """Reconcile a record's mapping: slots, places, groups and the rest, in this order."""
        self._mapping(node, self._before.slots(body, old), self._after.slots(body, new), body)
        for place in body.places:
            self._place(node, body, place, old, new)
        for group in body.groups:
            self._group(node, body, group, old, new, f"{prefix}{group.key}.")
        if body.rest == "extra":
            self._mapping(node, old.values["extra"], new.values["extra"], body)
        before = self._before.sections(body, prefix)
        self._mapping(node, before, self._after.sections(body, prefix), body)

    def _place(self, node: Mapping, body: Body, place: Place, old: Record, new: Record) -> None:
        before, after = self._before.place(place, old), self._after.place(place, new)
        if is_same(before, after):
            return
        entry = _entry(node, place.key)
        if entry is None or before is None or after is None:
            self._set(node, place.key, _ABSENT if after is None else after, body)
            return
        self._walk(
            Holder(self._patch, node, entry),
            place,
            place.walk,
            self._before.records(place, old),
            self._after.records(place, new),
        )

    def _walk(
        self,
        holder: Holder,
        place: Place,
        steps: tuple[Step, ...],
        old: list[Record],
        new: list[Record],
    ) -> None:
        """Reconcile records of one place along the remaining steps; each list has one or more."""
        if is_same(self._before.walk(place, steps, old), self._after.walk(place, steps, new)):
            return
        node = holder.node
        if isinstance(node, Mapping) and not node.flow:
            if not steps:
                if place.body is not None and self._after.leaf(place, new[0]):
                    self.body(node, place.body, old[0], new[0])
                    return
            elif isinstance(steps[0], ByKey):
                self._keyed(node, place, steps[0], steps[1:], old, new)
                return
        if steps and isinstance(steps[0], ByItem) and self._is_aligned(node, steps[0], old):
            assert isinstance(node, Sequence)  # noqa: S101 - _is_aligned said so
            self._items(node, place, in_order(old, steps[0]), in_order(new, steps[0]))
            return
        if not steps and place.body is None:
            self._data(holder, self._before.leaf(place, old[0]), self._after.leaf(place, new[0]))
            return
        holder.set(self._after.walk(place, steps, new))

    def _keyed(
        self,
        node: Mapping,
        place: Place,
        step: ByKey,
        rest: tuple[Step, ...],
        old: list[Record],
        new: list[Record],
    ) -> None:
        before, after = grouped(old, step), grouped(new, step)
        for key in before.keys() - after.keys():
            self._set(node, key, _ABSENT, None)
        for key, group in after.items():
            entry = _entry(node, key)
            if entry is None or key not in before:
                self._set(node, key, self._after.walk(place, rest, group), None)
            else:
                self._walk(Holder(self._patch, node, entry), place, rest, before[key], group)

    @staticmethod
    def _is_aligned(node: Node, step: ByItem, old: list[Record]) -> bool:
        """Say whether the items of the text are the records, one by one."""
        return (
            isinstance(node, Sequence)
            and not node.flow
            and not step.part
            and len(node.items) == len(old)
        )

    def _items(self, node: Sequence, place: Place, old: list[Record], new: list[Record]) -> None:
        after = {record.key: record for record in new}
        before = {record.key for record in old}
        for index, record in enumerate(old):
            holder = Holder(self._patch, node, None, index)
            if record.key in after:
                self._walk(holder, place, (), [record], [after[record.key]])
            else:
                self._patch.remove_item(node.items[index])
        for record in new:
            if record.key not in before:
                self._patch.add_item(node, self._after.leaf(place, record))

    def _group(
        self, node: Mapping, body: Body, group: Group, old: Record, new: Record, prefix: str
    ) -> None:
        before = self._before.body(group.body, old, prefix)
        after = self._after.body(group.body, new, prefix)
        if is_same(before, after):
            return
        entry = _entry(node, group.key)
        if entry is None or not isinstance(entry.value, Mapping) or entry.value.flow or not after:
            self._set(node, group.key, after or _ABSENT, body)
        else:
            self.body(entry.value, group.body, old, new, prefix)

    def _mapping(
        self,
        node: Mapping,
        old: AbcMapping[str, Any],
        new: AbcMapping[str, Any],
        body: Body | None,
    ) -> None:
        """Reconcile plain data that stands in a mapping, key by key."""
        for key in [*old, *(key for key in new if key not in old)]:
            if key in old and key in new and is_same(old[key], new[key]):
                continue
            entry = _entry(node, key)
            if entry is None or key not in old or key not in new:
                self._set(node, key, new.get(key, _ABSENT), body)
            else:
                self._data(Holder(self._patch, node, entry), old[key], new[key])

    def _data(self, holder: Holder, old: Any, new: Any) -> None:
        """Reconcile one value of plain data."""
        node = holder.node
        if isinstance(node, Mapping) and not node.flow and _are(dict, old, new):
            self._mapping(node, old, new, None)
        elif isinstance(node, Sequence) and not node.flow and _are(list, old, new):
            self._patch.set_items(node, old, new)
        else:
            holder.set(new)

    def _set(self, node: Mapping, key: str, value: Any, body: Body | None) -> None:
        """Write, replace or (for `_ABSENT`) remove one entry."""
        entry = _entry(node, key)
        if value is _ABSENT:
            if entry is not None:
                self._patch.remove_entry(entry)
        elif entry is not None:
            self._patch.set_value(node, entry, value)
        else:
            self._patch.add_entry(node, key, value, _predecessor(node, key, body))


_ABSENT: Any = object()


def _are(collection: type, old: Any, new: Any) -> bool:
    """Say whether both are such a collection and neither is empty."""
    return isinstance(old, collection) and isinstance(new, collection) and bool(old and new)


def _entry(node: Mapping, key: str) -> Entry | None:
    return next((entry for entry in node.entries if entry.key.text == key), None)


def _predecessor(node: Mapping, key: str, body: Body | None) -> Entry | None:
    """Give the entry that a new one goes below: the nearest earlier one in the layout's order."""
    if body is None:
        return None
    order = [slot.yaml_key for slot in body.slots]
    order += [place.key for place in body.places] + [group.key for group in body.groups]
    if key not in order:
        return None
    for earlier in reversed(order[: order.index(key)]):
        entry = _entry(node, earlier)
        if entry is not None:
            return entry
    return None
