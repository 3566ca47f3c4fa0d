"""Incidents and their timelines."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from monitoring.alerts.models.rule import Rule
from monitoring.alerts.words import EntryKind, Severity
from monitoring.health.models import Deployment


class IncidentQuerySet(models.QuerySet["Incident"]):
    """Reads of incidents, named after who asks."""

    def unresolved(self) -> "IncidentQuerySet":
        """Give those that are open."""
        return self.filter(resolved_at=None)

    def leading(self) -> "IncidentQuerySet":
        """Give the open ones that are nobody else's doing: critical first, then the newest."""
        rows = (
            self.unresolved()
            .filter(cause=None)
            .annotate(symptom_count=models.Count("symptoms", filter=Q(symptoms__resolved_at=None)))
        )
        return rows.order_by("severity", "-opened_at", "-pk")  # "critical" before "warning"

    def for_page(self) -> "IncidentQuerySet":
        """Give the open ones first, then the newest."""
        rows = self.select_related("cause", "assigned_to", "deployment")
        return rows.order_by(F("resolved_at").desc(nulls_first=True), "-opened_at", "-pk")

    def to_weigh(self, resolved_after: datetime) -> "IncidentQuerySet":
        """Give what the evaluation compares with: open, or resolved so lately that it may come back."""
        rows = self.filter(Q(resolved_at=None) | Q(resolved_at__gt=resolved_after))
        return rows.order_by("opened_at", "pk")


class Incident(models.Model):
    """Something is wrong with a service, from its opening to its end.

    `rule_name` and `severity` are those of the rule when it opened. `told_at` is when the channels were
    last told (null: not yet, or it need not be). `flaps` counts how often it came back. `cause` is the
    open incident whose doing it is: then nobody is told of this one.
    """

    rule = models.ForeignKey(Rule, null=True, on_delete=models.SET_NULL, related_name="incidents")
    rule_name = models.CharField(max_length=100)
    kind = models.CharField(max_length=20)
    subject = models.CharField(max_length=100)
    environments = models.CharField(max_length=300, blank=True, default="")
    severity = models.CharField(max_length=10, choices=[(one.value, one.value) for one in Severity])
    reason = models.CharField(max_length=500, blank=True, default="")
    opened_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True)
    resolution = models.CharField(max_length=200, blank=True, default="")
    flaps = models.PositiveIntegerField(default=0)
    told_at = models.DateTimeField(null=True)
    held_because = models.CharField(max_length=200, blank=True, default="")
    is_by_console = models.BooleanField(default=True)
    cause = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="symptoms")
    deployment = models.ForeignKey(
        Deployment, null=True, on_delete=models.SET_NULL, related_name="incidents"
    )
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.CharField(max_length=150, blank=True, default="")
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="incidents"
    )

    objects = IncidentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["rule", "subject"],
                condition=Q(resolved_at=None),
                name="rule_has_one_open_incident_of_a_service",
            ),
            models.CheckConstraint(
                condition=Q(resolved_at=None) | Q(resolved_at__gte=F("opened_at")),
                name="incident_ends_after_it_opened",
            ),
        ]
        indexes = [
            models.Index(fields=["resolved_at", "-opened_at"], name="incidents_open_first"),
            models.Index(fields=["subject", "-opened_at"], name="incidents_of_a_subject"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_open(self) -> bool:
        """Say whether it is not over."""
        return self.resolved_at is None

    @property
    def title(self) -> str:
        """Say what it is on, and which rule found it."""
        where = f" in {self.environments}" if self.environments else ""
        return f"{self.subject}: {self.rule_name}{where}"


class IncidentEntry(models.Model):
    """One line of a timeline that is not in the readings, deployments or events: what people and we did."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="entries")
    at = models.DateTimeField()
    kind = models.CharField(max_length=20, choices=[(one.value, one.value) for one in EntryKind])
    text = models.CharField(max_length=2000, blank=True, default="")
    actor_name = models.CharField(max_length=150, blank=True, default="")

    class Meta:
        indexes = [models.Index(fields=["incident", "at"], name="entries_of_an_incident")]

    def __str__(self) -> str:
        return f"{self.kind} {self.text}"
