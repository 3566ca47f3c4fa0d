"""Planned changes to keys: what was planned, by whom, and what came of it. No key's name is kept."""

from django.db import models

from monitoring.redis_inspect.models.instances import RedisInstance


class RemovalKind(models.TextChoices):
    """What is done with each key."""

    DELETE = "delete", "delete"
    EXPIRE = "expire", "let expire"


class RemovalChoice(models.TextChoices):
    """Which keys of the namespace it is done with."""

    ALL = "all", "all keys"
    NO_EXPIRY = "no_expiry", "only keys without an expiry"


class RemovalStatus(models.TextChoices):
    """How far it is. A plan is carried out once at most."""

    PLANNED = "planned", "planned"
    RUNNING = "running", "running"
    DONE = "done", "done"
    FAILED = "failed", "failed"


class RedisRemoval(models.Model):
    """One plan to delete keys of one namespace, or to let them expire after `ttl_s` seconds.

    `planned_keys` is also the most that may be touched: what came after the plan is left alone.
    """

    instance = models.ForeignKey(RedisInstance, on_delete=models.CASCADE, related_name="removals")
    kind = models.CharField(max_length=10, choices=RemovalKind.choices)
    choice = models.CharField(max_length=10, choices=RemovalChoice.choices)
    pattern = models.CharField(max_length=200)
    ttl_s = models.PositiveIntegerField(null=True, blank=True)
    reason = models.CharField(max_length=300)
    planned_by = models.CharField(max_length=200)
    planned_at = models.DateTimeField()
    planned_keys = models.PositiveBigIntegerField()
    planned_bytes = models.PositiveBigIntegerField()
    seen_keys = models.PositiveBigIntegerField()
    is_whole = models.BooleanField()
    status = models.CharField(
        max_length=10, choices=RemovalStatus.choices, default=RemovalStatus.PLANNED
    )
    finished_at = models.DateTimeField(null=True, blank=True)
    changed_keys = models.PositiveBigIntegerField(default=0)
    skipped_keys = models.PositiveBigIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        verbose_name = "Redis removal"

    def __str__(self) -> str:
        return f"{self.kind} {self.pattern}"
