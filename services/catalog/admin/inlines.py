"""The parts of a service as rows on its page: tables for short rows, folded rows for long ones."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest

from prism.core.access import AuthorizedAdmin
from services.catalog.admin.formsets import (
    DependencyFormSet,
    DomainFormSet,
    OverrideFormSet,
    PartFormSet,
    SharedPartFormSet,
)
from services.catalog.admin.part_forms import (
    DependencyForm,
    DeploymentForm,
    DomainForm,
    EndpointForm,
    RouteForm,
    SharedVariableForm,
    VariableForm,
    VariableOverrideForm,
)
from services.catalog.admin.widgets import KnownChoiceSelect
from services.catalog.models import (
    Dependency,
    DeploymentSettings,
    Domain,
    Endpoint,
    Route,
    SharedVariable,
    Variable,
    VariableOverride,
)

EXTRA_ROWS_LIMIT = 20


class PartInline(AuthorizedAdmin, admin.TabularInline):
    """Rows of a service, without links to add or change what a row points at."""

    formset = PartFormSet
    template = "admin/services/edit_inline/rows.html"

    def get_extra(self, request: HttpRequest, obj: Any = None, **options: Any) -> int:
        """Show empty rows on request; with JavaScript a button adds them one by one."""
        rows = request.GET.get("rows", "")
        return min(int(rows), EXTRA_ROWS_LIMIT) if rows.isascii() and rows.isdecimal() else 0

    def formfield_for_dbfield(
        self, db_field: models.Field, request: Any, **options: Any
    ) -> forms.Field | None:
        """Take the links around a choice away: the page would leave the row behind."""
        field = super().formfield_for_dbfield(db_field, request, **options)
        if field is not None and isinstance(field.widget, RelatedFieldWidgetWrapper):
            field.widget = field.widget.widget
        return field


class FoldedInline(PartInline):
    """Rows that show a summary and open to their fields."""

    template = "admin/services/edit_inline/folded.html"


class DomainInline(PartInline):
    """Host names."""

    model = Domain
    form = DomainForm
    formset = DomainFormSet

    def get_queryset(self, request: HttpRequest) -> QuerySet[Domain]:
        """Order by environment, the main host name first."""
        rows: QuerySet[Domain] = super().get_queryset(request)
        return rows.select_related("environment").order_by(
            "environment__position", "environment__name", "position", "pk"
        )


class EndpointInline(PartInline):
    """Endpoints."""

    model = Endpoint
    form = EndpointForm
    ordering = ["pk"]


class RouteInline(PartInline):
    """Routes."""

    model = Route
    form = RouteForm
    ordering = ["pk"]


class DependencyInline(FoldedInline):
    """Needs of other services."""

    model = Dependency
    form = DependencyForm
    formset = DependencyFormSet
    fk_name = "service"
    verbose_name = "need"
    verbose_name_plural = "needs"
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("role", "alias", "target"),
                    ("type", "version", "connection_variable"),
                    "usage",
                    ("migrations", "models_path"),
                ]
            },
        )
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Dependency]:
        """Select the targets along."""
        rows: QuerySet[Dependency] = super().get_queryset(request)
        return rows.select_related("target").order_by("role", "alias", "pk")

    def formfield_for_foreignkey(
        self, db_field: models.ForeignKey, request: Any, **options: Any
    ) -> forms.ModelChoiceField | None:
        """Search for the target instead of listing a thousand services in every row."""
        if db_field.name == "target":
            options["widget"] = KnownChoiceSelect(db_field, self.admin_site)
        return super().formfield_for_foreignkey(db_field, request, **options)


class VariableInline(FoldedInline):
    """Definitions of environment variables."""

    model = Variable
    form = VariableForm
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("name", "level", "secret"),
                    "description",
                    ("source", "generate"),
                    ("default", "value"),
                    ("example", "format"),
                    "allowed_values",
                ]
            },
        )
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Variable]:
        """Show what is required first."""
        rows: QuerySet[Variable] = super().get_queryset(request)
        rank = models.Case(
            *(models.When(level=level, then=models.Value(at)) for at, level in enumerate(LEVELS)),
            default=models.Value(len(LEVELS)),
        )
        return rows.order_by(rank, "name", "pk")


LEVELS = ("required", "important", "optional", "exported")


class SharedVariableInline(VariableInline):
    """Definitions that every service of a project inherits."""

    model = SharedVariable  # type: ignore[assignment]
    form = SharedVariableForm
    formset = SharedPartFormSet
    verbose_name = "shared variable"
    verbose_name_plural = "shared variables"


class VariableOverrideInline(PartInline):
    """What is different of variables in one environment."""

    model = VariableOverride
    form = VariableOverrideForm
    formset = OverrideFormSet
    ordering = ["environment", "name", "pk"]
    verbose_name = "difference in one environment"
    verbose_name_plural = "differences in one environment"


class DeploymentInline(AuthorizedAdmin, admin.StackedInline):
    """The deployment settings: one form, always open."""

    model = DeploymentSettings
    form = DeploymentForm
    template = "admin/services/edit_inline/single.html"
    verbose_name_plural = "how it is built and started"
    max_num = 1
    can_delete = False
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("platform", "root_directory"),
                    ("dockerfile", "build_context"),
                    ("source", "output_dir"),
                    "build_command",
                    "pre_deploy_command",
                    "start_command",
                    ("port", "replicas", "restart_policy"),
                    ("healthcheck_path", "healthcheck_timeout_s", "cron_schedule"),
                    "watch_paths",
                    "extra",
                ]
            },
        )
    ]
