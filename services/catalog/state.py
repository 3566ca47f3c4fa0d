"""Reads the catalog out of the database as a state."""

from collections.abc import Collection
from typing import Any

from django.db.models import Q

from services.catalog.collector import collector_paused
from services.catalog.models import Project, Service, Workspace
from services.catalog.records import KINDS, Fields, Key, State, empty_state, subject_of
from services.catalog.tables import TABLES


def load_state() -> State:
    """Give the whole catalog without what is archived. One query a kind, at any size."""
    state = {kind: _load(kind, _is_archived(kind, archived=False)) for kind in KINDS}
    state["workspace"] = state["workspace"] or {(): KINDS["workspace"].blank()}
    return state


def load_archive() -> State:
    """Give the archived projects and services and everything in them. One query a kind."""
    state = empty_state()
    for kind in KINDS:
        if _owner(kind) != "workspace":
            state[kind] = _load(kind, _is_archived(kind, archived=True))
    return state


def load_subject(kind: str, name: str) -> State:
    """Give one project, service or the workspace and its records; nothing when it is archived."""
    state = empty_state()
    for record_kind in KINDS:
        if _owner(record_kind) != kind:
            continue
        chosen = _is_archived(record_kind, archived=False)
        if kind != "workspace":
            first = TABLES[record_kind].kind.key[0]
            chosen &= Q(**{TABLES[record_kind].lookup(first): name})
        state[record_kind] = _load(record_kind, chosen)
    if kind == "workspace":
        state["workspace"] = state["workspace"] or {(): KINDS["workspace"].blank()}
    return state


def load_projects(names: Collection[str], kinds: Collection[str]) -> State:
    """Give some kinds of record of some projects; those of the workspace whole. One query a kind."""
    paths = {"project": "name__in", "service": "project__name__in"}
    state = empty_state()
    for kind in kinds:
        first = next(iter(TABLES[kind].kind.key), "")
        path = paths.get(kind) or (f"{first}__{paths[first]}" if first in paths else "")
        chosen = Q(**{path: names}) if path else Q()
        state[kind] = _load(kind, chosen & _is_archived(kind, archived=False))
    return state


def archived_names() -> dict[str, set[str]]:
    """Give the names of the archived projects and services. Two queries."""
    return {
        "project": set(
            Project.objects.filter(archived_at__isnull=False).values_list("name", flat=True)
        ),
        "service": set(
            Service.objects.filter(archived_at__isnull=False).values_list("name", flat=True)
        ),
    }


def current_revision() -> int:
    """Give the catalog's revision; 0 before the first write."""
    revisions = Workspace.objects.values_list("revision", flat=True)
    return revisions.first() or 0


def _load(kind: str, chosen: Q) -> dict[Key, Fields]:
    table = TABLES[kind]
    width = len(table.kind.key)
    names = table.columns[width:]
    rows: Any = table.model._default_manager.filter(chosen).order_by("pk")
    with collector_paused():
        return {
            row[:width]: dict(zip(names, row[width:], strict=True))
            for row in rows.values_list(*map(table.lookup, table.columns))
        }


def _owner(kind: str) -> str:
    """Say whose history the records of a kind belong to: a project's, a service's, the workspace's."""
    return subject_of(kind, ("",))[0]


def _is_archived(kind: str, *, archived: bool) -> Q:
    owner = _owner(kind)
    if owner == "workspace":
        return Q()
    path = "archived_at__isnull" if owner == kind else f"{owner}__archived_at__isnull"
    return Q(**{path: not archived})
