"""Columns that the lists of projects and services share: chips, and when something last changed."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar

from django.contrib import admin
from django.db.models import Model, OuterRef, QuerySet, Subquery
from django.utils.html import format_html
from django.utils.safestring import SafeString

from services.catalog.models import Change
from services.catalog.names import Status

Row = TypeVar("Row", bound=Model)

# Which of the shell's chips a status wears; the word itself is always shown too.
STATUS_CHIPS: Mapping[str, str] = {
    Status.ACTIVE: "up",
    Status.DEVELOPMENT: "degraded",
    Status.PLANNED: "planned",
    Status.RESEARCH: "unknown",
}


def chip(css_class: str, word: str) -> SafeString:
    """Give a word as a chip."""
    return format_html('<span class="chip {}">{}</span>', css_class, word)


def with_last_change(rows: QuerySet[Row], subject_kind: str) -> QuerySet[Row]:
    """Annotate each row with `changed_at`, when the catalog last recorded a change of it."""
    latest = Change.objects.filter(
        subject_kind=subject_kind, subject_name=OuterRef("name")
    ).order_by("-change_set")
    annotated: Any = rows.annotate(changed_at=Subquery(latest.values("change_set__created_at")[:1]))
    return annotated  # type: ignore[no-any-return]


class SubjectColumns:
    """The columns of projects and services alike."""

    @admin.display(description="Status", ordering="status")
    def status_chip(self, row: Any) -> SafeString:
        """Show the status, or that the row is archived."""
        if row.archived_at is not None:
            return chip("none", "archived")
        return chip(STATUS_CHIPS.get(row.status, "unknown"), row.status)

    @admin.display(description="Phase", ordering="phase")
    def phase_number(self, row: Any) -> str | None:
        """Show the phase as a number."""
        return None if row.phase is None else str(row.phase)

    @admin.display(description="Changed", ordering="changed_at")
    def last_changed(self, row: Any) -> SafeString | None:
        """Show the day on which the last change set touched the row; hovering tells the minute."""
        at: datetime | None = row.changed_at
        if at is None:
            return None
        return format_html(
            '<time datetime="{}" title="{} UTC">{}</time>',
            at.isoformat(),
            f"{at:%Y-%m-%d %H:%M}",
            f"{at:%Y-%m-%d}",
        )
