"""Takes one change set back, as a new change set."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from prism.core.access import Actor
from services.catalog.changes import Entry, from_row
from services.catalog.models import Change, ChangeSet
from services.catalog.recording import audit_change_set, lock_workspace, record_change_set
from services.catalog.state import load_archive, load_state
from services.catalog.writing import write_entries
from services.manifest.documents import documents_around, make_current
from services.manifest.undo import Conflict, standing, undo


class ChangeSetUnknown(Exception):
    """There is no change set of this revision."""

    def __init__(self, revision: int) -> None:
        self.revision = revision
        super().__init__(f"there is no change set #{revision}")


class AlreadyReverted(Exception):
    """The change set was taken back before; reverting that revert brings it back."""

    def __init__(self, revision: int, by_revision: int) -> None:
        self.revision, self.by_revision = revision, by_revision
        super().__init__(f"change set #{revision} was reverted by #{by_revision} already")


class RevertConflict(Exception):
    """Later changes stand in the way; each conflict names their revisions."""

    def __init__(self, revision: int, conflicts: Sequence[Conflict]) -> None:
        self.revision, self.conflicts = revision, tuple(conflicts)
        self.revisions = tuple(sorted({later for c in conflicts for later in c.revisions}))
        listed = "\n".join(map(str, conflicts))
        super().__init__(f"change set #{revision} cannot be reverted:\n{listed}")


def revert_change_set(
    revision: int, *, actor: Actor, actor_name: str, message: str, now: datetime
) -> ChangeSet:
    """Undo one change set exactly, and return to the document that was current before it.

    The document stays when a later one replaced it. Where the former value of a secret cannot be
    restored, the new change set's message says so. Raises ChangeSetUnknown, AlreadyReverted,
    RevertConflict, and HostnameTaken; nothing is written then.
    """
    with transaction.atomic():
        workspace = lock_workspace()
        change_set = ChangeSet.objects.filter(revision=revision).first()
        if change_set is None:
            raise ChangeSetUnknown(revision)
        by_revision = ChangeSet.objects.filter(reverts=change_set).values_list(
            "revision", flat=True
        )
        if (earlier := by_revision.first()) is not None:
            raise AlreadyReverted(revision, earlier)
        undone = undo(load_state(), load_archive(), *_entries_from(change_set))
        if undone.conflicts:
            raise RevertConflict(revision, undone.conflicts)
        write_entries(undone.entries, now=now)
        revert = record_change_set(
            workspace=workspace,
            kind=ChangeSet.Kind.REVERT,
            entries=undone.entries,
            actor=actor,
            actor_name=actor_name,
            message=_with_losses(message, undone.lost),
            now=now,
            reverts=change_set,
        )
        _return_to_document_before(change_set)
        audit_change_set(revert, actor=actor)
        return revert


def _entries_from(change_set: ChangeSet) -> tuple[list[Entry], dict[int, list[Entry]]]:
    """Give the change set's entries, and those of the later ones that still stand."""
    since = ChangeSet.objects.filter(revision__gt=change_set.revision)
    stand = standing(since.values_list("revision", "reverts__revision"))
    own: list[Entry] = []
    later: dict[int, list[Entry]] = {}
    changes = Change.objects.filter(change_set__revision__gte=change_set.revision)
    for revision, rows in changes.order_by("pk").values_list("change_set__revision", "entries"):
        if revision == change_set.revision:
            own += map(from_row, rows)
        elif revision in stand:
            later.setdefault(revision, []).extend(map(from_row, rows))
    return own, later


def _return_to_document_before(change_set: ChangeSet) -> None:
    before, after = documents_around(change_set)
    if before != after:
        make_current(before, instead_of=after)


def _with_losses(message: str, lost: Sequence[str]) -> str:
    if not lost:
        return message
    note = f"Not restored, because it was not kept when it became a secret: {', '.join(lost)}."
    return f"{message}\n{note}" if message else note
