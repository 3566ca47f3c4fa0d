"""When nobody wants to be told: maintenance windows and silences."""

from datetime import datetime
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from monitoring.alerts.recurrence import Repeat, Schedule


class MaintenanceWindow(models.Model):
    """Planned work: what is found meanwhile counts as maintenance, and opens nothing that is told.

    `starts_at` is the wall clock of `zone`, without a zone of its own. `services` are names, none of
    them means all; `weekdays` are numbers, 0 is Monday.
    """

    title = models.CharField(max_length=200)
    services = models.JSONField(default=list, blank=True)
    environment = models.CharField(max_length=100, blank=True, default="")
    starts_on = models.DateField()
    starts_clock = models.TimeField()
    zone = models.CharField(max_length=64, default="UTC")
    minutes = models.PositiveIntegerField(
        default=60, validators=[MinValueValidator(1), MaxValueValidator(7 * 24 * 60)]
    )
    repeat = models.CharField(
        max_length=10, choices=[(one.value, one.value) for one in Repeat], default=Repeat.ONCE
    )
    weekdays = models.JSONField(default=list, blank=True)
    last_day = models.DateField(null=True, blank=True)
    is_cancelled = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(minutes__gte=1), name="maintenance_lasts_a_minute_or_more"
            )
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def schedule(self) -> Schedule:
        """Give its rule as `recurrence` takes it."""
        return Schedule(
            starts_at=datetime.combine(self.starts_on, self.starts_clock),
            minutes=self.minutes,
            zone=self.zone,
            repeat=Repeat(self.repeat),
            weekdays=frozenset(int(day) for day in self.weekdays),
            last_day=self.last_day,
        )

    def covers(self, subject: str, environment: str) -> bool:
        """Say whether it is about a service in an environment."""
        is_named = not self.services or subject in self.services
        return is_named and self.environment in ("", environment)


class SilenceQuerySet(models.QuerySet["Silence"]):
    """Reads of silences, named after who asks."""

    def in_force(self, now: datetime) -> "SilenceQuerySet":
        """Give those that hold now."""
        return self.filter(starts_at__lte=now, ends_at__gt=now).order_by("ends_at", "pk")

    def for_page(self) -> "SilenceQuerySet":
        """Give all, the one that ends last first."""
        return self.order_by("-ends_at", "-pk")


class Silence(models.Model):
    """Nobody is told of incidents that it covers until it ends; they open all the same.

    An empty `service` or `rule_name` covers every one.
    """

    service = models.CharField(max_length=100, blank=True, default="")
    rule_name = models.CharField(max_length=100, blank=True, default="")
    reason = models.CharField(max_length=500)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    created_by = models.CharField(max_length=150)

    objects = SilenceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gte=F("starts_at")), name="silence_ends_after_it_starts"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="silence_has_a_reason"),
        ]
        indexes = [models.Index(fields=["ends_at"], name="silences_by_end")]

    def __str__(self) -> str:
        return self.reason

    def covers(self, incident: Any) -> bool:
        """Say whether an incident is meant."""
        return self.service in ("", incident.subject) and self.rule_name in ("", incident.rule_name)
