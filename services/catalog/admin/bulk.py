"""Bulk actions that ask for a value first: one page between the list and the change."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from services.catalog.actions import HostnameTaken, StillNeeded
from services.catalog.admin.fields import ListField
from services.catalog.admin.recorded import announce
from services.catalog.models import ChangeSet
from services.catalog.models.project import PHASE_CHOICES

if TYPE_CHECKING:
    _AdminBase = admin.ModelAdmin[Any]
else:
    _AdminBase = object


class BulkForm(forms.Form):
    """Which rows, and why; subclasses add the value."""

    ids = forms.CharField(widget=forms.HiddenInput)
    change_message = forms.CharField(
        required=False, label="Why?", help_text="Shown in the history; may stay empty."
    )

    def clean_ids(self) -> list[int]:
        """Read the primary keys, which travel as one field however many they are."""
        words = self.cleaned_data["ids"].split(",")
        if not all(word.isascii() and word.isdecimal() for word in words):
            raise forms.ValidationError("Choose the rows again.", code="ids")
        return [int(word) for word in words]


class OwnerForm(BulkForm):
    """The new owner."""

    owner = forms.CharField(
        max_length=200, required=False, help_text="A team or a person; empty takes the owner away."
    )
    field_order = ["owner"]


class PhaseForm(BulkForm):
    """The new phase."""

    phase = forms.TypedChoiceField(
        choices=[("", "No phase"), *PHASE_CHOICES], coerce=int, empty_value=None, required=False
    )
    field_order = ["phase"]


class TagsForm(BulkForm):
    """The tags to add or to remove."""

    tags = ListField(required=True, help_text="One per line.")
    field_order = ["tags"]


@dataclass(frozen=True, slots=True)
class BulkEdit:
    """One bulk action: its word in URLs, its label, what it asks and what it does.

    `write` is a function of services.catalog.actions; what the form asks are its other arguments.
    `permission` is the ModelAdmin's word for who may.
    """

    name: str
    label: str
    form: type[BulkForm]
    write: Callable[..., ChangeSet | None]
    permission: Literal["change", "archive"] = "change"
    is_drastic: bool = False


class BulkAdmin(_AdminBase):
    """A ModelAdmin with bulk edits beside Django's own actions."""

    bulk_edits: tuple[BulkEdit, ...] = ()

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.actions = [self._action_of(edit) for edit in self.bulk_edits]

    def _action_of(self, edit: BulkEdit) -> Callable[..., HttpResponse]:
        """Make what Django's list offers and calls; it is not offered without the permission."""

        def ask(model_admin: BulkAdmin, request: HttpRequest, rows: QuerySet[Any]) -> HttpResponse:
            return model_admin._ask(edit, request, rows)

        ask.__name__ = edit.name
        return admin.action(description=edit.label, permissions=[edit.permission])(ask)

    def get_urls(self) -> list[URLPattern]:
        """Give each bulk edit its own address, so that any number of rows fits in one field."""
        own = [
            path(
                f"bulk/{edit.name}/",
                self.admin_site.admin_view(partial(self._bulk_view, edit)),
                name=self._bulk_url_name(edit),
            )
            for edit in self.bulk_edits
        ]
        return [*own, *super().get_urls()]

    def _bulk_url_name(self, edit: BulkEdit) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_{edit.name}"

    def _ask(self, edit: BulkEdit, request: HttpRequest, rows: QuerySet[Any]) -> HttpResponse:
        """Show the page that asks for the value."""
        ids = list(rows.order_by("name").values_list("pk", flat=True))
        form = edit.form(initial={"ids": ",".join(map(str, ids))})
        return self._bulk_page(request, edit, form, ids)

    def _bulk_view(self, edit: BulkEdit, request: HttpRequest) -> HttpResponse:
        """Do the edit, or ask again."""
        changelist = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")
        if request.method != "POST":
            return HttpResponseRedirect(changelist)
        if not getattr(self, f"has_{edit.permission}_permission")(request):
            raise PermissionDenied
        form = edit.form(request.POST)
        if not form.is_valid():
            ids = form.cleaned_data.get("ids", [])
            return self._bulk_page(request, edit, form, ids, status=400)
        values = dict(form.cleaned_data)
        ids, message = values.pop("ids"), values.pop("change_message")
        rows = self.model._default_manager.filter(pk__in=ids)
        try:
            change_set = edit.write(
                names=list(rows.values_list("name", flat=True)),
                actor=request.user,
                now=timezone.now(),
                message=message,
                **values,
            )
        except (HostnameTaken, StillNeeded) as error:
            form.add_error(None, f"Nothing was changed: {error}.")
            return self._bulk_page(request, edit, form, ids, status=409)
        announce(request, change_set)
        return HttpResponseRedirect(changelist)

    def _bulk_page(
        self,
        request: HttpRequest,
        edit: BulkEdit,
        form: BulkForm,
        ids: list[int],
        status: int = 200,
    ) -> HttpResponse:
        rows = list(self.model._default_manager.filter(pk__in=ids).order_by("name", "pk"))
        context = {
            **self.admin_site.each_context(request),
            "title": edit.label,
            "opts": self.opts,
            "edit": edit,
            "form": form,
            "rows": rows,
            "post_url": reverse(f"admin:{self._bulk_url_name(edit)}"),
            "impact": self.impact_of(rows) if edit.is_drastic else None,
        }
        return TemplateResponse(request, "admin/services/bulk_edit.html", context, status=status)

    def impact_of(self, rows: list[Any]) -> Any:
        """Say what else is touched when the rows go away; subclasses know."""
        return None
