"""Writes to the catalog by people: edits in the admin, and the bulk actions of its lists."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.db import models, transaction

from prism.core.access import Actor
from services.catalog.changes import Action, Entry, is_same
from services.catalog.editing import (
    SUBJECT_MODELS,
    ArchivedIsReadOnly,
    Edit,
    SecretHasValue,
    StillNeeded,
    record_by_hand,
    record_edit,
    refuse_dangling,
)
from services.catalog.models import ChangeSet, Project, Service, Workspace
from services.catalog.recording import lock_workspace
from services.catalog.writing import HostnameTaken, write_entries

__all__ = [
    "ArchivedIsReadOnly",
    "Edit",
    "HostnameTaken",
    "SecretHasValue",
    "StillNeeded",
    "add_tags",
    "archive_projects",
    "archive_services",
    "record_edit",
    "remove_tags",
    "restore_projects",
    "restore_services",
    "set_owner",
    "set_phase",
    "set_status",
]


def archive_services(
    *, names: Sequence[str], actor: Actor, now: datetime, message: str = ""
) -> ChangeSet | None:
    """Archive services with all they own; raise StillNeeded when others depend on them."""
    with transaction.atomic():
        workspace = lock_workspace()
        rows = Service.objects.current().filter(name__in=names).order_by("name")
        entries = _entries("archive", "service", rows)
        refuse_dangling(archived=[entry.name for entry in entries])
        return _carry_out(workspace, entries, actor=actor, message=message, now=now)


def archive_projects(
    *, names: Sequence[str], actor: Actor, now: datetime, message: str = ""
) -> ChangeSet | None:
    """Archive projects with their services; raise StillNeeded when other services depend on those."""
    with transaction.atomic():
        workspace = lock_workspace()
        projects = Project.objects.current().filter(name__in=names).order_by("name")
        services = Service.objects.current().filter(project__in=projects).order_by("name")
        entries = _entries("archive", "service", services)
        refuse_dangling(archived=[entry.name for entry in entries])
        entries += _entries("archive", "project", projects)
        return _carry_out(workspace, entries, actor=actor, message=message, now=now)


def restore_services(
    *, names: Sequence[str], actor: Actor, now: datetime, message: str = ""
) -> ChangeSet | None:
    """Bring archived services back as they were, and their projects where those are archived.

    Raises StillNeeded when they depend on services that stay archived, HostnameTaken when an
    active service has one of their host names now.
    """
    with transaction.atomic():
        workspace = lock_workspace()
        services = Service.objects.filter(name__in=names, archived_at__isnull=False)
        projects = Project.objects.filter(services__in=services, archived_at__isnull=False)
        entries = _entries("restore", "project", projects.distinct().order_by("name"))
        entries += _entries("restore", "service", services.order_by("name"))
        return _carry_out(workspace, entries, actor=actor, message=message, now=now)


def restore_projects(
    *, names: Sequence[str], actor: Actor, now: datetime, message: str = ""
) -> ChangeSet | None:
    """Bring archived projects back, with the services that were archived at the same moment.

    Raises what `restore_services` raises.
    """
    with transaction.atomic():
        workspace = lock_workspace()
        projects = Project.objects.filter(name__in=names, archived_at__isnull=False)
        together = Service.objects.filter(
            project__in=projects, archived_at=models.F("project__archived_at")
        )
        entries = _entries("restore", "project", projects.order_by("name"))
        entries += _entries("restore", "service", together.order_by("name"))
        return _carry_out(workspace, entries, actor=actor, message=message, now=now)


def set_owner(
    *, kind: str, names: Sequence[str], owner: str, actor: Actor, now: datetime, message: str = ""
) -> ChangeSet | None:
    """Give projects or services one owner."""
    return _set(kind, names, "owner", lambda _: owner, actor=actor, message=message, now=now)


def set_phase(
    *,
    kind: str,
    names: Sequence[str],
    phase: int | None,
    actor: Actor,
    now: datetime,
    message: str = "",
) -> ChangeSet | None:
    """Put projects or services in one phase."""
    return _set(kind, names, "phase", lambda _: phase, actor=actor, message=message, now=now)


def set_status(
    *, kind: str, names: Sequence[str], status: str, actor: Actor, now: datetime, message: str = ""
) -> ChangeSet | None:
    """Give projects or services one status; raise HostnameTaken when two would serve one host."""
    return _set(kind, names, "status", lambda _: status, actor=actor, message=message, now=now)


def add_tags(
    *,
    kind: str,
    names: Sequence[str],
    tags: Sequence[str],
    actor: Actor,
    now: datetime,
    message: str = "",
) -> ChangeSet | None:
    """Add tags to projects or services, after those they have."""

    def added(old: list[str]) -> list[str]:
        return [*old, *(tag for tag in dict.fromkeys(tags) if tag not in old)]

    return _set(kind, names, "tags", added, actor=actor, message=message, now=now)


def remove_tags(
    *,
    kind: str,
    names: Sequence[str],
    tags: Sequence[str],
    actor: Actor,
    now: datetime,
    message: str = "",
) -> ChangeSet | None:
    """Take tags away from projects or services."""

    def kept(old: list[str]) -> list[str]:
        return [tag for tag in old if tag not in tags]

    return _set(kind, names, "tags", kept, actor=actor, message=message, now=now)


def _set(
    kind: str,
    names: Sequence[str],
    field: str,
    new_value: Callable[[Any], Any],
    *,
    actor: Actor,
    message: str,
    now: datetime,
) -> ChangeSet | None:
    """Change one field of many current projects or services; None when all had the value already."""
    with transaction.atomic():
        workspace = lock_workspace()
        rows = SUBJECT_MODELS[kind].objects.filter(name__in=names, archived_at__isnull=True)
        pairs = [
            (name, old, new_value(old))
            for name, old in rows.order_by("name").values_list("name", field)
        ]
        entries = [
            Entry("change", kind, (name,), {field: (old, new)})
            for name, old, new in pairs
            if not is_same(old, new)
        ]
        return _carry_out(workspace, entries, actor=actor, message=message, now=now)


def _carry_out(
    workspace: Workspace, entries: Sequence[Entry], *, actor: Actor, message: str, now: datetime
) -> ChangeSet | None:
    if not entries:
        return None
    write_entries(entries, now=now)
    if any(entry.action == "restore" for entry in entries):
        refuse_dangling(restored=[entry.name for entry in entries if entry.kind == "service"])
    return record_by_hand(workspace, entries, actor=actor, message=message, now=now)


def _entries(action: Action, kind: str, rows: models.QuerySet[Any]) -> list[Entry]:
    return [Entry(action, kind, (name,), {}) for name in rows.values_list("name", flat=True)]
