"""What the pages of projects and services have in common."""

from functools import partial
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from services.catalog.actions import add_tags, remove_tags, set_owner, set_phase
from services.catalog.admin.archiving import ArchivingAdmin
from services.catalog.admin.bulk import (
    BulkAdmin,
    BulkEdit,
    BulkForm,
    OwnerForm,
    PhaseForm,
    TagsForm,
)
from services.catalog.admin.columns import SubjectColumns, with_last_change
from services.catalog.admin.recorded import MESSAGE_FIELD, RecordedAdmin
from services.catalog.admin.sections import SectionedAdmin


def bulk_edits(kind: str, archive: Any, restore: Any) -> tuple[BulkEdit, ...]:
    """Give the bulk edits of projects or of services."""
    return (
        BulkEdit("set_owner", "Set owner", OwnerForm, partial(set_owner, kind=kind)),
        BulkEdit("set_phase", "Set phase", PhaseForm, partial(set_phase, kind=kind)),
        BulkEdit("add_tags", "Add tags", TagsForm, partial(add_tags, kind=kind)),
        BulkEdit("remove_tags", "Remove tags", TagsForm, partial(remove_tags, kind=kind)),
        BulkEdit("archive", "Archive", BulkForm, archive, "archive", is_drastic=True),
        BulkEdit("restore", "Restore", BulkForm, restore, "archive"),
    )


class SubjectAdmin(ArchivingAdmin, BulkAdmin, SectionedAdmin, SubjectColumns, RecordedAdmin):
    """The list and the page of projects or services; `kind` says which."""

    kind: str
    ordering = ["name"]
    list_per_page = 100
    show_facets = admin.ShowFacets.NEVER  # a query for each choice of each filter
    empty_value_display = "—"

    class Media:
        css = {"all": ["css/catalog-admin.css"]}

    def formfield_for_dbfield(self, db_field: Any, request: Any, **options: Any) -> Any:
        """Take the links around a choice away: following one would lose what was typed."""
        field = super().formfield_for_dbfield(db_field, request, **options)
        if field is not None and isinstance(field.widget, RelatedFieldWidgetWrapper):
            field.widget = field.widget.widget
        return field

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Add when each row last changed, where that is shown."""
        rows = super().get_queryset(request)
        match = request.resolver_match
        if (
            match is not None
            and match.url_name == f"{self.opts.app_label}_{self.opts.model_name}_changelist"
        ):
            rows = with_last_change(rows, self.kind)
        return rows

    def get_search_fields(self, request: HttpRequest) -> list[str]:
        """Look for names only in the search box of another page, where one types a name."""
        return ["name", "aliases"] if _is_autocomplete(request) else list(self.search_fields)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Offer only what is current to a search box of another page."""
        if _is_autocomplete(request):
            queryset = queryset.filter(archived_at__isnull=True)
        return super().get_search_results(request, queryset, search_term)

    def subject_of(self, obj: Any) -> tuple[str, str]:
        """File the history under the row's own name."""
        return self.kind, obj.name

    def names_of(self, obj: Any) -> list[str]:
        """Include former names: change sets keep the name of their day."""
        return [obj.name, *obj.aliases]

    def subject_written(
        self, request: HttpRequest, object_id: str | None
    ) -> tuple[str, str] | None:
        """Watch the row under its present name, or the name that a new one will have."""
        rows = self.model._default_manager
        if object_id is not None:
            name = rows.filter(pk=object_id).values_list("name", flat=True).first()
            return (self.kind, name) if name is not None else None
        name = request.POST.get("name", "").strip()
        return None if rows.filter(name=name).exists() else (self.kind, name)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **options: Any
    ) -> HttpResponse:
        """Tell the template whose provenance to show, and where the row is archived."""
        row = context.get("original")
        context["subject_kind"] = self.kind
        context["change_message"] = request.POST.get(MESSAGE_FIELD, "")
        if row is not None and self.has_archive_permission(request):
            name = f"admin:{self.opts.app_label}_{self.opts.model_name}_archive"
            context["archive_url"] = reverse(name, args=[row.pk])
        return super().render_change_form(request, context, *args, **options)

    def save_form(self, request: HttpRequest, form: forms.BaseModelForm, change: bool) -> Any:
        """Say that a former name still finds what was renamed."""
        obj = super().save_form(request, form, change)
        if change and "name" in form.changed_data:
            messages.info(request, f"The former name {form.initial['name']} stays as an alias.")
        return obj


def _is_autocomplete(request: HttpRequest) -> bool:
    match = request.resolver_match
    return match is not None and match.url_name == "autocomplete"
