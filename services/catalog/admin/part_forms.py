"""The forms of a service's parts: one row of an inline each."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from services.catalog.admin.fields import ListField, MappingField, ProseField, UntouchedValues
from services.catalog.admin.shapes import (
    clean_hostname,
    validate_cron,
    validate_port,
    validate_url_path,
    validate_variable_name,
)
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

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "ANY")


@dataclass(frozen=True, slots=True)
class RowSummary:
    """What a folded row shows of itself; `chips` are words such as a level."""

    title: str
    chips: tuple[str, ...] = ()
    note: str = ""


class DomainForm(UntouchedValues):
    """One host name of a service in one environment."""

    hostname = forms.CharField(
        max_length=300, widget=forms.TextInput(attrs={"placeholder": "api.example.com"})
    )
    position = forms.IntegerField(
        required=False,
        min_value=0,
        max_value=1000,
        label="Order",
        help_text="0 = main",
    )

    class Meta:
        model = Domain
        fields = ["environment", "hostname", "position"]

    def clean_hostname(self) -> str:
        """Normalise case and the final dot."""
        return clean_hostname(self.cleaned_data["hostname"])

    def validate_constraints(self) -> None:
        """Leave it to the formset, which knows the numbers that two rows swap."""


class EndpointForm(UntouchedValues):
    """One endpoint of a service."""

    method = forms.CharField(max_length=10, initial="GET")
    path = forms.CharField(max_length=512, validators=[validate_url_path])
    description = forms.CharField(required=False)

    class Meta:
        model = Endpoint
        fields = ["method", "path", "description"]

    def clean_method(self) -> str:
        """Write the method in capital letters, and refuse what HTTP has not."""
        method = str(self.cleaned_data["method"]).upper()
        if method not in METHODS:
            raise ValidationError(f"One of {', '.join(METHODS)}.", code="method")
        return method


class RouteForm(UntouchedValues):
    """One route of a service."""

    path = forms.CharField(max_length=512, validators=[validate_url_path])

    class Meta:
        model = Route
        fields = ["path", "serves", "type", "status"]


class DependencyForm(UntouchedValues):
    """One need of a service."""

    connection_variable = forms.CharField(
        max_length=128, required=False, validators=[validate_variable_name]
    )
    usage = ListField(label="Used for")

    class Meta:
        model = Dependency
        exclude = ["service"]
        labels = {"target": "Service", "models_path": "Path of the models"}

    @property
    def record(self) -> tuple[str, str]:
        """Name the record, as the provenance files it."""
        row: Dependency = self.instance
        return "dependency", f"{row.service.name}/{row.role}/{row.alias}"

    @property
    def summary(self) -> RowSummary:
        """Say who is needed as what; the row was selected together with its target."""
        row: Dependency = self.instance
        return RowSummary(row.alias, (row.role,), row.target.name if row.target_id else "")


class VariableForm(UntouchedValues):
    """The definition of one variable."""

    name = forms.CharField(max_length=128, validators=[validate_variable_name])
    description = ProseField(required=False)
    source = forms.CharField(required=False, help_text="Where the value comes from.")
    example = forms.CharField(required=False)
    default = ProseField(required=False)
    value = ProseField(required=False, help_text="A constant that is no secret.")
    format = forms.CharField(required=False)
    generate = forms.CharField(
        max_length=300, required=False, help_text="How to make a value: openssl rand -hex 32"
    )
    allowed_values = ListField()

    class Meta:
        model = Variable
        exclude = ["service"]

    @property
    def record(self) -> tuple[str, str]:
        """Name the record, as the provenance files it."""
        return "variable", f"{self.instance.service.name}/{self.instance.name}"

    @property
    def summary(self) -> RowSummary:
        """Say what the variable is, never what it holds."""
        row: Variable = self.instance
        chips = (row.level, "secret") if row.secret else (row.level,)
        return RowSummary(row.name, chips, row.description.partition("\n")[0])

    def clean(self) -> dict[str, Any] | None:
        """Refuse the value of a secret: the catalog holds definitions only."""
        cleaned = super().clean()
        if self.cleaned_data.get("secret"):
            for field in ("value", "default"):
                if self.cleaned_data.get(field):
                    self.add_error(
                        field,
                        ValidationError(
                            "A secret has no value here. Say where it comes from, or how to"
                            " generate it.",
                            code="secret",
                        ),
                    )
        return cleaned


class SharedVariableForm(VariableForm):
    """The definition of one variable that every service of a project inherits."""

    class Meta:
        model = SharedVariable
        exclude = ["project"]

    @property
    def record(self) -> tuple[str, str]:
        """Name the record, as the provenance files it."""
        return "shared_variable", f"{self.instance.project.name}/{self.instance.name}"


class VariableOverrideForm(UntouchedValues):
    """What is different of one variable in one environment."""

    environment = forms.CharField(max_length=100)
    name = forms.CharField(max_length=128, label="Variable", validators=[validate_variable_name])
    source = forms.CharField(required=False)
    value = forms.CharField(required=False, help_text="No secret.")
    default = forms.CharField(required=False)

    class Meta:
        model = VariableOverride
        fields = ["environment", "name", "level", "value", "default", "source"]


class DeploymentForm(UntouchedValues):
    """How a service is built and started."""

    build_command = ProseField(required=False)
    pre_deploy_command = ProseField(required=False)
    start_command = ProseField(required=False)
    healthcheck_path = forms.CharField(
        max_length=512, required=False, validators=[validate_url_path]
    )
    healthcheck_timeout_s = forms.IntegerField(
        required=False, min_value=1, max_value=86400, label="Healthcheck timeout, seconds"
    )
    port = forms.CharField(max_length=40, required=False, validators=[validate_port])
    replicas = forms.IntegerField(required=False, min_value=0, max_value=1000)
    cron_schedule = forms.CharField(max_length=100, required=False, validators=[validate_cron])
    watch_paths = ListField()
    extra = MappingField(
        label="Other keys", help_text="What has no field of its own, one key: value per line."
    )

    class Meta:
        model = DeploymentSettings
        exclude = ["service"]
        labels = {"output_dir": "Output folder", "root_directory": "Root folder"}
