"""Archive, restore, and at last delete: what may go, and what would miss it."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from prism.core import audit
from prism.core.access import is_allowed
from services.catalog.actions import HostnameTaken, StillNeeded
from services.catalog.admin.impact import Dependant, dependants_of
from services.catalog.admin.recorded import MESSAGE_FIELD, announce
from services.catalog.models import ChangeSet, Project, Service

if TYPE_CHECKING:
    _AdminBase = admin.ModelAdmin[Any]
else:
    _AdminBase = object

Row = Project | Service


class ArchivingAdmin(_AdminBase):
    """A ModelAdmin whose rows are archived; only a superuser deletes, and only what is archived."""

    archive: Callable[..., ChangeSet | None]
    restore: Callable[..., ChangeSet | None]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Show what is archived without letting it change: it has no history while archived."""
        may_change = super().has_change_permission(request, obj)
        return may_change and (obj is None or obj.archived_at is None)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Leave deleting to superusers, one archived row at a time."""
        is_superuser = bool(getattr(request.user, "is_superuser", False))
        return is_superuser and obj is not None and obj.archived_at is not None

    def has_archive_permission(self, request: HttpRequest) -> bool:
        """Say whether the reader may archive and restore."""
        return is_allowed(request.user, "catalog.archive")

    def get_urls(self) -> list[URLPattern]:
        """Add the page that archives or restores one row."""
        view = self.admin_site.admin_view(self.archive_view)
        name = f"{self.opts.app_label}_{self.opts.model_name}_archive"
        return [path("<int:pk>/archive/", view, name=name), *super().get_urls()]

    def archive_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask, saying what depends on the row; then archive it, or restore it when it is archived."""
        row = get_object_or_404(self.model._default_manager, pk=pk)
        if not self.has_archive_permission(request):
            raise PermissionDenied
        if request.method != "POST":
            return self._archive_page(request, row)
        write = self.archive if row.archived_at is None else self.restore
        try:
            change_set = write(
                names=[row.name],
                actor=request.user,
                now=timezone.now(),
                message=request.POST.get(MESSAGE_FIELD, "").strip(),
            )
        except (HostnameTaken, StillNeeded) as error:
            return self._archive_page(request, row, refusal=str(error), status=409)
        announce(request, change_set)
        opts = self.opts
        return HttpResponseRedirect(
            reverse(f"admin:{opts.app_label}_{opts.model_name}_change", args=[pk])
        )

    def _archive_page(
        self, request: HttpRequest, row: Any, refusal: str = "", status: int = 200
    ) -> HttpResponse:
        verb = "Archive" if row.archived_at is None else "Restore"
        context = {
            **self.admin_site.each_context(request),
            "title": f"{verb} {row}",
            "opts": self.opts,
            "object": row,
            "verb": verb,
            "refusal": refusal,
            "impact": self.impact_of([row]) if verb == "Archive" else [],
            "goes_along": self.goes_along([row]),
        }
        return TemplateResponse(request, "admin/services/archive.html", context, status=status)

    def goes_along(self, rows: list[Any]) -> list[str]:
        """Name the services that are archived together with the rows."""
        return []

    def impact_of(self, rows: list[Any]) -> list[Dependant]:
        """Say which other services need what goes away."""
        return dependants_of([*(row.name for row in rows), *self.goes_along(rows)])

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Say on the confirmation page what depends on the row."""
        row = self.get_object(request, object_id)
        impact = [] if row is None else self.impact_of([row])
        return super().delete_view(request, object_id, {**(extra_context or {}), "impact": impact})

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Delete what is archived for good; it is in no state, so only the audit trail tells of it."""
        obj.delete()
        audit.record(
            "catalog.delete", actor=request.user, target=f"{self.opts.model_name} {obj.name}"
        )
