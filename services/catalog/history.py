"""Reads what change sets did to one project or service, a line for each."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.catalog.change_words import describe_entries
from services.catalog.models import Change, ChangeSet

NEWEST_CHANGES = 8


@dataclass(frozen=True, slots=True)
class Touched:
    """One change set that touched a subject, and what it did to it."""

    change_set: ChangeSet
    summary: str


def load_history(kind: str, names: Sequence[str]) -> list[Touched]:
    """Give the newest change sets that touched a subject under any of its names. One query."""
    changes = (
        Change.objects.filter(subject_kind=kind, subject_name__in=names)
        .select_related("change_set")
        .order_by("-change_set__revision", "pk")[:NEWEST_CHANGES]
    )
    return [Touched(change.change_set, describe_entries(change.entries)) for change in changes]
