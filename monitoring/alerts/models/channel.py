"""Channels, and the outbox: what is to be told where, written together with the incident."""

import uuid

from django.core.validators import MaxValueValidator, RegexValidator
from django.db import models

from monitoring.alerts.models.incident import Incident
from monitoring.alerts.words import ChannelKind, Notice, Severity

# a channel names variables of the worker; only these, so that it cannot name any other secret
SECRET_VARIABLE = RegexValidator(
    r"^PRISM_CHANNEL_[A-Z0-9_]{1,80}$", "Name a variable that begins with PRISM_CHANNEL_"
)


class Channel(models.Model):
    """A place where people are told.

    The address and the signing key are secrets: the channel names the variables of the worker's
    environment that hold them, and the values are stored nowhere. `recipients` are e-mail addresses.
    """

    name = models.CharField(max_length=100, unique=True)
    kind = models.CharField(max_length=10, choices=[(one.value, one.value) for one in ChannelKind])
    url_variable = models.CharField(
        max_length=100, blank=True, default="", validators=[SECRET_VARIABLE]
    )
    key_variable = models.CharField(
        max_length=100, blank=True, default="", validators=[SECRET_VARIABLE]
    )
    recipients = models.CharField(max_length=1000, blank=True, default="")
    min_severity = models.CharField(
        max_length=10,
        choices=[(one.value, one.value) for one in Severity],
        default=Severity.WARNING,
    )
    group_wait_s = models.PositiveIntegerField(default=30, validators=[MaxValueValidator(3600)])
    group_interval_s = models.PositiveIntegerField(
        default=300, validators=[MaxValueValidator(86_400)]
    )
    is_enabled = models.BooleanField(default=True)
    told_at = models.DateTimeField(null=True, editable=False)  # when the last group was closed
    delivered_at = models.DateTimeField(null=True, editable=False)
    failed_at = models.DateTimeField(null=True, editable=False)
    last_error = models.CharField(max_length=300, blank=True, default="", editable=False)
    failures = models.PositiveIntegerField(default=0, editable=False)  # in a row

    def __str__(self) -> str:
        return self.name

    def takes(self, severity: str) -> bool:
        """Say whether an incident of a severity is told here."""
        is_enough = severity == Severity.CRITICAL or self.min_severity == Severity.WARNING
        return self.is_enabled and is_enough


class Notification(models.Model):
    """One message to one channel: gathered until it is due, then sent until it arrived.

    `key` is the Idempotency-Key: it and `document` stay the same however often it is sent. A worker
    that sends it holds it until `claimed_until`; after that another one may.
    """

    class State(models.TextChoices):
        """How far it is."""

        GATHERING = "gathering"
        READY = "ready"
        SENT = "sent"
        FAILED = "failed"

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="notifications")
    state = models.CharField(max_length=10, choices=State.choices, default=State.GATHERING)
    created_at = models.DateTimeField()
    due_at = models.DateTimeField()
    claimed_until = models.DateTimeField(null=True)
    attempts = models.PositiveIntegerField(default=0)
    document = models.JSONField(null=True)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["channel"],
                condition=models.Q(state="gathering"),
                name="channel_gathers_one_notification",
            )
        ]
        indexes = [models.Index(fields=["state", "due_at"], name="notifications_to_send")]

    def __str__(self) -> str:
        return str(self.key)


class NotificationItem(models.Model):
    """One thing that a notification tells of one incident."""

    notification = models.ForeignKey(Notification, on_delete=models.CASCADE, related_name="items")
    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="notices")
    notice = models.CharField(max_length=10, choices=[(one.value, one.value) for one in Notice])
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.notice} {self.incident_id}"


class Delivery(models.Model):
    """One attempt to send a notification, and what came of it."""

    notification = models.ForeignKey(
        Notification, on_delete=models.CASCADE, related_name="deliveries"
    )
    at = models.DateTimeField()
    took_ms = models.FloatField(default=0)
    is_ok = models.BooleanField()
    outcome = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        indexes = [models.Index(fields=["at"], name="deliveries_by_time")]

    def __str__(self) -> str:
        return self.outcome
