"""What the page of one incident shows: its timeline from everything that was written down meanwhile."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db.models import Q

from monitoring.alerts.models import Incident, NotificationItem
from monitoring.alerts.rule_kinds import span
from monitoring.events.models import Event
from monitoring.health.models import Deployment, Transition

BEFORE = timedelta(minutes=30)
AFTER = timedelta(minutes=5)
MOST_OF_A_KIND = 100
_CSS = {"up": "up", "degraded": "degraded", "down": "down", "unknown": "unknown"}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the timeline; `css` is the chip's class, `word` its text."""

    at: datetime
    css: str
    word: str
    text: str
    who: str = ""
    url_name: str = ""
    url_key: str = ""


@dataclass(frozen=True, slots=True)
class IncidentPage:
    """The whole page."""

    incident: Incident
    lasted: str
    timeline: Sequence[Line]
    symptoms: Sequence[Incident]
    people: Sequence[User]


def load_incident(pk: int, now: datetime) -> IncidentPage | None:
    """Load it, None when there is no such one. Seven queries at any size."""
    rows = Incident.objects.select_related("rule", "cause", "deployment", "assigned_to")
    incident = rows.filter(pk=pk).first()
    if incident is None:
        return None
    end = incident.resolved_at or now
    lines = [
        Line(incident.opened_at, "down", "opened", f"{incident.rule_name}: {incident.reason}".rstrip(": ")),
        *_entries(incident),
        *_notices(incident),
        *_transitions(incident, end),
        *_deployments(incident, end),
        *_events(incident, end),
    ]  # fmt: skip
    if incident.resolved_at:
        lasted = span((end - incident.opened_at).total_seconds())
        how = f" {incident.resolution}" if incident.resolution else ""
        lines.append(Line(incident.resolved_at, "up", "over", f"after {lasted}{how}"))
    staff = User.objects.filter(is_active=True, is_staff=True)
    who_may = Q(is_superuser=True) | Q(groups__name__in=("operator", "admin"))
    return IncidentPage(
        incident=incident,
        lasted=span((end - incident.opened_at).total_seconds()),
        timeline=sorted(lines, key=lambda line: line.at),
        symptoms=list(incident.symptoms.order_by("subject", "pk")[:MOST_OF_A_KIND]),
        people=list(staff.filter(who_may).distinct().order_by("username")[:MOST_OF_A_KIND]),
    )


def _entries(incident: Incident) -> Iterator[Line]:
    for entry in incident.entries.order_by("-at", "-pk")[:MOST_OF_A_KIND]:
        yield Line(entry.at, "planned", entry.kind, entry.text, who=entry.actor_name)


def _notices(incident: Incident) -> Iterator[Line]:
    items = NotificationItem.objects.filter(incident=incident).select_related(
        "notification__channel"
    )
    for item in items.order_by("-pk")[:MOST_OF_A_KIND]:
        message = item.notification
        channel = message.channel.name
        if message.sent_at:
            yield Line(message.sent_at, "planned", "told", f"{item.notice}, to {channel}")
        else:
            words = {"failed": "could not be told", "gathering": "is gathered for"}
            text = f"{item.notice}, {words.get(message.state, 'is on its way to')} {channel}"
            yield Line(item.at, "unknown", "to tell", text)


def _transitions(incident: Incident, end: datetime) -> Iterator[Line]:
    rows = Transition.objects.for_subject(incident.subject)
    for row in rows.filter(at__gte=incident.opened_at - BEFORE, at__lte=end + AFTER)[
        :MOST_OF_A_KIND
    ]:
        check = row.check_row
        text = f"{check.environment} {check.kind}, was {row.before}"
        reason = f": {row.reason}" if row.reason else ""
        yield Line(row.at, _CSS[row.after], row.after, text + reason,
                   url_name="service-health", url_key=incident.subject)  # fmt: skip


def _deployments(incident: Incident, end: datetime) -> Iterator[Line]:
    rows = Deployment.objects.filter(
        subject=incident.subject, at__gte=incident.opened_at - BEFORE, at__lte=end + AFTER
    )
    for row in rows.order_by("-at")[:MOST_OF_A_KIND]:
        yield Line(
            row.at, "planned", "deployed", f"{row.short} in {row.environment}", who=row.reported_by
        )


def _events(incident: Incident, end: datetime) -> Iterator[Line]:
    rows = Event.objects.of_service(incident.subject).filter(
        received_at__gte=incident.opened_at - BEFORE,
        received_at__lte=end + AFTER,
        severity__in=("warning", "error", "critical"),
    )
    # what health publishes of a verdict is among the transitions, what we publish is this page
    for row in rows.exclude(type__startswith="health.").exclude(type__startswith="incident.")[:MOST_OF_A_KIND]:  # fmt: skip
        yield Line(row.received_at, "degraded", row.severity, f"{row.message} ({row.type})",
                   url_name="event", url_key=str(row.seq))  # fmt: skip
