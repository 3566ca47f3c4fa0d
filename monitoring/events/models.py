"""The tables of events: the events, their one counter, what was refused, and when nobody listened."""

import uuid

from django.db import models

from monitoring.events.filters import EventFilter, severities_from


class Severity(models.TextChoices):
    """How bad an event is; the order is that of growing concern."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"
    CRITICAL = "critical"


class StreamHeadManager(models.Manager["StreamHead"]):
    """Reads of the counter."""

    def current(self) -> "StreamHead":
        """Give the one row without locking it; made when it is missing, as its epoch must stay."""
        return self.first() or self.get_or_create(pk=StreamHead.SINGLETON_ID)[0]


class StreamHead(models.Model):
    """The one row that numbers events: whoever stores some locks it until the commit.

    So the numbers are dense and become visible in their order; a sequence of the database skips numbers
    and shows 8 before 7. `epoch` changes when the numbers start again, after a restored backup.
    """

    SINGLETON_ID = 1

    seq = models.PositiveBigIntegerField(default=0)
    epoch = models.UUIDField(default=uuid.uuid4)

    objects = StreamHeadManager()

    def __str__(self) -> str:
        return f"{self.epoch}:{self.seq}"


class EventQuerySet(models.QuerySet["Event"]):
    """Reads of events, named after who asks."""

    def fitting(self, asked: EventFilter) -> "EventQuerySet":
        """Keep what the filter keeps; the same decision as `EventFilter.fits`."""
        rows = self
        if asked.service:
            rows = rows.filter(service=asked.service)
        if asked.type:
            rows = rows.filter(type__istartswith=asked.type)
        if asked.severity:
            rows = rows.filter(severity__in=severities_from(asked.severity))
        if asked.text:
            rows = rows.filter(
                models.Q(message__icontains=asked.text)
                | models.Q(type__icontains=asked.text)
                | models.Q(service__icontains=asked.text)
            )
        return rows

    def for_page(self, asked: EventFilter, *, before: int | None = None) -> "EventQuerySet":
        """Give the newest first, those older than the number `before` when it is given."""
        rows = self.fitting(asked)
        if before is not None:
            rows = rows.filter(seq__lt=before)
        return rows.order_by("-seq")

    def between(self, after: int, until: int) -> "EventQuerySet":
        """Give the numbers after one up to and with another, oldest first."""
        return self.filter(seq__gt=after, seq__lte=until).order_by("seq")

    def of_service(self, name: str) -> "EventQuerySet":
        """Give a service's events, newest first."""
        return self.filter(service=name).order_by("-seq")

    def oldest_of(self, severity: str) -> "EventQuerySet":
        """Give the events of a severity, oldest first."""
        return self.filter(severity=severity).order_by("seq")


class Event(models.Model):
    """Something that happened, as a service told it.

    `source` is the door and who came through it; with `event_id` it names the event once and for all:
    sent again, it is the same event. `payload` is JSON text, as canonicalised, never parsed by SQL.
    """

    seq = models.PositiveBigIntegerField(primary_key=True)
    source = models.CharField(max_length=300)
    event_id = models.CharField(max_length=200)
    service = models.CharField(max_length=100)
    type = models.CharField(max_length=100)
    severity = models.CharField(max_length=10, choices=Severity.choices)
    message = models.CharField(max_length=2000, blank=True, default="")
    payload = models.TextField(default="null")
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField()

    objects = EventQuerySet.as_manager()

    class Meta:
        constraints = [
            # the id first: a batch is looked up by its ids
            models.UniqueConstraint(
                fields=["event_id", "source"], name="source_sends_an_event_once"
            ),
        ]
        indexes = [
            models.Index(fields=["service", "-seq"], name="events_of_a_service"),
            models.Index(fields=["severity", "-seq"], name="events_of_a_severity"),
        ]

    def __str__(self) -> str:
        return f"{self.seq} {self.service} {self.type}"


class QuarantinedMessage(models.Model):
    """A message that could not be stored as an event, kept with the reason; nothing is dropped silently.

    `raw` is its beginning, as text; `size_bytes` is how long it was.
    """

    door = models.CharField(max_length=20)
    entry_id = models.CharField(max_length=50, unique=True)
    reason = models.CharField(max_length=500)
    raw = models.TextField()
    size_bytes = models.PositiveBigIntegerField()
    received_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.entry_id}: {self.reason}"


class BridgeLease(models.Model):
    """Who alone listens on the channel, and until when it surely did.

    A process renews the row while it is subscribed; when it stops, another takes over after `expires_at`
    and everything after `listening_until` is a gap.
    """

    SINGLETON_ID = 1

    holder = models.CharField(max_length=200, blank=True, default="")
    expires_at = models.DateTimeField()
    listening_until = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.holder or "nobody"


class BusGap(models.Model):
    """An interval in which nobody listened on the channel: what was published then is gone."""

    began_at = models.DateTimeField()
    ended_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ended_at__gte=models.F("began_at")),
                name="bus_gap_ends_after_it_began",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.began_at:%Y-%m-%d %H:%M:%S} to {self.ended_at:%H:%M:%S}"
