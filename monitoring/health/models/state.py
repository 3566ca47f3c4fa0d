"""What is known of each check now, and when it is due: one row a check, rewritten with every reading."""

from django.db import models

from monitoring.health.day import NOTHING
from monitoring.health.models.check import Check
from monitoring.health.words import Step, Verdict

VERDICTS = [(verdict.value, verdict.value) for verdict in Verdict]


class CheckState(models.Model):
    """The schedule, the machine's memory and the last reading of one check.

    Times of the schedule are milliseconds since 1970, so that the claim is arithmetic in SQL. `epoch`
    rises with every claim: a result that carries an older one is discarded. `version` follows the
    check's own, so that workers notice an edit. `hours` is `monitoring.health.day`'s text.
    """

    check_row = models.OneToOneField(
        Check,
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="state",
        db_column="check_id",
    )
    version = models.PositiveIntegerField(default=1)
    interval_ms = models.PositiveIntegerField()
    lease_ms = models.PositiveIntegerField()
    due_ms = models.BigIntegerField(null=True)  # null: paused or retired
    claimed_until_ms = models.BigIntegerField(default=0)
    epoch = models.PositiveBigIntegerField(default=0)
    missed = models.PositiveBigIntegerField(default=0)

    verdict = models.CharField(max_length=10, choices=VERDICTS, default=Verdict.UNKNOWN)
    step = models.CharField(max_length=10, default=Step.STEADY)
    known = models.CharField(max_length=10, default=Verdict.UNKNOWN)
    streak_of = models.CharField(max_length=10, default=Verdict.UNKNOWN)
    streak = models.PositiveIntegerField(default=0)
    unknowns = models.PositiveIntegerField(default=0)
    results = models.CharField(max_length=21, blank=True, default="")
    is_flapping = models.BooleanField(default=False)
    since = models.DateTimeField(null=True)

    last_at = models.DateTimeField(null=True)
    last_found = models.CharField(max_length=10, choices=VERDICTS, blank=True, default="")
    latency_ms = models.FloatField(null=True)
    reason = models.CharField(max_length=200, blank=True, default="")
    evidence = models.TextField(blank=True, default="")  # JSON: phases, address, what was answered
    certificate_expires_at = models.DateTimeField(null=True)
    hours = models.CharField(max_length=24, default=NOTHING)
    hours_until = models.PositiveIntegerField(default=0)  # hours since 1970

    heartbeat_at = models.DateTimeField(null=True)
    maintenance_until = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["due_ms"], name="checks_that_are_due")]

    def __str__(self) -> str:
        return f"{self.check_row_id} {self.verdict}"


class SyncMark(models.Model):
    """Which revision of the catalog the derived checks follow."""

    SINGLETON_ID = 1

    catalog_revision = models.BigIntegerField(default=-1)

    def __str__(self) -> str:
        return str(self.catalog_revision)
