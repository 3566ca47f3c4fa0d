"""Writes entries into the catalog's tables, in bulk and in an order that no constraint minds."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Count, Model, Q

from services.catalog.changes import SUBJECT_KINDS, Entry, renamed_usage, with_changes
from services.catalog.models import Domain, Environment, MigrationPlan, Project, Service
from services.catalog.names import Status
from services.catalog.records import KINDS, Fields, Key
from services.catalog.tables import TABLES

ROWS_PER_STATEMENT = 2_000  # parameters of one IN (...) or INSERT; SQLite takes 32,766
_NAMED: dict[str, type[Model]] = {
    "project": Project,
    "service": Service,
    "environment": Environment,
    "migration_plan": MigrationPlan,
}
_SERVING = Q(service__status=Status.ACTIVE.value, service__archived_at__isnull=True)


class HostnameTaken(Exception):
    """Two active services would answer on one host name in one environment."""

    def __init__(self, hostname: str, environment: str, services: Sequence[str]) -> None:
        self.hostname, self.environment, self.services = hostname, environment, tuple(services)
        super().__init__(
            f"{hostname} ({environment}) would belong to {' and '.join(services)}, all active"
        )


def write_entries(entries: Sequence[Entry], *, now: datetime) -> None:
    """Carry out the entries, which are in the order that `diff_states` gives.

    Needs a transaction that holds the workspace's lock.

    1. Rename, so that every other entry finds its record by its new name.
    2. Stop the domains of the services concerned from serving, so that hosts may change hands.
    3. Remove, owned records before their owners.
    4. Create, restore and change, owners before the records they own.
    5. Archive.
    6. Let every domain of an active service serve again; raise HostnameTaken when two would.

    The number of statements does not depend on the number of entries, batches apart.
    """
    chosen: dict[tuple[str, str], list[Entry]] = defaultdict(list)
    for entry in entries:
        chosen[entry.action, entry.kind].append(entry)
    for kind in SUBJECT_KINDS:
        _rename(kind, chosen["rename", kind])
    services = _services_with_moving_hosts(entries)
    stop_serving(services)
    names = _Names()
    for kind in reversed(tuple(KINDS)):
        _remove(kind, chosen["remove", kind], names)
    for kind in KINDS:
        _create(kind, chosen["create", kind], names)
        _mark_archived(kind, chosen["restore", kind], None)
        _change(kind, chosen["change", kind], names)
    for kind in SUBJECT_KINDS:
        _mark_archived(kind, chosen["archive", kind], now)
    if services:
        start_serving()


def stop_serving(services: Iterable[str]) -> None:
    """Mark the domains of the named services as not serving."""
    for names in _batches(sorted(services)):
        Domain.objects.filter(service__name__in=names, is_serving=True).update(is_serving=False)


def start_serving() -> None:
    """Mark every domain of an active service as serving; raise HostnameTaken when two share a host."""
    shared = (
        Domain.objects.filter(_SERVING)
        .values_list("environment__name", "hostname")
        .annotate(owners=Count("pk"))
        .filter(owners__gt=1)
        .order_by("environment__name", "hostname")
    )
    if taken := shared.first():
        environment, hostname, _ = taken
        owners = Domain.objects.filter(
            _SERVING, environment__name=environment, hostname=hostname
        ).order_by("service__name")
        raise HostnameTaken(
            hostname, environment, list(owners.values_list("service__name", flat=True))
        )
    Domain.objects.filter(_SERVING, is_serving=False).update(is_serving=True)


class _Names:
    """Finds the primary keys behind names and back, each kind in one query when first asked."""

    def __init__(self) -> None:
        self._ids: dict[str, dict[str, int]] = {}
        self._names: dict[str, dict[int, str]] = {}

    def id_of(self, kind: str, name: str) -> int:
        return self._table(kind)[name]

    def name_of(self, kind: str, pk: int) -> str:
        self._table(kind)
        return self._names[kind][pk]

    def learn(self, kind: str, rows: Iterable[Model]) -> None:
        """Take in rows that were just created."""
        if kind in self._ids:
            for row in rows:
                name = str(row.name)  # type: ignore[attr-defined]
                self._ids[kind][name] = row.pk
                self._names[kind][row.pk] = name

    def _table(self, kind: str) -> dict[str, int]:
        if kind not in self._ids:
            pairs = _NAMED[kind]._default_manager.values_list("name", "pk")
            self._ids[kind] = dict(pairs)
            self._names[kind] = {pk: name for name, pk in self._ids[kind].items()}
        return self._ids[kind]


def _services_with_moving_hosts(entries: Iterable[Entry]) -> set[str]:
    """Name the services whose domains may begin or cease to serve, or change their host."""
    return {
        str(entry.key[0])
        for entry in entries
        if entry.kind == "domain"
        or (entry.kind == "service" and entry.action in ("archive", "restore"))
        or (entry.kind == "service" and "status" in entry.fields)
    }


def _rename(kind: str, entries: Sequence[Entry]) -> None:
    """Rename in two steps, because names are unique at every moment and two may swap."""
    if not entries:
        return
    new_names = {entry.fields["name"][0]: str(entry.key[0]) for entry in entries}
    model = _NAMED[kind]
    rows: list[Any] = list(model._default_manager.filter(name__in=new_names))
    finals = {row.pk: new_names[row.name] for row in rows}
    for row in rows:
        row.name = f"~{row.pk}"
    _upsert(model, rows, ["name"])
    for row in rows:
        row.name = finals[row.pk]
    _upsert(model, rows, ["name"])
    if kind == "service":
        rename_in_usage(new_names)


def rename_in_usage(names: Mapping[str, str]) -> None:
    """Follow renamed services in the lists of users of other services; `names` maps old to new."""
    rows = []
    for service in Service.objects.exclude(usage=[]):
        usage = renamed_usage(service.usage, names)
        if usage != service.usage:
            service.usage = usage
            rows.append(service)
    _upsert(Service, rows, ["usage"])


def _create(kind: str, entries: Sequence[Entry], names: _Names) -> None:
    if not entries:
        return
    model = TABLES[kind].model
    blank = KINDS[kind].blank()
    rows = [
        model(**_columns(kind, entry.key, with_changes(blank, entry.fields), names))
        for entry in entries
    ]
    model._default_manager.bulk_create(rows)
    names.learn(kind, rows)


def _change(kind: str, entries: Sequence[Entry], names: _Names) -> None:
    if not entries:
        return
    rows = _rows(kind, (entry.key for entry in entries), names)
    references = TABLES[kind].references
    changed: set[str] = set()
    for entry in entries:
        row = rows[entry.key]
        fields = {name.partition(".")[0] for name in entry.fields}
        old = {name: getattr(row, name) for name in fields - references.keys()}
        for name, value in with_changes(old, entry.fields).items():
            if name in references:
                value = names.id_of(references[name], value)
            setattr(row, _attribute(kind, name), value)
        changed |= fields
    _upsert(TABLES[kind].model, [rows[entry.key] for entry in entries], sorted(changed))


def _remove(kind: str, entries: Sequence[Entry], names: _Names) -> None:
    if not entries:
        return
    rows = _rows(kind, (entry.key for entry in entries), names)
    for batch in _batches([rows[entry.key].pk for entry in entries]):
        TABLES[kind].model._default_manager.filter(pk__in=batch).delete()


def _mark_archived(kind: str, entries: Sequence[Entry], at: datetime | None) -> None:
    for batch in _batches([entry.key[0] for entry in entries]):
        TABLES[kind].model._default_manager.filter(name__in=batch).update(archived_at=at)


def _rows(kind: str, keys: Iterable[Key], names: _Names) -> dict[Key, Any]:
    """Load the rows that share the first part of their key with one of the keys."""
    table = TABLES[kind]
    if not table.kind.key:
        return {(): table.model._default_manager.get()}
    first = table.kind.key[0]
    found: dict[Key, Any] = {}
    for batch in _batches(sorted({key[0] for key in keys}, key=str)):
        for row in table.model._default_manager.filter(**{f"{table.lookup(first)}__in": batch}):
            found[_key_of(kind, row, names)] = row
    return found


def _key_of(kind: str, row: Model, names: _Names) -> Key:
    table = TABLES[kind]
    return tuple(
        names.name_of(table.references[part], getattr(row, f"{part}_id"))
        if part in table.references
        else getattr(row, part)
        for part in table.kind.key
    )


def _columns(kind: str, key: Key, fields: Fields, names: _Names) -> dict[str, Any]:
    table = TABLES[kind]
    values = {**dict(zip(table.kind.key, key, strict=True)), **fields}
    for column, referred in table.references.items():
        values[f"{column}_id"] = names.id_of(referred, values.pop(column))
    return values


def _attribute(kind: str, column: str) -> str:
    return f"{column}_id" if column in TABLES[kind].references else column


def _upsert(model: type[Model], rows: Sequence[Any], columns: Sequence[str]) -> None:
    """Update rows by inserting over them: many times faster than an UPDATE with a CASE per row."""
    if rows:
        model._default_manager.bulk_create(
            rows, update_conflicts=True, unique_fields=["pk"], update_fields=columns
        )


def _batches(items: Sequence[Any]) -> Iterable[Sequence[Any]]:
    for start in range(0, len(items), ROWS_PER_STATEMENT):
        yield items[start : start + ROWS_PER_STATEMENT]
