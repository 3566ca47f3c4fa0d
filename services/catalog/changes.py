"""Differences between two states of the catalog, as entries to show, store and invert. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from services.catalog.records import (
    DEFINITION_KINDS,
    KINDS,
    Fields,
    Key,
    State,
    empty_state,
    subject_of,
)

Action = Literal["create", "change", "rename", "archive", "remove", "restore"]
Renames = Mapping[tuple[str, str], str]  # (kind, new name): old name

MASK = "•••"  # stands in the history for what a variable held before it became a secret
SUBJECT_KINDS = ("project", "service")  # archived and restored; other records are removed
_INVERSE: Mapping[Action, Action] = {
    "create": "remove",
    "remove": "create",
    "archive": "restore",
    "restore": "archive",
    "change": "change",
    "rename": "rename",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """What happened to one record: `fields` holds (old, new) of each field that differs.

    A created or removed record lists the fields that are not at their default. Fields that are
    mappings are compared one level deep, under dotted names such as `configuration.maxmemory`.
    A rename's key is the new name; its only field is `name`.
    """

    action: Action
    kind: str
    key: Key
    fields: Mapping[str, tuple[Any, Any]]

    @property
    def subject(self) -> tuple[str, str]:
        """The project, service or workspace whose history the entry belongs to."""
        return subject_of(self.kind, self.key)

    @property
    def name(self) -> str:
        """The record's key as one text."""
        return "/".join(map(str, self.key))


def diff_states(
    before: State, after: State, *, renames: Renames | None = None, archive: State | None = None
) -> list[Entry]:
    """List what leads from one state to the other, in the order in which it must be written.

    1. Renames; all that follows uses the new names.
    2. What appears or changes, owners first. A project or service that `archive` holds is
       restored and compared with what it was.
    3. What vanishes, owners last. Projects and services are archived with all they own, so their
       records have no entries, except domains in an environment that is removed as well.
    """
    renames = renames or {}
    base = rename_records(before, renames)
    archive = rename_records(archive or empty_state(), renames)
    restored = {
        kind: (after[kind].keys() & archive[kind].keys()) - base[kind].keys()
        for kind in SUBJECT_KINDS
    }
    if any(restored.values()):
        base = _with_restored(base, archive, restored)
    entries = [
        Entry("rename", kind, (new,), {"name": (old, new)}) for (kind, new), old in renames.items()
    ]
    for kind in KINDS:
        written = _written(kind, base[kind], after[kind], restored.get(kind, set()))
        if kind == "variable_override":
            written = (_without_former_secret(entry, after) for entry in written)
        entries += written
    entries += _homeless(archive, restored["service"], base, after)
    for kind in reversed(tuple(KINDS)):
        entries += _vanished(kind, base, after)
    return entries


def diff_fields(kind: str, old: Fields, new: Fields) -> dict[str, tuple[Any, Any]]:
    """Give (old, new) of every field that differs; never the former value of a new secret."""
    changes: dict[str, tuple[Any, Any]] = {}
    for field in KINDS[kind].fields:
        old_value, new_value = old[field.name], new[field.name]
        if old_value is new_value or is_same(old_value, new_value):
            continue
        if field.type == "mapping":
            changes.update(_mapping_changes(field.name, old_value, new_value))
        else:
            changes[field.name] = (old_value, new_value)
    if kind in DEFINITION_KINDS and new["secret"]:
        for name in changes.keys() & {"value", "default"}:
            changes[name] = (MASK, changes[name][1])
    return changes


def is_secret(state: State, service: str, variable: str) -> bool:
    """Say whether a service's variable is a secret, by its own definition or its project's."""
    own = state["variable"].get((service, variable))
    if own is not None and own["secret"]:
        return True
    fields = state["service"].get((service,))
    shared = state["shared_variable"].get((fields["project"], variable)) if fields else None
    return shared is not None and bool(shared["secret"])


def _without_former_secret(entry: Entry, after: State) -> Entry:
    """Mask what an override held of a variable that is a secret now."""
    if entry.action != "change" or not is_secret(after, str(entry.key[0]), str(entry.key[2])):
        return entry
    masked = {
        name: (MASK, new) if name in ("value", "default") else (old, new)
        for name, (old, new) in entry.fields.items()
    }
    return Entry(entry.action, entry.kind, entry.key, masked)


def with_changes(fields: Fields, changes: Mapping[str, tuple[Any, Any]]) -> Fields:
    """Give a copy of the fields with the new value of every change."""
    result = dict(fields)
    for name, (_, value) in changes.items():
        field, dot, part = name.partition(".")
        if not dot:
            result[field] = value
        elif value is None:
            result[field] = {key: kept for key, kept in result[field].items() if key != part}
        else:
            result[field] = {**result[field], part: value}
    return result


def value_of(fields: Fields, name: str) -> Any:
    """Give the value of a field by the name that a change uses; None for a part that is absent."""
    field, dot, part = name.partition(".")
    return fields[field].get(part) if dot else fields[field]


def is_same(one: Any, other: Any) -> bool:
    """Compare as JSON does: `true` is not 1, 1 is 1.0, and the order of a mapping means nothing."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(is_same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(is_same, one, other))
    return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)


def rename_records(state: State, renames: Renames) -> State:
    """Give the state with projects and services renamed wherever they are named."""
    if not renames:
        return state
    names = {(kind, old): new for (kind, new), old in renames.items()}
    return {
        kind: {
            _renamed_key(kind, key, names): _renamed_fields(kind, fields, names)
            for key, fields in records.items()
        }
        for kind, records in state.items()
    }


def renamed_usage(usage: list[dict[str, Any]], names: Mapping[str, str]) -> list[dict[str, Any]]:
    """Give a service's list of its users with services renamed; `names` maps old to new names."""
    return [{**item, "service": names.get(item["service"], item["service"])} for item in usage]


def invert(entry: Entry) -> Entry:
    """Give the entry that undoes this one."""
    fields = {name: (new, old) for name, (old, new) in entry.fields.items()}
    if entry.action == "rename":
        return Entry("rename", entry.kind, (entry.fields["name"][0],), fields)
    action = _INVERSE[entry.action]
    if entry.action == "create" and entry.kind in SUBJECT_KINDS:
        action = "archive"
    return Entry(action, entry.kind, entry.key, fields)


def as_json(entry: Entry) -> dict[str, Any]:
    """Give the entry as scripts read it."""
    fields = {name: list(pair) for name, pair in entry.fields.items()}
    return {
        "action": entry.action,
        "model": entry.kind,
        "name": entry.name,
        "fields": fields,
    }


def as_row(entry: Entry) -> dict[str, Any]:
    """Give the entry as `Change.entries` stores it."""
    fields = {name: list(pair) for name, pair in entry.fields.items()}
    return {
        "action": entry.action,
        "model": entry.kind,
        "key": list(entry.key),
        "fields": fields,
    }


def from_row(row: Mapping[str, Any]) -> Entry:
    """Read an entry of `Change.entries`."""
    fields = {name: (old, new) for name, (old, new) in row["fields"].items()}
    return Entry(row["action"], row["model"], tuple(row["key"]), fields)


def count_actions(entries: Iterable[Entry]) -> dict[str, int]:
    """Count the entries of each action, those that occur only."""
    counts: dict[str, int] = {}
    for entry in entries:
        counts[entry.action] = counts.get(entry.action, 0) + 1
    return counts


def stated_fields(kind: str, fields: Fields) -> dict[str, Any]:
    """Give the fields that are not at their default."""
    return {
        field.name: fields[field.name]
        for field in KINDS[kind].fields
        if not is_same(fields[field.name], field.default)
    }


def _mapping_changes(name: str, old: Any, new: Any) -> Iterator[tuple[str, tuple[Any, Any]]]:
    # None stands for an absent part, so a mapping that holds a null is compared as a whole
    if None in old.values() or None in new.values():
        yield name, (old, new)
        return
    for part in {**old, **new}:
        pair = old.get(part), new.get(part)
        if not is_same(*pair):
            yield f"{name}.{part}", pair


def _with_restored(base: State, archive: State, restored: Mapping[str, set[Key]]) -> State:
    result = {kind: dict(records) for kind, records in base.items()}
    for kind, records in archive.items():
        for key, fields in records.items():
            owner, name = subject_of(kind, key)
            if (name,) in restored.get(owner, ()):
                result[kind][key] = fields
    return result


def _written(
    kind: str, before: Mapping[Key, Fields], after: Mapping[Key, Fields], restored: set[Key]
) -> Iterator[Entry]:
    for key, fields in after.items():
        old = before.get(key)
        if old is None:
            new_fields = stated_fields(kind, fields)
            yield Entry("create", kind, key, {name: (None, v) for name, v in new_fields.items()})
            continue
        if key in restored:
            yield Entry("restore", kind, key, {})
        if old is not fields and (changes := diff_fields(kind, old, fields)):
            yield Entry("change", kind, key, changes)


def _vanished(kind: str, before: State, after: State) -> Iterator[Entry]:
    for key, fields in before[kind].items():
        if key in after[kind]:
            continue
        owner, name = subject_of(kind, key)
        if kind in SUBJECT_KINDS:
            yield Entry("archive", kind, key, {})
        elif (
            owner not in SUBJECT_KINDS or (name,) in after[owner] or _is_homeless(kind, key, after)
        ):
            yield _removal(kind, key, fields)


def _homeless(archive: State, restored: set[Key], before: State, after: State) -> Iterator[Entry]:
    """Remove the domains of services that stay archived, in environments that are removed."""
    gone = before["environment"].keys() - after["environment"].keys()
    for key, fields in archive["domain"].items() if gone else ():
        if (key[1],) in gone and (key[0],) not in restored:
            yield _removal("domain", key, fields)


def _is_homeless(kind: str, key: Key, after: State) -> bool:
    return kind == "domain" and (key[1],) not in after["environment"]


def _removal(kind: str, key: Key, fields: Fields) -> Entry:
    old_fields = stated_fields(kind, fields)
    return Entry("remove", kind, key, {name: (value, None) for name, value in old_fields.items()})


def _renamed_key(kind: str, key: Key, names: Mapping[tuple[str, str], str]) -> Key:
    owner, name = subject_of(kind, key)
    if owner == "workspace" or (new := names.get((owner, name))) is None:
        return key
    return (new, *key[1:])


def _renamed_fields(kind: str, fields: Fields, names: Mapping[tuple[str, str], str]) -> Fields:
    if kind == "service":
        project = names.get(("project", fields["project"]), fields["project"])
        services = {old: new for (owner, old), new in names.items() if owner == "service"}
        return {**fields, "project": project, "usage": renamed_usage(fields["usage"], services)}
    if kind == "dependency" and (new := names.get(("service", fields["target"]))):
        return {**fields, "target": new}
    return fields
