"""Projects: their list and their page."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from services.catalog.actions import archive_projects, restore_projects
from services.catalog.admin.filters import ArchivedFilter, OwnerFilter
from services.catalog.admin.forms import ProjectForm
from services.catalog.admin.inlines import SharedVariableInline
from services.catalog.admin.sections import Section
from services.catalog.admin.subject import SubjectAdmin, bulk_edits
from services.catalog.models import Project, Service


@admin.register(Project)
class ProjectAdmin(SubjectAdmin):
    """Groups of services."""

    kind = "project"
    form = ProjectForm
    archive = staticmethod(archive_projects)
    restore = staticmethod(restore_projects)
    bulk_edits = bulk_edits("project", archive_projects, restore_projects)
    list_display = [
        "name",
        "status_chip",
        "phase_number",
        "target_date",
        "service_count",
        "owner",
        "last_changed",
    ]
    list_filter = [ArchivedFilter, "status", "phase", OwnerFilter]
    search_fields = ["name", "description", "aliases", "tags", "repo", "owner"]
    search_help_text = "Name, alias, description, tag, repository or owner"
    sections = (
        Section(
            "identity",
            "Identity",
            "What it is and who answers for it.",
            (
                "name",
                "description",
                ("status", "phase", "target_date"),
                "owner",
                ("tags", "aliases"),
            ),
        ),
        Section(
            "variables",
            "Variables",
            "What every service of it inherits: definitions, never a secret's value.",
            inlines=(SharedVariableInline,),
        ),
        Section(
            "deploy",
            "Build and deploy",
            "Where its code and its services live.",
            (("repo", "railway_project"),),
        ),
        Section("more", "More", "Kept and exported as it is.", ("extra",)),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Count the current services of each project."""
        current = Count("services", filter=Q(services__archived_at__isnull=True))
        rows: QuerySet[Any] = super().get_queryset(request)
        counted: QuerySet[Any] = rows.annotate(current_services=current)
        return counted

    @admin.display(description="Services", ordering="current_services")
    def service_count(self, row: Any) -> SafeString:
        """Link the number of services to their list."""
        url = reverse("admin:services_service_changelist")
        return format_html(
            '<a href="{}?project__id__exact={}">{}</a>', url, row.pk, row.current_services
        )

    def goes_along(self, rows: list[Any]) -> list[str]:
        """Name the services of the projects."""
        services = Service.objects.current().filter(project__in=rows).order_by("name")
        return list(services.values_list("name", flat=True))
