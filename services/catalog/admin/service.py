"""Services: their list and their page, everything about one of them in sections."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from services.catalog.actions import archive_services, restore_services
from services.catalog.admin.filters import ArchivedFilter, KindFilter, OwnerFilter
from services.catalog.admin.forms import ServiceForm
from services.catalog.admin.formsets import serving_elsewhere
from services.catalog.admin.inlines import (
    DependencyInline,
    DeploymentInline,
    DomainInline,
    EndpointInline,
    RouteInline,
    VariableInline,
    VariableOverrideInline,
)
from services.catalog.admin.sections import Section
from services.catalog.admin.subject import SubjectAdmin, bulk_edits
from services.catalog.admin.widgets import KnownChoiceSelect
from services.catalog.models import Domain, Service
from services.catalog.names import Status

SECTIONS = (
    Section(
        "identity",
        "Identity",
        "What it is and who answers for it.",
        (
            ("name", "display_name"),
            ("project", "kind"),
            "description",
            ("status", "phase", "owner"),
            ("tags", "aliases"),
        ),
    ),
    Section(
        "where",
        "Where it runs",
        "Host names per environment, and what it answers there.",
        inlines=(DomainInline, EndpointInline, RouteInline),
    ),
    Section(
        "needs",
        "Needs",
        "What it cannot work without, and what others use it for.",
        ("usage",),
        (DependencyInline,),
        rows_first=True,
    ),
    Section(
        "variables",
        "Variables",
        "What it reads from its environment: definitions, never a secret's value.",
        inlines=(VariableInline, VariableOverrideInline),
    ),
    Section(
        "deploy",
        "Build and deploy",
        "Where its code is, and how it becomes a running service.",
        (
            ("repo", "branch"),
            ("language", "framework", "runtime"),
            ("provider", "railway_service"),
            ("type", "version"),
        ),
        (DeploymentInline,),
    ),
    Section(
        "operations",
        "Operations",
        "How it is set up, kept safe and watched: one key: value per line, lists indented below.",
        (
            ("configuration", "backups"),
            ("schema_migrations", "cdn"),
            "observability",
        ),
    ),
    Section("more", "More", "Kept and exported as it is.", ("extra",)),
)


@admin.register(Service)
class ServiceAdmin(SubjectAdmin):
    """The units that are deployed, probed and depended upon."""

    kind = "service"
    form = ServiceForm
    sections = SECTIONS
    archive = staticmethod(archive_services)
    restore = staticmethod(restore_services)
    bulk_edits = bulk_edits("service", archive_services, restore_services)
    list_display = [
        "name_and_kind",
        "project",
        "status_chip",
        "phase_number",
        "owner",
        "last_changed",
    ]
    list_filter = [ArchivedFilter, "status", "phase", KindFilter, "project", OwnerFilter]
    search_fields = [
        "name",
        "display_name",
        "description",
        "aliases",
        "tags",
        "repo",
        "owner",
        "domains__hostname",
        "variables__name",
    ]
    search_help_text = "Name, alias, description, tag, repository, owner, host name or variable"
    autocomplete_fields = ["project"]

    @admin.display(description="Name", ordering="name")
    def name_and_kind(self, row: Service) -> SafeString:
        """Show the name, and what kind of service it is."""
        return format_html('{}<span class="kind">{}</span>', row.name, row.kind)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Select the projects along."""
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.select_related("project")

    def formfield_for_foreignkey(self, db_field: Any, request: Any, **options: Any) -> Any:
        """Search for the project, whose present name is known."""
        if db_field.name == "project":
            options["widget"] = KnownChoiceSelect(db_field, self.admin_site)
        return super().formfield_for_foreignkey(db_field, request, **options)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Save the parts, then warn when the service waits for host names that others serve."""
        super().save_related(request, form, formsets, change)
        service: Service = form.instance
        if service.status == Status.ACTIVE:
            return
        claims = Domain.objects.filter(service=service).values_list("environment_id", "hostname")
        for domain in serving_elsewhere(service, list(claims)):
            messages.warning(
                request,
                f"The host name {domain.hostname} ({domain.environment}) belongs to the active service"
                f" {domain.service} until {service} becomes active in its place.",
            )
