"""What was seen of the environment variables of services: never a value."""

from django.db import models

from services.catalog.models import Environment, Service
from services.variables.observing import Seen


class Door(models.TextChoices):
    """By which way an environment was seen."""

    ENV_FILE = "env-file", ".env file"
    PROCESS = "process", "process environment"
    RAILWAY = "railway", "Railway"


class ObservedEnvironment(models.Model):
    """The last look at all variables of one service in one environment.

    What is not among its variables was not there. `looked_by` is a name that was true then.
    """

    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="observations")
    environment = models.ForeignKey(
        Environment, on_delete=models.CASCADE, related_name="observations"
    )
    door = models.CharField(max_length=20, choices=Door.choices)
    observed_at = models.DateTimeField()
    looked_by = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["service", "environment"],
                name="environment_of_a_service_is_observed_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.door} of {self.observed_at:%Y-%m-%d}"


class ObservedVariable(models.Model):
    """How one variable was found at the last look.

    `fingerprint` is keyed by a key of the name `key_id`, and compares with those of the same key
    only. `changed_at` is when the value was first seen as it is. `match` is a text of the catalog
    that a value which is no secret was equal to; `fault` is in words that hold no value.
    """

    observed = models.ForeignKey(
        ObservedEnvironment, on_delete=models.CASCADE, related_name="variables"
    )
    name = models.CharField(max_length=128)
    state = models.CharField(max_length=20, choices=[(seen.value, seen.value) for seen in Seen])
    length_class = models.CharField(max_length=10, blank=True, default="")
    fingerprint = models.CharField(max_length=32, blank=True, default="")
    key_id = models.CharField(max_length=8, blank=True, default="")
    fault = models.CharField(max_length=200, blank=True, default="")
    match = models.TextField(blank=True, default="")
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["observed", "name"], name="variable_is_observed_once_per_look"
            ),
        ]
        indexes = [models.Index(fields=["fingerprint"], name="observed_by_fingerprint")]

    def __str__(self) -> str:
        return f"{self.name}: {self.state}"
