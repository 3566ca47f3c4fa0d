"""Filters of the lists: archived rows are hidden until somebody asks, and one can find what nobody owns."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

UNOWNED = "-"


class ArchivedFilter(admin.SimpleListFilter):
    """Current rows by default; archived ones, or all, on request."""

    title = "archived"
    parameter_name = "archived"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer the two other views."""
        return [("yes", "Archived"), ("all", "All")]

    def choices(self, changelist: Any) -> Iterator[Any]:
        """Call the default what it is."""
        for at, choice in enumerate(super().choices(changelist)):
            yield choice if at else {**choice, "display": "Current"}

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Narrow the list."""
        if self.value() == "all":
            return queryset
        return queryset.filter(archived_at__isnull=self.value() != "yes")


class OwnerFilter(admin.SimpleListFilter):
    """The owners there are, and what has none. One query."""

    title = "owner"
    parameter_name = "owner"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer each owner once."""
        rows = model_admin.model._default_manager.exclude(owner="")
        owners = rows.order_by("owner").values_list("owner", flat=True).distinct()
        return [(UNOWNED, "Nobody"), *((owner, owner) for owner in owners)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Narrow the list."""
        if self.value() is None:
            return queryset
        return queryset.filter(owner="" if self.value() == UNOWNED else self.value())


class KindFilter(admin.SimpleListFilter):
    """The kinds of service there are. One query."""

    title = "kind"
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer each kind once."""
        rows = model_admin.model._default_manager.exclude(kind="")
        kinds = rows.order_by("kind").values_list("kind", flat=True).distinct()
        return [(kind, kind) for kind in kinds]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Narrow the list."""
        return queryset if self.value() is None else queryset.filter(kind=self.value())
