"""A catalog as plain YAML data, in the order and with the words of the layout. Pure.

`Rendering` answers for one State what stands at each place of the layout: the exporter writes the
answers where there is no text yet, and compares two Renderings to find what to patch.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from services.catalog.names import DEFAULT_ENVIRONMENTS, Status
from services.catalog.records import KINDS, Key, State
from services.manifest.layout import ENVIRONMENTS, PROJECT_PLACES, ROOT
from services.manifest.shape import Body, ByItem, ByKey, Place, Slot, Step

_HOME_OF_STATUS = {place.implied[0][1]: place.key for place in PROJECT_PLACES}
_HOME_OF_STATUS[Status.DEVELOPMENT.value] = _HOME_OF_STATUS[Status.ACTIVE.value]

_DEFAULTS = {
    kind.name: {field.name: field.default for field in kind.fields} for kind in KINDS.values()
}

Statement = tuple[str, Key, str]  # record kind, key, field


@dataclass(frozen=True, slots=True)
class Record:
    """One record with its key parts and fields in one mapping, and what its enclosing one gives."""

    kind: str
    key: Key
    values: Mapping[str, Any]
    given: Mapping[str, Any]

    @property
    def name(self) -> str:
        """The part that inner records know it by."""
        return str(self.key[0]) if self.key else ""


class Rendering:
    """What a State looks like as YAML data.

    `homes` maps a project's name to the key that it stands under, where that is not the key of its
    status. `redundant` are the statements to write although they say what would be filled in.
    """

    def __init__(
        self,
        state: State,
        homes: Mapping[str, str] | None = None,
        redundant: frozenset[Statement] = frozenset(),
    ) -> None:
        self._homes = homes or {}
        self._redundant = redundant
        self._index: dict[tuple[str, str], list[tuple[Key, dict[str, Any]]]] = defaultdict(list)
        for kind, records in state.items():
            parts = KINDS[kind].key
            for key, fields in records.items():
                values = dict(zip(parts, key, strict=True)) | fields
                self._index[kind, _owner_of(kind, values)].append((key, values))

    def root(self) -> Record:
        """Give the workspace's record, blank where the catalog has none."""
        found = self._index.get(("workspace", ""), [])
        values = found[0][1] if found else KINDS["workspace"].blank()
        return Record("workspace", (), values, {})

    def document(self) -> dict[str, Any]:
        """Give the whole manifest."""
        assert ROOT.body is not None  # noqa: S101 - the root of the layout is a mapping
        return self.body(ROOT.body, self.root())

    def records(self, place: Place, owner: Record) -> list[Record]:
        """Give the records that stand at a place of the owner's mapping, in their order."""
        found = self._index.get((place.kind, owner.name if place.owner_part else ""), [])
        if place.kind == "project":
            found = [pair for pair in found if self._home(pair[1]) == place.key]
        elif place is ENVIRONMENTS:
            found = sorted(found, key=lambda pair: pair[1]["position"])
            if tuple(pair[1]["name"] for pair in found) == DEFAULT_ENVIRONMENTS:
                return []
        else:
            wanted = place.implied
            found = [
                pair for pair in found if all(pair[1][part] == value for part, value in wanted)
            ]
        given = dict(place.implied) if place.kind == "project" else owner.values
        return [Record(place.kind, key, values, given) for key, values in found]

    def body(self, body: Body, record: Record, prefix: str = "") -> dict[str, Any]:
        """Give a record's mapping: its slots, inner places, groups and the rest.

        `prefix` is the dotted path of the groups around it, which begins the names of its sections.
        """
        data = self.slots(body, record)
        for place in body.places:
            value = self.place(place, record)
            if value is not None:
                data[place.key] = value
        for group in body.groups:
            inner = self.body(group.body, record, f"{prefix}{group.key}.")
            if inner:
                data[group.key] = inner
        if body.rest == "extra":
            data |= record.values["extra"]
        return data | self.sections(body, prefix)

    def slots(self, body: Body, record: Record) -> dict[str, Any]:
        """Give the values that a record's mapping states itself."""
        return {
            slot.yaml_key: record.values[slot.field]
            for slot in body.slots
            if slot.is_stored and self._is_written(slot, record)
        }

    def place(self, place: Place, owner: Record) -> Any:
        """Give what stands under a place's key, or None when nothing does."""
        records = self.records(place, owner)
        return self.walk(place, place.walk, records) if records else None

    def walk(self, place: Place, steps: tuple[Step, ...], records: list[Record]) -> Any:
        """Give the records grouped along the remaining steps of the walk to them."""
        if not steps:
            return self.leaf(place, records[0])
        step, *rest = steps
        if isinstance(step, ByKey):
            return {
                key: self.walk(place, tuple(rest), group)
                for key, group in grouped(records, step).items()
            }
        items = [self.leaf(place, record) for record in in_order(records, step)]
        return items[0] if step.may_be_lone and len(items) == 1 else items

    def leaf(self, place: Place, record: Record) -> Any:
        """Give one record: a bare value where that says all of it, else a mapping."""
        data = self.body(place.body, record) if place.body is not None else None
        if place.bare is not None and (data is None or set(data) <= {place.bare.yaml_key}):
            return record.values[place.bare.field]
        return data

    def sections(self, body: Body, prefix: str) -> dict[str, Any]:
        """Give the parts that are kept whole in this mapping and have no place in the layout."""
        if body.rest not in ("sections", "x-sections"):
            return {}
        groups = {group.key for group in body.groups}
        found: dict[str, Any] = {}
        for _, values in self._index.get(("section", ""), []):
            key = values["name"].removeprefix(prefix)
            is_here = values["name"].startswith(prefix) and body.keeps(key)
            if is_here and key not in body.known_keys and key.split(".")[0] not in groups:
                found[key] = values["value"]
        return found

    def _home(self, project: Mapping[str, Any]) -> str:
        return self._homes.get(project["name"]) or _HOME_OF_STATUS[project["status"]]

    def _is_written(self, slot: Slot, record: Record) -> bool:
        return (
            slot.is_required
            or record.values[slot.field] != filled_in(slot, record)
            or (record.kind, record.key, slot.field) in self._redundant
        )


def filled_in(slot: Slot, record: Record) -> Any:
    """Give what the reader takes when the slot is left out."""
    if slot.is_inherited and slot.field in record.given:
        return record.given[slot.field]
    if slot.field == "alias" and record.kind == "dependency":
        return record.values["target"]
    if slot.default is not None:
        return slot.default
    return _DEFAULTS[record.kind].get(slot.field)


def grouped(records: Iterable[Record], step: ByKey) -> dict[str, list[Record]]:
    """Group records by the part that a mapping's keys hold, in the order of their first."""
    groups: dict[str, list[Record]] = {}
    for record in records:
        groups.setdefault(str(record.values[step.part]), []).append(record)
    return groups


def in_order(records: Iterable[Record], step: ByItem) -> list[Record]:
    """Give the records of a list in its order."""
    if not step.part:
        return list(records)
    return sorted(records, key=lambda record: record.values[step.part])


def _owner_of(kind: str, values: Mapping[str, Any]) -> str:
    if kind == "service":
        return str(values["project"])
    if kind == "migration_step":
        return str(values["plan"])
    owner = KINDS[kind].key[:1]
    return str(values[owner[0]]) if owner in (("service",), ("project",)) else ""
