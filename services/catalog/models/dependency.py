"""What a service needs in order to work."""

from django.db import models

from services.catalog.models.service import Service
from services.catalog.names import Role


class Dependency(models.Model):
    """A service's need of another service, under an alias such as `primary`."""

    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="dependencies")
    role = models.CharField(max_length=20, choices=[(role.value, role.value) for role in Role])
    alias = models.CharField(max_length=100)
    target = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="dependants")
    type = models.CharField(max_length=50, blank=True, default="")
    version = models.CharField(max_length=50, blank=True, default="")
    connection_variable = models.CharField(max_length=128, blank=True, default="")
    usage = models.JSONField(default=list, blank=True)
    migrations = models.CharField(max_length=200, blank=True, default="")
    models_path = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        verbose_name_plural = "dependencies"
        constraints = [
            models.UniqueConstraint(
                fields=["service", "role", "alias"], name="dependency_alias_is_unique_per_role"
            ),
            models.CheckConstraint(
                condition=~models.Q(service=models.F("target")),
                name="service_does_not_depend_on_itself",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.alias}"
