"""Rules, and where each stands with each service that it watches."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from monitoring.alerts.rule_kinds import KINDS, explain
from monitoring.alerts.watching import Threshold
from monitoring.alerts.words import Kind, Phase, Severity

_DAY_S = 86_400


class RuleQuerySet(models.QuerySet["Rule"]):
    """Reads of rules, named after who asks."""

    def enabled(self) -> "RuleQuerySet":
        """Give those that are evaluated, in a stable order."""
        return self.filter(is_enabled=True).order_by("pk")

    def for_page(self) -> "RuleQuerySet":
        """Give all: those that are on first, by name."""
        return self.order_by("-is_enabled", "name", "pk")


class Rule(models.Model):
    """When something is worth an incident.

    `fire` and `clear` are in the unit of the kind; `service` and `environment` are empty for all.
    `event_type` (how it begins), `event_severity` (the least) and `window_s` are of event rules only.
    """

    name = models.CharField(max_length=100, unique=True)
    kind = models.CharField(max_length=20, choices=[(one.value, KINDS[one].title) for one in Kind])
    severity = models.CharField(
        max_length=10,
        choices=[(one.value, one.value) for one in Severity],
        default=Severity.WARNING,
    )
    service = models.CharField(max_length=100, blank=True, default="")
    environment = models.CharField(max_length=100, blank=True, default="")
    fire = models.FloatField(default=1)
    clear = models.FloatField(default=1)
    for_s = models.PositiveIntegerField(default=0, validators=[MaxValueValidator(_DAY_S)])
    clear_s = models.PositiveIntegerField(default=60, validators=[MaxValueValidator(_DAY_S)])
    event_type = models.CharField(max_length=100, blank=True, default="")
    event_severity = models.CharField(max_length=10, blank=True, default="")
    window_s = models.PositiveIntegerField(
        default=300, validators=[MinValueValidator(10), MaxValueValidator(_DAY_S)]
    )
    reminder_min = models.PositiveIntegerField(default=240, validators=[MaxValueValidator(10_080)])
    advice = models.TextField(max_length=2000, blank=True, default="")
    is_enabled = models.BooleanField(default=True)

    objects = RuleQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(window_s__gte=10), name="rule_looks_back_10_seconds_or_more"
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def threshold(self) -> Threshold:
        """Give its limits, with the direction of its kind; raises ValueError when they make no sense."""
        return Threshold(self.fire, self.clear, KINDS[Kind(self.kind)].is_below)

    @property
    def explanation(self) -> str:
        """Say when it fires and when it is over."""
        text = explain(
            Kind(self.kind),
            fire=self.fire,
            clear=self.clear,
            for_s=self.for_s,
            clear_s=self.clear_s,
            service=self.service,
            environment=self.environment,
        )
        if self.kind == Kind.EVENTS:
            what = f"type {self.event_type}*" if self.event_type else "any type"
            least = f", {self.event_severity} or worse" if self.event_severity else ""
            text += f" Counts events of {what}{least}, in {self.window_s} s."
        return text


class RuleWatch(models.Model):
    """What a rule knows of one service since it was last well: the memory of `watching.advance`.

    A row that is `ok` is as good as none. `parts` are the ids of the checks that were bad.
    """

    rule = models.ForeignKey(Rule, on_delete=models.CASCADE, related_name="watches")
    subject = models.CharField(max_length=100)
    phase = models.CharField(max_length=10, choices=[(one.value, one.value) for one in Phase])
    since = models.DateTimeField(null=True)
    parts = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["rule", "subject"], name="rule_watches_a_service_once")
        ]
        indexes = [models.Index(fields=["phase"], name="watches_by_phase")]

    def __str__(self) -> str:
        return f"{self.rule_id} {self.subject} {self.phase}"


class EvaluationMark(models.Model):
    """When the rules were last evaluated, and what it took; whoever evaluates holds this row."""

    SINGLETON_ID = 1

    evaluated_at = models.DateTimeField(null=True)
    took_ms = models.FloatField(default=0)
    rules = models.PositiveIntegerField(default=0)
    subjects = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return str(self.evaluated_at)
