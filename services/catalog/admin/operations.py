"""What belongs to no single service: environments, workflows, runbooks and migration plans."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest

from prism.core.access import AuthorizedAdmin
from services.catalog.admin.fields import (
    ListField,
    MappingField,
    ProseField,
    UntouchedValues,
)
from services.catalog.admin.formsets import NumberedFormSet
from services.catalog.admin.recorded import RecordedAdmin
from services.catalog.admin.shapes import validate_slug
from services.catalog.models import (
    Environment,
    MigrationPlan,
    MigrationStep,
    Runbook,
    Workflow,
)


class EnvironmentForm(UntouchedValues):
    """An environment."""

    name = forms.CharField(max_length=100, validators=[validate_slug])
    position = forms.IntegerField(
        min_value=0, max_value=1000, label="Order", help_text="Smaller numbers stand first."
    )

    class Meta:
        model = Environment
        fields = ["name", "position"]


@admin.register(Environment)
class EnvironmentAdmin(RecordedAdmin):
    """Places where services run."""

    form = EnvironmentForm
    list_display = ["name", "position", "domain_count"]
    ordering = ["position", "name"]
    search_fields = ["name"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Count the host names."""
        rows: QuerySet[Any] = super().get_queryset(request)
        counted: QuerySet[Any] = rows.annotate(domain_count=Count("domains"))
        return counted

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Keep the name: it is part of the identity of every host name in the environment."""
        return [] if obj is None else ["name"]

    @admin.display(description="Host names", ordering="domain_count")
    def domain_count(self, row: Any) -> int:
        """Show how many host names it has."""
        count: int = row.domain_count
        return count


class WorkflowForm(UntouchedValues):
    """A workflow."""

    name = forms.CharField(max_length=100, validators=[validate_slug])
    triggers = ListField(help_text="One per line: push, pull_request, schedule …")
    branches = ListField()
    paths = ListField(label="Only when these paths change")
    requires = ListField(
        label="Runs after", help_text="Names of workflows that must pass first, one per line."
    )
    extra = MappingField(
        label="Other keys", help_text="What has no field of its own, one key: value per line."
    )

    class Meta:
        model = Workflow
        fields = ["name", "file", "triggers", "branches", "paths", "requires", "extra"]

    def clean_requires(self) -> list[str]:
        """Refuse names of workflows that are not there. One query."""
        names: list[str] = self.cleaned_data["requires"]
        known = set(Workflow.objects.exclude(pk=self.instance.pk).values_list("name", flat=True))
        if missing := [name for name in names if name not in known]:
            raise forms.ValidationError(f"No workflow is called {', '.join(missing)}.")
        return names


@admin.register(Workflow)
class WorkflowAdmin(RecordedAdmin):
    """Continuous integration and deployment."""

    form = WorkflowForm
    list_display = ["name", "file", "trigger_list", "required"]
    ordering = ["name"]
    search_fields = ["name", "file"]

    @admin.display(description="Starts on")
    def trigger_list(self, row: Workflow) -> str:
        """Show the triggers in one line."""
        return ", ".join(row.triggers)

    @admin.display(description="Runs after")
    def required(self, row: Workflow) -> str:
        """Show what must pass first in one line."""
        return ", ".join(row.requires)


class RunbookForm(UntouchedValues):
    """A runbook."""

    category = forms.CharField(max_length=100, validators=[validate_slug])
    name = forms.CharField(max_length=100, validators=[validate_slug])
    steps = ListField(
        rows=10, help_text="One step per line, in order. Indent a line to continue the step above."
    )

    class Meta:
        model = Runbook
        fields = ["category", "name", "steps"]


@admin.register(Runbook)
class RunbookAdmin(RecordedAdmin):
    """What to do by hand, step by step."""

    form = RunbookForm
    list_display = ["name", "category", "step_count"]
    list_filter = ["category"]
    ordering = ["category", "name"]
    search_fields = ["category", "name", "steps"]

    @admin.display(description="Steps")
    def step_count(self, row: Runbook) -> int:
        """Count the steps."""
        return len(row.steps)


class MigrationPlanForm(UntouchedValues):
    """A migration plan."""

    name = forms.CharField(max_length=100, validators=[validate_slug])
    description = ProseField(required=False)
    rollback_plan = ListField(rows=5, label="To go back", help_text="One step per line, in order.")

    class Meta:
        model = MigrationPlan
        fields = ["name", "description", "rollback_plan"]


class MigrationStepForm(UntouchedValues):
    """One step of a migration plan."""

    number = forms.IntegerField(min_value=1, max_value=1000)
    action = ProseField()
    command = ProseField(required=False)

    class Meta:
        model = MigrationStep
        fields = ["number", "action", "command"]

    def validate_constraints(self) -> None:
        """Leave it to the formset, which knows the numbers that two rows swap."""


class MigrationStepInline(AuthorizedAdmin, admin.TabularInline):
    """The steps, in order."""

    model = MigrationStep
    form = MigrationStepForm
    formset = NumberedFormSet
    ordering = ["number"]
    extra = 0


@admin.register(MigrationPlan)
class MigrationPlanAdmin(RecordedAdmin):
    """Planned changes of the platform."""

    form = MigrationPlanForm
    inlines = [MigrationStepInline]
    list_display = ["name", "description", "step_count"]
    ordering = ["name"]
    search_fields = ["name", "description"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Count the steps."""
        rows: QuerySet[Any] = super().get_queryset(request)
        counted: QuerySet[Any] = rows.annotate(step_total=Count("steps"))
        return counted

    @admin.display(description="Steps", ordering="step_total")
    def step_count(self, row: Any) -> int:
        """Show how many steps it has."""
        count: int = row.step_total
        return count
