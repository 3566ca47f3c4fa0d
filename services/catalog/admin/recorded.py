"""A ModelAdmin whose every write is a change set, and whose history page shows them."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils import timezone

from prism.core.access import AuthorizedAdmin
from services.catalog.actions import (
    ArchivedIsReadOnly,
    HostnameTaken,
    SecretHasValue,
    StillNeeded,
    record_edit,
)
from services.catalog.changes import from_row
from services.catalog.entries_text import show_entry
from services.catalog.models import Change, ChangeSet

CHANGES_PER_PAGE = 50
MESSAGE_FIELD = "change_message"


def announce(request: HttpRequest, change_set: ChangeSet | None) -> None:
    """Tell the reader under which number the edit is in the history, when it is."""
    if change_set is None:
        return
    number = f"#{change_set.revision}"
    messages.info(request, f"Recorded as change set {number}.")


class RecordedAdmin(AuthorizedAdmin, admin.ModelAdmin):
    """Records what its pages write as changes of the workspace, or of what `subject_of` names."""

    save_on_top = False
    show_full_result_count = False
    delete_confirmation_template = "admin/services/delete_confirmation.html"

    def subject_of(self, obj: Model) -> tuple[str, str]:
        """Name the project, service or workspace whose history the object belongs to."""
        return "workspace", ""

    def names_of(self, obj: Model) -> list[str]:
        """Give every name under which the object's history may be filed."""
        return [self.subject_of(obj)[1]]

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """Save inside one recorded edit; an edit that changed nothing records nothing."""
        if request.method != "POST":
            return super().changeform_view(request, object_id, form_url, extra_context)
        message = request.POST.get(MESSAGE_FIELD, "").strip()
        try:
            with record_edit(actor=request.user, message=message, now=timezone.now()) as edit:
                if subject := self.subject_written(request, object_id):
                    edit.watch(*subject)
                response = super().changeform_view(request, object_id, form_url, extra_context)
        except (ArchivedIsReadOnly, HostnameTaken, SecretHasValue, StillNeeded) as error:
            messages.error(request, f"Nothing was saved: {error}.")
            return HttpResponseRedirect(request.get_full_path())
        announce(request, edit.change_set)
        return response

    def subject_written(
        self, request: HttpRequest, object_id: str | None
    ) -> tuple[str, str] | None:
        """Name the subject that saving the posted form changes; None when the form cannot be valid."""
        return "workspace", ""

    def delete_model(self, request: HttpRequest, obj: Model) -> None:
        """Delete inside a recorded edit."""
        with record_edit(actor=request.user, now=timezone.now()) as edit:
            edit.watch(*self.subject_of(obj))
            super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Delete the chosen rows inside one recorded edit."""
        with record_edit(actor=request.user, now=timezone.now()) as edit:
            for subject in {self.subject_of(obj) for obj in queryset}:
                edit.watch(*subject)
            super().delete_queryset(request, queryset)

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Write no second log: the change set is the record."""

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Write no second log: the change set is the record."""

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        """Write no second log: the change set is the record."""

    def history_view(
        self,
        request: HttpRequest,
        object_id: str,
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show the change sets that touched the object's subject, newest first."""
        obj = self.get_object(request, object_id)
        if obj is None:
            raise Http404(f"There is no {self.opts.verbose_name} {object_id}.")
        if not self.has_view_permission(request, obj):
            raise PermissionDenied
        page = Paginator(self._changes_of(obj), CHANGES_PER_PAGE).get_page(request.GET.get("page"))
        context = {
            **self.admin_site.each_context(request),
            "title": f"History: {obj}",
            "object": obj,
            "opts": self.opts,
            "module_name": str(self.opts.verbose_name_plural),
            "page": page,
            "changes": [
                (change.change_set, [show_entry(from_row(row)) for row in change.entries])
                for change in page
            ],
            **(extra_context or {}),
        }
        return TemplateResponse(request, "admin/services/object_history.html", context)

    def _changes_of(self, obj: Model) -> QuerySet[Change]:
        changes = Change.objects.filter(
            subject_kind=self.subject_of(obj)[0], subject_name__in=self.names_of(obj)
        )
        return changes.select_related("change_set").order_by("-change_set__revision", "pk")
