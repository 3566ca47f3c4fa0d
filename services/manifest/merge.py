"""What the catalog becomes when a manifest is applied to it. Pure."""

from collections.abc import Container, Mapping
from dataclasses import dataclass, field

from services.catalog.changes import Renames, is_same, is_secret
from services.catalog.records import (
    DEFINITION_KINDS,
    KINDS,
    Fields,
    Key,
    State,
    empty_state,
    subject_of,
)
from services.manifest.reader import Manifest

Stated = Mapping[str, Mapping[str, Container[str]]]  # kind: key joined by "/": fields

# What the place of a record in the file says, without a key of its own.
_PLACED = frozenset(
    {
        ("variable", "level"),
        ("shared_variable", "level"),
        ("service", "project"),
        ("domain", "hostname"),
    }
)
# A flat list says nothing about other kinds, so their absence from it means nothing.
_FLAT_KINDS = frozenset({"project", "service"})


@dataclass(frozen=True, slots=True)
class Catalog:
    """The catalog as a plan finds it.

    `stated` is what the current document states; `edits` tells who changed (kind, key, field) by
    hand since it was applied.
    """

    revision: int
    state: State
    archive: State = field(default_factory=empty_state)
    stated: Stated = field(default_factory=dict)
    edits: Mapping[tuple[str, Key, str], str] = field(default_factory=dict)
    document_sha256: str = ""
    document_is_flat: bool = False


class Merge:
    """Lays a manifest over a catalog whose records were renamed already.

    What the file states wins. A field that it does not state keeps the catalog's value, unless the
    current document stated it: then it returns to its default. A status or phase that is inherited
    in the file follows what it is inherited from, unless it was edited. A record that the file does
    not have stays, or goes with `prune`.
    """

    def __init__(self, manifest: Manifest, catalog: Catalog, renames: Renames) -> None:
        self._manifest = manifest
        self._catalog = catalog
        self._renames = renames

    def result(self, base: State, *, prune: bool) -> State:
        """Give the state after the manifest. Records that do not change are the same objects."""
        after = {kind: {} if self._is_pruned(kind, prune) else dict(base[kind]) for kind in KINDS}
        for kind, records in self._manifest.state.items():
            for key, fields in records.items():
                old = base[kind].get(key)
                merged = fields if old is None else self._merged(kind, key, old, fields)
                after[kind][key] = _without_secret_value(kind, merged)
        if prune:
            _drop_what_has_no_owner(after)
        _forget_overridden_secrets(after)
        return after

    def unlisted(self, base: State) -> list[tuple[str, Key]]:
        """List what the file does not have, an owner standing for the records that it owns."""
        state = self._manifest.state
        return [
            (kind, key)
            for kind in KINDS
            for key in base[kind]
            if key not in state[kind]
            and kind != "workspace"
            and (self._manifest.format != "flat" or kind in _FLAT_KINDS)
            and _owner_is_in(state, kind, key)
        ]

    def _is_pruned(self, kind: str, prune: bool) -> bool:
        if self._manifest.format == "flat":
            return prune and kind in _FLAT_KINDS
        return prune and kind != "workspace"

    def _merged(self, kind: str, key: Key, old: Fields, new: Fields) -> Fields:
        changed = [name for name, value in new.items() if not is_same(old[name], value)]
        taken = {name: new[name] for name in changed if self._wins(kind, key, name)}
        return {**old, **taken} if taken else old

    def _wins(self, kind: str, key: Key, name: str) -> bool:
        """Say whether the file's value of a field, which differs, replaces the catalog's."""
        if (kind, name) in _PLACED or name in self._manifest.lines.get(kind, {}).get(key, ()):
            return True
        if self._manifest.format == "flat":
            return False
        former = "/".join(map(str, self._former_key(kind, key)))
        return name in self._catalog.stated.get(kind, {}).get(former, ())

    def _former_key(self, kind: str, key: Key) -> Key:
        owner, name = subject_of(kind, key)
        old_name = self._renames.get((owner, name))
        return key if old_name is None else (old_name, *key[1:])


def _owner_is_in(state: State, kind: str, key: Key) -> bool:
    if kind == "migration_step":
        return (key[0],) in state["migration_plan"]
    owner, name = subject_of(kind, key)
    return owner in ("workspace", kind) or (name,) in state[owner]


def _drop_what_has_no_owner(state: State) -> None:
    for kind, records in state.items():
        for key in [key for key in records if not _owner_is_in(state, kind, key)]:
            del records[key]


def _without_secret_value(kind: str, fields: Fields) -> Fields:
    """Let go of the value and default that a variable had before the file made it a secret."""
    if kind in DEFINITION_KINDS and fields["secret"] and (fields["value"] or fields["default"]):
        return {**fields, "value": "", "default": ""}
    return fields


def _forget_overridden_secrets(state: State) -> None:
    """Let go of what overrides held of variables that are secrets now."""
    for key, fields in state["variable_override"].items():
        if (fields["value"] or fields["default"]) and is_secret(state, str(key[0]), str(key[2])):
            state["variable_override"][key] = {**fields, "value": "", "default": ""}
