"""Scans: who asked for one, how far it is, and what it found in each namespace."""

from datetime import datetime

from django.db import models

from monitoring.redis_inspect.models.instances import RedisInstance


class ScanKind(models.TextChoices):
    """How much is visited."""

    SAMPLE = "sample", "sample"
    FULL = "full", "every key"


class ScanStatus(models.TextChoices):
    """Where a scan is in its life; only the first three can still move."""

    QUEUED = "queued", "waiting for a worker"
    RUNNING = "running", "running"
    PAUSED = "paused", "paused"
    FINISHED = "finished", "finished"
    PARTIAL = "partial", "stopped at a budget"
    CANCELLED = "cancelled", "cancelled"
    FAILED = "failed", "failed"


_CSS = {
    ScanStatus.FINISHED: "up",
    ScanStatus.RUNNING: "planned",
    ScanStatus.PARTIAL: "degraded",
    ScanStatus.FAILED: "down",
}
OPEN = (ScanStatus.QUEUED, ScanStatus.RUNNING, ScanStatus.PAUSED)
WITH_RESULTS = (ScanStatus.FINISHED, ScanStatus.PARTIAL, ScanStatus.CANCELLED)


class RedisScanQuerySet(models.QuerySet["RedisScan"]):
    """Reads of scans."""

    def for_page(self) -> "RedisScanQuerySet":
        """Give scans without their checkpoints, the newest first."""
        return self.select_related("instance").defer("checkpoint").order_by("-pk")

    def claimable(self, now: datetime) -> "RedisScanQuerySet":
        """Give those that no worker has, or whose worker died, the oldest first."""
        lost = models.Q(status=ScanStatus.RUNNING, lease_until__lt=now)
        return self.filter(models.Q(status=ScanStatus.QUEUED) | lost).order_by("pk")

    def latest_full(self) -> "RedisScanQuerySet":
        """Give the newest whole scan of every instance. One query."""
        newest = (
            RedisScan.objects.filter(
                instance=models.OuterRef("instance"),
                kind=ScanKind.FULL,
                status=ScanStatus.FINISHED,
            )
            .order_by("-pk")
            .values("pk")[:1]
        )
        return self.filter(pk=models.Subquery(newest)).select_related("instance")


class RedisScan(models.Model):
    """One scan. A worker holds it while `lease_until` is ahead; `asked` is what people want of it meanwhile.

    `duty` is the share of time at work (0 to 1). Budgets of null are none. `total_keys` is DBSIZE at the
    start, `seen_keys` what was visited; `gone_keys` vanished between being listed and being asked.
    `refused` lists the questions that the user may not ask. `idle_ping_ms` is the median before the scan,
    `ping_p99_ms` that of the last PINGs during it. `checkpoint` is where to go on, and what was counted.
    """

    instance = models.ForeignKey(RedisInstance, on_delete=models.CASCADE, related_name="scans")
    kind = models.CharField(max_length=10, choices=ScanKind.choices)
    status = models.CharField(max_length=10, choices=ScanStatus.choices, default=ScanStatus.QUEUED)
    asked = models.CharField(max_length=10, blank=True, default="")
    asked_by = models.CharField(max_length=200, blank=True, default="")
    use_script = models.BooleanField(default=False)
    duty = models.FloatField(default=0.25)
    most_keys = models.BigIntegerField(null=True, blank=True)
    most_s = models.PositiveIntegerField(null=True, blank=True)
    most_network_bytes = models.BigIntegerField(null=True, blank=True)

    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    claimed_by = models.CharField(max_length=200, blank=True, default="")
    lease_until = models.DateTimeField(null=True, blank=True)
    problem = models.CharField(max_length=500, blank=True, default="")
    note = models.CharField(max_length=500, blank=True, default="")

    total_keys = models.BigIntegerField(null=True)
    seen_keys = models.BigIntegerField(default=0)
    seen_bytes = models.BigIntegerField(default=0)
    gone_keys = models.BigIntegerField(default=0)
    violations = models.BigIntegerField(default=0)
    own_hits = models.BigIntegerField(default=0)
    own_misses = models.BigIntegerField(default=0)
    network_bytes = models.BigIntegerField(default=0)
    worked_s = models.FloatField(default=0)
    pauses = models.PositiveIntegerField(default=0)
    paused_s = models.FloatField(default=0)
    pause_reason = models.CharField(max_length=100, blank=True, default="")
    idle_ping_ms = models.FloatField(null=True)
    ping_p99_ms = models.FloatField(null=True)
    refused = models.JSONField(default=list)
    nodes = models.JSONField(default=list)
    checkpoint = models.JSONField(null=True)

    objects = RedisScanQuerySet.as_manager()

    class Meta:
        verbose_name = "Redis scan"
        constraints = [
            models.UniqueConstraint(
                fields=["instance"],
                condition=models.Q(status="running"),
                name="one_scan_of_an_instance_runs",
            )
        ]
        indexes = [models.Index(fields=["instance", "-id"], name="redis_scans_of_an_instance")]

    def __str__(self) -> str:
        return f"Scan {self.pk} of {self.instance_id}"

    @property
    def is_open(self) -> bool:
        """Whether it can still move."""
        return self.status in OPEN

    @property
    def has_results(self) -> bool:
        """Whether there is a report."""
        return self.status in WITH_RESULTS

    @property
    def is_exact(self) -> bool:
        """Whether every key was visited; some may have expired since DBSIZE was asked."""
        is_whole = self.kind == ScanKind.FULL or self.seen_keys >= (self.total_keys or 0)
        return self.status == ScanStatus.FINISHED and is_whole

    @property
    def keys_per_s(self) -> float | None:
        """How fast it goes, pauses included."""
        return self.seen_keys / self.worked_s if self.worked_s else None

    @property
    def own_lookups(self) -> int:
        """How many lookups it caused on the server."""
        return self.own_hits + self.own_misses

    @property
    def css(self) -> str:
        """The class of its chip."""
        return _CSS.get(ScanStatus(self.status), "unknown")

    @property
    def progress(self) -> float:
        """How much of what was there at the start was visited, 0 to 1."""
        return min(1.0, self.seen_keys / self.total_keys) if self.total_keys else 0.0


class ScannedNamespaceQuerySet(models.QuerySet["ScannedNamespace"]):
    """Reads of results."""

    def of_scan(self, scan: RedisScan) -> "ScannedNamespaceQuerySet":
        """Give one scan's rows: the declared ones in their order, then the undeclared by bytes."""
        return self.filter(scan=scan).order_by("-is_declared", "position", "pk")

    def latest_violations(self) -> "ScannedNamespaceQuerySet":
        """Give the declared namespaces of every instance's newest whole scan. One query."""
        newest = RedisScan.objects.latest_full().values("pk")
        rows = self.filter(scan__in=newest, is_declared=True)
        return rows.select_related("scan__instance").order_by("scan__instance__name", "position")


class ScannedNamespace(models.Model):
    """What a scan found under one pattern. Of a sample, `keys` is an estimate between `keys_low` and
    `keys_high` (95 %), and `size_bytes` and everything else count the sampled keys only.

    `declaration` is what was declared at that time; of an undeclared pattern, what could be declared.
    `types` maps a type to [keys, bytes]; `ttl_keys` and `ttl_bytes` count by bucket of remaining time,
    `immortal` keys have none. `samples` maps a violation to some of the keys that break the rule.
    """

    scan = models.ForeignKey(RedisScan, on_delete=models.CASCADE, related_name="namespaces")
    pattern = models.CharField(max_length=1000)
    position = models.PositiveIntegerField()
    is_declared = models.BooleanField()
    declaration = models.JSONField(default=dict)
    keys = models.BigIntegerField()
    keys_low = models.BigIntegerField()
    keys_high = models.BigIntegerField()
    sampled_keys = models.BigIntegerField()
    size_bytes = models.BigIntegerField()
    immortal = models.BigIntegerField(default=0)
    immortal_bytes = models.BigIntegerField(default=0)
    no_expiry = models.BigIntegerField(default=0)
    too_long = models.BigIntegerField(default=0)
    channel_only = models.BigIntegerField(default=0)
    wrong_type = models.BigIntegerField(default=0)
    types = models.JSONField(default=dict)
    ttl_keys = models.JSONField(default=list)
    ttl_bytes = models.JSONField(default=list)
    samples = models.JSONField(default=dict)
    biggest = models.JSONField(default=list)

    objects = ScannedNamespaceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["scan", "is_declared", "position"], name="scanned_namespace_has_its_place"
            )
        ]

    def __str__(self) -> str:
        return self.pattern

    @property
    def violations(self) -> int:
        """How many keys break a rule; one that breaks two counts twice."""
        return self.no_expiry + self.too_long + self.channel_only + self.wrong_type
