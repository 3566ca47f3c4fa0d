"""The table of the audit trail; triggers of the database refuse to change or delete its rows."""

from typing import TYPE_CHECKING

from django.db import models

from prism.core.audit_chain import Link

if TYPE_CHECKING:
    from datetime import datetime


class ActorKind(models.TextChoices):
    """What kind of actor did it."""

    USER = "user"
    TOKEN = "token"  # noqa: S105  # a word, not a secret
    CLI = "cli"
    SYSTEM = "system"
    ANONYMOUS = "anonymous"


class AuditQuerySet(models.QuerySet["AuditEntry"]):
    """Reads of the trail, named after who reads it."""

    def for_page(
        self,
        *,
        action: str = "",
        actor: str = "",
        target: str = "",
        since: "datetime | None" = None,
        until: "datetime | None" = None,
    ) -> "AuditQuerySet":
        """Filter by what the page's form asks, newest first. `action` matches its beginning."""
        found = self.order_by("-number")
        if action:
            found = found.filter(action__startswith=action)
        if actor:
            found = found.filter(actor_name__icontains=actor)
        if target:
            found = found.filter(target__icontains=target)
        if since:
            found = found.filter(at__gte=since)
        if until:
            found = found.filter(at__lt=until)
        return found


class AuditEntry(models.Model):
    """Who did what to what, when and from where.

    `number` has no gaps. `actor_id` is no foreign key: the entry outlives the account. `details` is
    canonical JSON text, kept as it was sealed. `session` and `key_id` are short fingerprints.
    """

    number = models.PositiveBigIntegerField(primary_key=True)
    at = models.DateTimeField(db_index=True)
    action = models.CharField(max_length=100)
    actor_kind = models.CharField(max_length=10, choices=ActorKind.choices)
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.CharField(max_length=200)
    target = models.CharField(max_length=500, blank=True)
    details = models.TextField(default="{}")
    address = models.CharField(max_length=45, blank=True)
    session = models.CharField(max_length=16, blank=True)
    request_id = models.CharField(max_length=32, blank=True)
    key_id = models.CharField(max_length=8)
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    objects = AuditQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "audit entries"
        indexes = [
            models.Index(fields=["action", "-number"]),
            models.Index(fields=["actor_name", "-number"]),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.action}"

    def as_link(self) -> Link:
        """Give what the seal covers."""
        return Link(**{name: getattr(self, name) for name in Link.__slots__})
