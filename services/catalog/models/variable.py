"""What environment variables a service reads or offers. Definitions only, never a secret's value."""

from typing import Any

from django.db import models

from services.catalog.models.project import Project
from services.catalog.models.service import Service
from services.catalog.names import Level

LEVEL_CHOICES = [(level.value, level.value) for level in Level]
_LEVEL_IS_KNOWN = models.Q(level__in=[level.value for level in Level])
_SECRET_HAS_NO_VALUE = models.Q(secret=False) | models.Q(value="", default="")


class VariableQuerySet(models.QuerySet["Variable"]):
    """Reads of variables, named after the pages that show them."""

    def current(self) -> "VariableQuerySet":
        """Leave out the variables of archived services."""
        return self.filter(service__archived_at__isnull=True)

    def for_graph(self) -> models.QuerySet["Variable", tuple[str, str, str]]:
        """Give service, name and source of each variable whose source refers to something."""
        return (
            self.current()
            .filter(source__contains="${{")
            .order_by("service__name", "name", "pk")
            .values_list("service__name", "name", "source")
        )

    def for_attention(
        self, secret_endings: tuple[str, ...], hosts_variable: str
    ) -> models.QuerySet[Any, tuple[Any, ...]]:
        """Give what the checks look at, of services and projects: doubtful secrets, and hosts.

        Each is "service" or "project", its name, the variable's name, level, whether it is secret,
        source, generate, value, default, example.
        """
        looks_secret = models.Q()
        for ending in secret_endings:
            looks_secret |= models.Q(name__endswith=ending)
        from_nowhere = models.Q(secret=True, level=Level.REQUIRED, source="", generate="")
        chosen = (
            from_nowhere
            | models.Q(looks_secret, secret=False)
            | models.Q(name__contains=hosts_variable)
        )
        fields = ("name", "level", "secret", "source", "generate", "value", "default", "example")
        own = self.current().filter(chosen).annotate(of=models.Value("service"))
        shared = SharedVariable.objects.filter(chosen, project__archived_at__isnull=True)
        both = own.values_list("of", "service__name", *fields).union(
            shared.annotate(of=models.Value("project")).values_list("of", "project__name", *fields),
            all=True,
        )
        return both.order_by("of", "service__name", "name")


class DefinitionFields(models.Model):
    """What can be said of an environment variable, by a service or by a project.

    `value` is a constant that is no secret; the database refuses a secret with a value or default.
    """

    name = models.CharField(max_length=128)
    level = models.CharField(max_length=20, choices=LEVEL_CHOICES)
    description = models.TextField(blank=True, default="")
    source = models.TextField(blank=True, default="")
    example = models.TextField(blank=True, default="")
    default = models.TextField(blank=True, default="")
    value = models.TextField(blank=True, default="")
    format = models.TextField(blank=True, default="")
    generate = models.CharField(max_length=300, blank=True, default="")
    allowed_values = models.JSONField(default=list, blank=True)
    secret = models.BooleanField(default=False)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name


class Variable(DefinitionFields):
    """The definition of one environment variable of a service."""

    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="variables")

    objects = VariableQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["service", "name"], name="variable_is_defined_once_per_service"
            ),
            models.CheckConstraint(condition=_LEVEL_IS_KNOWN, name="variable_level_is_known"),
            models.CheckConstraint(
                condition=_SECRET_HAS_NO_VALUE, name="secret_variable_has_no_value"
            ),
        ]


class SharedVariable(DefinitionFields):
    """The definition of one environment variable that every service of a project inherits.

    A service that defines the same name says what differs.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="shared_variables")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "name"], name="shared_variable_is_defined_once_per_project"
            ),
            models.CheckConstraint(
                condition=_LEVEL_IS_KNOWN, name="shared_variable_level_is_known"
            ),
            models.CheckConstraint(
                condition=_SECRET_HAS_NO_VALUE, name="secret_shared_variable_has_no_value"
            ),
        ]


class VariableOverride(models.Model):
    """What is different of one variable of a service in one environment; empty fields say nothing.

    The variable may be the service's own or its project's. `environment` is the name of one, which
    need not be there any more. Whether a secret has a value here is for `integrity` to refuse.
    """

    service = models.ForeignKey(
        Service, on_delete=models.CASCADE, related_name="variable_overrides"
    )
    environment = models.CharField(max_length=100)
    name = models.CharField(max_length=128)
    level = models.CharField(max_length=20, choices=LEVEL_CHOICES, blank=True, default="")
    source = models.TextField(blank=True, default="")
    value = models.TextField(blank=True, default="")
    default = models.TextField(blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["service", "environment", "name"],
                name="variable_is_overridden_once_per_environment",
            ),
            models.CheckConstraint(
                condition=models.Q(level="") | _LEVEL_IS_KNOWN,
                name="variable_override_level_is_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} in {self.environment}"
