"""Checks: what is asked, how often, and what counts as well."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from monitoring.health.words import Kind, Origin
from services.catalog.models import Service


class CheckQuerySet(models.QuerySet["Check"]):
    """Reads of checks, named after who asks."""

    def current(self) -> "CheckQuerySet":
        """Leave out what the catalog no longer asks for; its history stays."""
        return self.filter(retired_at__isnull=True)

    def of_subject(self, subject: str) -> "CheckQuerySet":
        """Give the current checks of one service with what is known of each."""
        rows = self.current().filter(subject=subject).select_related("state")
        return rows.order_by("environment", "kind", "pk")

    def to_probe(self, subject: str = "") -> "CheckQuerySet":
        """Give what a person's own probe asks: all that are not paused, or those of one service."""
        rows = self.current().filter(is_paused=False)
        return (rows.filter(subject=subject) if subject else rows).order_by(
            "subject", "environment", "pk"
        )


class Check(models.Model):
    """One question that is asked again and again of one service in one environment.

    `key` names a derived or built-in check among those of its origin; it is empty for one made by
    hand. `subject` is the service's name, kept when the catalog has no such service. `options` are of
    the kind: see docs/health.md. A retired check is asked no more; its history stays until it is old.
    """

    service = models.ForeignKey(
        Service, null=True, blank=True, on_delete=models.SET_NULL, related_name="checks"
    )
    subject = models.CharField(max_length=100)
    environment = models.CharField(max_length=100, default="prod")
    kind = models.CharField(max_length=10, choices=[(kind.value, kind.value) for kind in Kind])
    origin = models.CharField(
        max_length=10,
        choices=[(origin.value, origin.value) for origin in Origin],
        default=Origin.MANUAL,
        editable=False,
    )
    key = models.CharField(max_length=350, blank=True, default="", editable=False)
    target = models.CharField(max_length=2048, blank=True, default="")
    options = models.JSONField(default=dict, blank=True)
    conditions = models.TextField(blank=True, default="")
    interval_s = models.PositiveIntegerField(
        default=30, validators=[MinValueValidator(5), MaxValueValidator(86_400)]
    )
    timeout_s = models.FloatField(
        default=10.0, validators=[MinValueValidator(0.1), MaxValueValidator(12.0)]
    )
    failures_to_down = models.PositiveSmallIntegerField(
        default=3, validators=[MinValueValidator(1), MaxValueValidator(20)]
    )
    successes_to_up = models.PositiveSmallIntegerField(
        default=2, validators=[MinValueValidator(1), MaxValueValidator(20)]
    )
    degraded_ms = models.PositiveIntegerField(default=500)
    failing_ms = models.PositiveIntegerField(default=2000)
    is_paused = models.BooleanField(default=False)
    heartbeat_sha256 = models.CharField(max_length=64, null=True, unique=True, editable=False)  # noqa: DJ001
    version = models.PositiveIntegerField(default=1, editable=False)
    retired_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = CheckQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["origin", "key"],
                condition=~models.Q(key=""),
                name="check_key_is_unique_in_its_origin",
            ),
            models.CheckConstraint(
                condition=models.Q(interval_s__gte=5), name="check_interval_is_5_seconds_or_more"
            ),
        ]
        indexes = [models.Index(fields=["subject", "environment"], name="checks_of_a_subject")]

    def __str__(self) -> str:
        return f"{self.subject} {self.environment} {self.kind}"
