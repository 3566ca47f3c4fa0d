"""Writes change sets: one numbered act on the catalog, with what it did to each subject."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User

from prism.core import audit
from prism.core.access import Actor
from services.catalog.changes import Entry, as_row, count_actions
from services.catalog.models import Change, ChangeSet, Workspace

_AUDIT_ACTIONS: Mapping[str, str] = {
    ChangeSet.Kind.MANIFEST: "manifest.apply",
    ChangeSet.Kind.ADMIN: "catalog.edit",
    ChangeSet.Kind.REVERT: "manifest.revert",
}


def lock_workspace() -> Workspace:
    """Give the workspace's row, locked until the transaction ends: writers of the catalog queue here.

    Writes only when the row is missing.
    """
    locked = Workspace.objects.select_for_update()
    workspace = locked.filter(pk=Workspace.SINGLETON_ID).first()
    if workspace is None:
        # a second first writer waits here for the first, then finds its row
        Workspace.objects.bulk_create([Workspace(pk=Workspace.SINGLETON_ID)], ignore_conflicts=True)
        workspace = locked.get(pk=Workspace.SINGLETON_ID)
    return workspace


def record_change_set(
    *,
    workspace: Workspace,
    kind: ChangeSet.Kind,
    entries: Sequence[Entry],
    actor: Actor,
    actor_name: str,
    message: str,
    now: datetime,
    reverts: ChangeSet | None = None,
) -> ChangeSet:
    """Give the locked workspace its next revision and store what was done under it."""
    workspace.revision += 1
    workspace.save(update_fields=["revision"])
    change_set = ChangeSet.objects.create(
        revision=workspace.revision,
        kind=kind,
        created_at=now,
        actor=actor if isinstance(actor, User) else None,
        actor_name=actor_name,
        message=message,
        counts=count_actions(entries),
        reverts=reverts,
    )
    by_subject: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for entry in entries:
        by_subject[entry.subject].append(as_row(entry))
    Change.objects.bulk_create(
        Change(change_set=change_set, subject_kind=kind, subject_name=name, entries=rows)
        for (kind, name), rows in by_subject.items()
    )
    return change_set


def audit_change_set(change_set: ChangeSet, *, actor: Actor) -> None:
    """Write the change set into the audit trail. The last statement of its transaction."""
    audit.record(
        _AUDIT_ACTIONS[change_set.kind],
        actor_name=change_set.actor_name,
        actor=actor,
        target=f"change set {change_set.revision}",
        details={"counts": change_set.counts, "message": change_set.message},
    )
