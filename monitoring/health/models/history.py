"""What was: readings, their sums by the hour and by the day, and every change of a verdict."""

from django.db import models

from monitoring.health.latency import BUCKETS
from monitoring.health.models.check import Check
from monitoring.health.models.state import VERDICTS


class Reading(models.Model):
    """The result of one probe, kept for two days.

    `found` is the first letter of the verdict: u, d, x or ?. `phases` is JSON text, of failures only.
    """

    check_id = models.BigIntegerField()
    at = models.DateTimeField()
    found = models.CharField(max_length=1)
    latency_ms = models.FloatField(null=True)
    reason = models.CharField(max_length=200, blank=True, default="")
    phases = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        # no constraint on the check: this is the table that is written all the time
        indexes = [models.Index(fields=["check_id", "at"], name="readings_of_a_check")]

    def __str__(self) -> str:
        return f"{self.check_id} {self.at:%H:%M:%S} {self.found}"


class Rollup(models.Model):
    """How often each result was found in a span of time, and how the latencies were spread.

    What was found during a maintenance is only in `maintenance`. `b0` to `b15` are the buckets of
    `monitoring.health.latency`, of readings that were up or degraded.
    """

    check_id = models.BigIntegerField()
    start = models.DateTimeField()
    up = models.PositiveIntegerField(default=0)
    degraded = models.PositiveIntegerField(default=0)
    down = models.PositiveIntegerField(default=0)
    unknown = models.PositiveIntegerField(default=0)
    maintenance = models.PositiveIntegerField(default=0)
    sum_ms = models.FloatField(default=0)
    max_ms = models.FloatField(default=0)
    b0 = models.PositiveIntegerField(default=0)
    b1 = models.PositiveIntegerField(default=0)
    b2 = models.PositiveIntegerField(default=0)
    b3 = models.PositiveIntegerField(default=0)
    b4 = models.PositiveIntegerField(default=0)
    b5 = models.PositiveIntegerField(default=0)
    b6 = models.PositiveIntegerField(default=0)
    b7 = models.PositiveIntegerField(default=0)
    b8 = models.PositiveIntegerField(default=0)
    b9 = models.PositiveIntegerField(default=0)
    b10 = models.PositiveIntegerField(default=0)
    b11 = models.PositiveIntegerField(default=0)
    b12 = models.PositiveIntegerField(default=0)
    b13 = models.PositiveIntegerField(default=0)
    b14 = models.PositiveIntegerField(default=0)
    b15 = models.PositiveIntegerField(default=0)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.check_id} {self.start:%Y-%m-%d %H:%M}"

    def buckets(self) -> list[int]:
        """Give the counts of the latency buckets."""
        return [getattr(self, f"b{place}") for place in range(BUCKETS)]


class HourlyRollup(Rollup):
    """One hour of one check, kept for 90 days."""

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["check_id", "start"], name="check_has_one_row_per_hour")
        ]
        indexes = [models.Index(fields=["start"], name="hours_by_age")]


class DailyRollup(Rollup):
    """One day (UTC) of one check, kept for two years."""

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["check_id", "start"], name="check_has_one_row_per_day")
        ]
        indexes = [models.Index(fields=["start"], name="days_by_age")]


class TransitionQuerySet(models.QuerySet["Transition"]):
    """Reads of transitions, named after who asks."""

    def for_subject(self, subject: str) -> "TransitionQuerySet":
        """Give the latest of a service, newest first."""
        rows = self.filter(check_row__subject=subject).select_related("check_row")
        return rows.order_by("-at", "-pk")


class Transition(models.Model):
    """A verdict that became another; kept for ever.

    `epoch` is that of the claim whose result did it: one claim changes a verdict at most once.
    """

    check_row = models.ForeignKey(
        Check, on_delete=models.CASCADE, related_name="transitions", db_column="check_id"
    )
    epoch = models.PositiveBigIntegerField()
    at = models.DateTimeField()
    before = models.CharField(max_length=10, choices=VERDICTS)
    after = models.CharField(max_length=10, choices=VERDICTS)
    lasted_s = models.FloatField(null=True)  # how long the verdict before had been there
    reason = models.CharField(max_length=200, blank=True, default="")
    in_maintenance = models.BooleanField(default=False)

    objects = TransitionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["check_row", "epoch"], name="a_claim_changes_a_verdict_once"
            )
        ]
        indexes = [models.Index(fields=["at"], name="transitions_by_time")]

    def __str__(self) -> str:
        return f"{self.before} to {self.after}"
