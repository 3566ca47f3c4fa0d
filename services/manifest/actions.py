"""What people do with manifests: plan one, apply the plan, revert a change set."""

from datetime import datetime

from django.db import transaction

from prism.core.access import Actor
from services.catalog.collector import collector_paused
from services.catalog.models import Change, ChangeSet, ManifestDocument
from services.catalog.recording import audit_change_set, lock_workspace, record_change_set
from services.catalog.records import Key, State, empty_state
from services.catalog.state import archived_names, current_revision, load_archive, load_state
from services.catalog.writing import HostnameTaken, write_entries
from services.manifest.documents import (
    current_document,
    is_flat,
    stated_by,
    store_document,
)
from services.manifest.merge import Catalog
from services.manifest.plan import Plan, make_plan
from services.manifest.problems import ManifestInvalid
from services.manifest.reader import Manifest, read_manifest
from services.manifest.revert import (
    AlreadyReverted,
    ChangeSetUnknown,
    RevertConflict,
    revert_change_set,
)

__all__ = [
    "AlreadyReverted",
    "CatalogMoved",
    "ChangeSetUnknown",
    "HostnameTaken",
    "PruneRefused",
    "RevertConflict",
    "apply_plan",
    "plan_manifest",
    "revert_change_set",
]


class CatalogMoved(Exception):
    """The catalog changed after the plan was made; plan again."""

    def __init__(self, planned_revision: int, current_revision: int) -> None:
        self.planned_revision, self.current_revision = planned_revision, current_revision
        super().__init__(
            f"the plan was made against revision {planned_revision} of the catalog,"
            f" which is at {current_revision} now: plan again"
        )


class PruneRefused(Exception):
    """The prune would take away more than a manifest is trusted with."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"refused to prune: {reason}")


def plan_manifest(text: str | bytes, *, file_name: str, prune: bool = False) -> Plan:
    """Say what applying the text would do. Writes nothing; a constant number of queries.

    Raises ManifestInvalid with every problem of the file.
    """
    with collector_paused():
        return plan_read_manifest(read_manifest(text, file_name=file_name), prune=prune)


def plan_read_manifest(manifest: Manifest, *, prune: bool = False) -> Plan:
    """Say what applying a manifest that was read already would do."""
    # the revision first: when somebody writes meanwhile, the plan is refused rather than wrong
    revision = current_revision()
    document = current_document()
    catalog = Catalog(
        revision=revision,
        state=load_state(),
        archive=_archive_if_any(),
        stated=stated_by(document),
        edits=_edits_since(document),
        document_sha256=document.sha256 if document else "",
        document_is_flat=document is not None and is_flat(document),
    )
    return make_plan(manifest, catalog, prune=prune)


def apply_plan(
    plan: Plan,
    *,
    actor: Actor,
    actor_name: str,
    message: str,
    now: datetime,
    force_prune: bool = False,
) -> ChangeSet | None:
    """Carry out a plan in one transaction; None, and no row written, when there is nothing to do.

    A text that states the same in other words, with other comments, gives a change set without
    entries: the text is kept, the catalog is not touched. Raises CatalogMoved, PruneRefused (unless
    forced), and ManifestInvalid for a plan with problems; nothing is written then.
    """
    if plan.problems:
        raise ManifestInvalid(plan.problems)
    if plan.prune_refusal and not force_prune:
        raise PruneRefused(plan.prune_refusal)
    if plan.is_empty and current_revision() == plan.base_revision:
        return None
    with transaction.atomic():
        workspace = lock_workspace()
        if workspace.revision != plan.base_revision:
            raise CatalogMoved(plan.base_revision, workspace.revision)
        write_entries(plan.entries, now=now)
        change_set = record_change_set(
            workspace=workspace,
            kind=ChangeSet.Kind.MANIFEST,
            entries=plan.entries,
            actor=actor,
            actor_name=actor_name,
            message=message,
            now=now,
        )
        if plan.replaces_text:
            store_document(change_set, plan.manifest)
        audit_change_set(change_set, actor=actor)
        return change_set


def _archive_if_any() -> State:
    names = archived_names()
    return load_archive() if names["project"] or names["service"] else empty_state()


def _edits_since(document: ManifestDocument | None) -> dict[tuple[str, Key, str], str]:
    """Tell who changed which field by hand since the document was applied."""
    changes = Change.objects.filter(change_set__kind=ChangeSet.Kind.ADMIN)
    if document is not None:
        changes = changes.filter(change_set__revision__gt=document.change_set.revision)
    edits: dict[tuple[str, Key, str], str] = {}
    for change in changes.select_related("change_set").order_by("change_set__revision"):
        made = change.change_set
        label = f"edit by {made.actor_name} on {made.created_at:%Y-%m-%d}"
        for row in change.entries:
            for name in row["fields"]:
                edits[row["model"], tuple(row["key"]), name] = label
    return edits
