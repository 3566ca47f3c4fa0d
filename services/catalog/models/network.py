"""Where services answer: environments, domains, endpoints and routes."""

from typing import Any

from django.db import models

from services.catalog.models.project import STATUS_CHOICES
from services.catalog.models.service import Service


class Environment(models.Model):
    """A place where services run: prod, staging, dev or another declared one."""

    name = models.CharField(max_length=100, unique=True)
    position = models.PositiveSmallIntegerField(default=0)

    def __str__(self) -> str:
        return self.name


class DomainQuerySet(models.QuerySet["Domain"]):
    """Reads of domains, named after the pages that show them."""

    def for_service_page(self, service: Service) -> "DomainQuerySet":
        """List the domains of one service by environment, with `served_by` from `_rival`."""
        rows = self.filter(service=service).select_related("environment")
        return rows.annotate(served_by=_rival()).order_by(
            "environment__position", "environment__name", "position", "pk"
        )

    def waiting(self) -> models.QuerySet["Domain", tuple[Any, ...]]:
        """Give service, host name, environment, the active service that has it now, and position."""
        return (
            self.filter(is_serving=False, service__archived_at__isnull=True)
            .annotate(served_by=_rival())
            .filter(served_by__isnull=False)
            .order_by("hostname", "environment__position", "service__name", "pk")
            .values_list("service__name", "hostname", "environment__name", "served_by", "position")
        )


def _rival() -> models.Subquery:
    """Name the other, active service that has a domain's host name in its environment now."""
    serving = Domain.objects.filter(
        environment=models.OuterRef("environment"),
        hostname=models.OuterRef("hostname"),
        is_serving=True,
    ).exclude(service=models.OuterRef("service"))
    return models.Subquery(serving.values("service__name")[:1])


class Domain(models.Model):
    """A host name that a service answers on in one environment.

    `position` 0 is the primary host. `is_serving` repeats "the service is active and not archived"
    so that the database can refuse a second active owner of a host name; `services.catalog.actions`
    keeps it true.
    """

    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="domains")
    environment = models.ForeignKey(Environment, on_delete=models.PROTECT, related_name="domains")
    position = models.PositiveSmallIntegerField(default=0)
    hostname = models.CharField(max_length=253)
    is_serving = models.BooleanField(default=False, editable=False)

    served_by: str | None  # only on the rows of `for_service_page`

    objects = DomainQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["service", "environment", "position"],
                name="service_has_one_domain_per_environment_and_position",
            ),
            models.UniqueConstraint(
                fields=["environment", "hostname"],
                condition=models.Q(is_serving=True),
                name="hostname_belongs_to_one_active_service_per_environment",
                violation_error_message="Another active service already has this host name in this environment.",
            ),
        ]

    def __str__(self) -> str:
        return self.hostname


class Endpoint(models.Model):
    """An address under a service's domains that answers a question, such as `/health`."""

    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="endpoints")
    method = models.CharField(max_length=10, default="GET")
    path = models.CharField(max_length=512)
    description = models.TextField(blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["service", "method", "path"], name="endpoint_is_declared_once_per_service"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


class Route(models.Model):
    """A path of a service and what it serves there."""

    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="routes")
    path = models.CharField(max_length=512)
    serves = models.CharField(max_length=300, blank=True, default="")
    type = models.CharField(max_length=50, blank=True, default="")
    status = models.CharField(max_length=20, choices=STATUS_CHOICES, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["service", "path"], name="route_is_declared_once_per_service"
            ),
        ]

    def __str__(self) -> str:
        return self.path
