"""Closes the group that a channel has gathered: from then on its message stays the same until it arrived."""

from collections.abc import Collection, Sequence
from datetime import datetime

from django.conf import settings
from django.db import connection, transaction
from django.urls import reverse

from monitoring.alerts.messages import Told, make_document, net
from monitoring.alerts.models import (
    Channel,
    EvaluationMark,
    Incident,
    Notification,
    NotificationItem,
)
from monitoring.alerts.words import Notice

_ORDER = (Notice.OPENED, Notice.FLAPPING, Notice.REMINDER, Notice.RECOVERED, Notice.TEST)


def close_groups(now: datetime) -> int:
    """Close every group that is due; one in which nothing is left to tell is deleted. Gives how many are ready."""
    ready = 0
    due = Notification.objects.filter(state=Notification.State.GATHERING, due_at__lte=now).order_by(
        "pk"
    )
    if not due.exists():
        return 0
    with transaction.atomic():
        # never beside an evaluation: it holds incidents and wants what is gathered, we the other way round
        EvaluationMark.objects.select_for_update().filter(pk=EvaluationMark.SINGLETON_ID).first()
        skip = connection.features.has_select_for_update_skip_locked
        for notification in due.select_for_update(skip_locked=skip):
            ready += _close(notification, now)
    return ready


def _close(notification: Notification, now: datetime) -> bool:
    told = _what_to_tell(notification)
    if not told:
        notification.delete()
        return False
    notification.document = make_document(str(notification.key), told, at=now)
    notification.state, notification.due_at = Notification.State.READY, now
    notification.save(update_fields=["document", "state", "due_at"])
    Channel.objects.filter(pk=notification.channel_id).update(told_at=now)
    return True


def _what_to_tell(notification: Notification) -> list[Told]:
    """Reduce the items to one word for each incident, and leave out what turned out to have a cause."""
    notices: dict[int, list[Notice]] = {}
    incidents: dict[int, Incident] = {}
    items = notification.items.order_by("pk").select_related(
        "incident", "incident__rule", "incident__deployment"
    )
    for item in items:
        notices.setdefault(item.incident_id, []).append(Notice(item.notice))
        incidents[item.incident_id] = item.incident
    remaining = {pk: word for pk, said in notices.items() if (word := net(said)) is not None}
    explained = [
        pk
        for pk, word in remaining.items()
        if word in (Notice.OPENED, Notice.FLAPPING) and incidents[pk].cause_id is not None
    ]
    for pk in explained:
        del remaining[pk]
    _forget_items(notification, notices.keys() - remaining.keys())
    # whom nobody was told of: its recovery is no news, and it is told if it outlives its cause
    Incident.objects.filter(pk__in=explained, notices=None).update(told_at=None)
    affected = _affected(list(remaining))
    told = [_told(incidents[pk], word, affected.get(pk, [])) for pk, word in remaining.items()]
    return sorted(told, key=lambda one: (_ORDER.index(one.notice), one.severity, one.id))


def _forget_items(notification: Notification, incident_ids: set[int]) -> None:
    NotificationItem.objects.filter(
        notification=notification, incident_id__in=incident_ids
    ).delete()


def _affected(incident_ids: Collection[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    rows = Incident.objects.filter(cause_id__in=incident_ids)
    for cause_id, subject in rows.order_by("subject").values_list("cause_id", "subject"):
        if subject not in found.setdefault(cause_id, []):
            found[cause_id].append(subject)
    return found


def _told(incident: Incident, notice: Notice, affected: Sequence[str]) -> Told:
    deployment = incident.deployment
    return Told(
        id=incident.pk,
        notice=notice,
        title=incident.title,
        subject=incident.subject,
        environments=incident.environments,
        rule=incident.rule_name,
        severity=incident.severity,
        reason=incident.reason,
        opened_at=incident.opened_at,
        resolved_at=incident.resolved_at,
        resolution=incident.resolution,
        affected=[name for name in affected if name != incident.subject],
        deployment=f"{deployment.short} at {deployment.at:%H:%M} UTC" if deployment else "",
        advice=incident.rule.advice if incident.rule else "",
        url=incident_url(incident.pk),
    )


def incident_url(pk: int) -> str:
    """Give the public address of an incident, "" when the console has none."""
    public = settings.PRISM_PUBLIC_URL
    return f"{public}{reverse('incident', args=[pk])}" if public else ""
