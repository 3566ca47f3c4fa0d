"""The workspace itself, and the manifest sections that are kept whole."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from services.catalog.admin.fields import UntouchedValues, ValueField
from services.catalog.admin.recorded import RecordedAdmin
from services.catalog.lines import write_value
from services.catalog.models import Section, Workspace


class WorkspaceForm(UntouchedValues):
    """The facts about the company."""

    class Meta:
        model = Workspace
        fields = ["name", "operator", "control_plane_repo", "manifest_version", "last_updated"]


@admin.register(Workspace)
class WorkspaceAdmin(RecordedAdmin):
    """One row: there is nothing to list, add or delete."""

    form = WorkspaceForm

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Go to the one row, made when it is missing."""
        Workspace.objects.get_or_create(pk=Workspace.SINGLETON_ID)
        return HttpResponseRedirect(
            reverse("admin:services_workspace_change", args=[Workspace.SINGLETON_ID])
        )


class SectionForm(UntouchedValues):
    """A part of the manifest."""

    name = forms.CharField(max_length=200, help_text="Its path in the manifest, with dots.")
    value = ValueField(rows=20)

    class Meta:
        model = Section
        fields = ["name", "value"]


@admin.register(Section)
class SectionAdmin(RecordedAdmin):
    """Parts of the manifest that have no page of their own."""

    form = SectionForm
    list_display = ["name", "beginning"]
    ordering = ["name"]
    search_fields = ["name"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Keep the name: it says where the section stands in the manifest."""
        return [] if obj is None else ["name"]

    @admin.display(description="Says")
    def beginning(self, row: Section) -> str:
        """Show the first line."""
        first, rest, _ = write_value(row.value).partition("\n")
        return f"{first} …" if rest else first
