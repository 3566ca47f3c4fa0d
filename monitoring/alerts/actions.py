"""What people do with incidents, rules, quiet times and channels. Every one is authorised and audited."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from monitoring.alerts.messages import Told, make_document
from monitoring.alerts.models import (
    Channel,
    Incident,
    IncidentEntry,
    MaintenanceWindow,
    Notification,
    Rule,
    Silence,
)
from monitoring.alerts.telling import queue
from monitoring.alerts.words import EntryKind, Notice, Severity
from prism.core import audit
from prism.core.access import Actor, authorize, is_allowed

LONGEST_SILENCE = timedelta(days=30)
MOST_NOTE = 2000


class NotPossible(Exception):
    """What was asked for makes no sense now; the message is for people."""


def acknowledge(*, actor: Actor, incident: Incident, now: datetime) -> None:
    """Say that somebody is on it: there are no more reminders. Doing it again changes nothing."""
    authorize(actor, "incidents.acknowledge", incident.title)
    with transaction.atomic():
        mine = Incident.objects.filter(pk=incident.pk, acknowledged_at=None, resolved_at=None)
        if mine.update(acknowledged_at=now, acknowledged_by=_name(actor)):
            _note(incident, EntryKind.ACKNOWLEDGED, "", actor, now)
            _audit("incident.acknowledged", actor, incident)


def assign(*, actor: Actor, incident: Incident, username: str, now: datetime) -> None:
    """Give it to somebody who may act on incidents; an empty name gives it to nobody."""
    authorize(actor, "incidents.acknowledge", incident.title)
    username = _plain(username)
    person = User.objects.filter(username=username).first() if username else None
    if username and (person is None or not is_allowed(person, "incidents.acknowledge")):
        raise NotPossible(f"{username} may not act on incidents")
    with transaction.atomic():
        Incident.objects.filter(pk=incident.pk).update(assigned_to=person)
        text = f"to {person.get_username()}" if person else "to nobody"
        _note(incident, EntryKind.ASSIGNED, text, actor, now)
        _audit("incident.assigned", actor, incident, assigned=username)


def add_note(*, actor: Actor, incident: Incident, text: str, now: datetime) -> None:
    """Write a line on its timeline."""
    authorize(actor, "incidents.acknowledge", incident.title)
    text = _plain(text)
    if not text:
        raise NotPossible("An empty note says nothing")
    with transaction.atomic():
        _note(incident, EntryKind.NOTE, text[:MOST_NOTE], actor, now)
        _audit("incident.noted", actor, incident)


def resolve(*, actor: Actor, incident: Incident, text: str, now: datetime) -> None:
    """End it by hand. It opens again only after its rule was well and then fires anew."""
    authorize(actor, "incidents.acknowledge", incident.title)
    with transaction.atomic():
        row = Incident.objects.select_for_update().get(pk=incident.pk)
        if not row.is_open:
            return
        was_told = row.told_at is not None
        row.resolved_at = max(now, row.opened_at)
        row.resolution = f"by {_name(actor)}"
        row.is_by_console, row.told_at = False, None
        row.save(update_fields=["resolved_at", "resolution", "is_by_console", "told_at"])
        _note(row, EntryKind.RESOLVED, _plain(text)[:MOST_NOTE], actor, now)
        if was_told:
            queue([(row, Notice.RECOVERED)], now)
        _audit("incident.resolved", actor, row)


def create_silence(
    *, actor: Actor, reason: str, ends_at: datetime, now: datetime, service: str = "",
    rule_name: str = "",
) -> Silence:  # fmt: skip
    """Tell nobody of what it covers until it ends, for at most 30 days."""
    authorize(actor, "alerts.edit", service)
    service, rule_name, reason = _plain(service), _plain(rule_name), _plain(reason)
    if not reason:
        raise NotPossible("Say why: whoever wonders later finds it")
    if not now < ends_at <= now + LONGEST_SILENCE:
        raise NotPossible(f"A silence ends within {LONGEST_SILENCE.days} days")
    if rule_name and not Rule.objects.filter(name=rule_name).exists():
        raise NotPossible(f"There is no rule {rule_name}")
    with transaction.atomic():
        silence = Silence.objects.create(
            service=service[:100], rule_name=rule_name, reason=reason[:500],
            starts_at=now, ends_at=ends_at, created_by=_name(actor),
        )  # fmt: skip
        details: dict[str, object] = {"rule": rule_name, "ends_at": ends_at.isoformat()}
        target = service or "everything"
        audit.record("silence.created", actor=actor, target=target, details=details)
    return silence


def end_silence(*, actor: Actor, silence: Silence, now: datetime) -> None:
    """End it now; what is still wrong is told."""
    authorize(actor, "alerts.edit", silence.service)
    with transaction.atomic():
        if Silence.objects.filter(pk=silence.pk, ends_at__gt=now).update(ends_at=now):
            audit.record("silence.ended", actor=actor, target=silence.service or "everything")


def save_rule(rule: Rule, *, actor: Actor) -> None:
    """Save a rule; it counts from the next evaluation on."""
    authorize(actor, "alerts.edit", rule.name)
    details = {"kind": rule.kind, "fire": rule.fire, "for_s": rule.for_s, "on": rule.is_enabled}
    _save(rule, "rule", actor, details)


def save_window(window: MaintenanceWindow, *, actor: Actor) -> None:
    """Save a maintenance window; it counts within ten seconds."""
    authorize(actor, "alerts.edit", window.title)
    details = {"services": window.services, "environment": window.environment,
               "starts_on": str(window.starts_on), "repeat": window.repeat}  # fmt: skip
    _save(window, "maintenance", actor, details)


def save_channel(channel: Channel, *, actor: Actor) -> None:
    """Save a channel. Only names of variables are stored and audited, never what is in them.

    What waits to be sent on one that is switched off is given up: nobody wants it days later.
    """
    authorize(actor, "channels.edit", channel.name)
    details = {
        "kind": channel.kind, "url_variable": channel.url_variable, "recipients": channel.recipients,
        "key_variable": channel.key_variable, "on": channel.is_enabled,
    }  # fmt: skip
    with transaction.atomic():
        _save(channel, "channel", actor, details)
        if not channel.is_enabled:
            State = Notification.State
            waiting = channel.notifications.filter(state__in=(State.GATHERING, State.READY))
            waiting.update(state=State.FAILED)


def send_test(*, actor: Actor, channel: Channel, now: datetime) -> Notification:
    """Queue a test message; a worker sends it within seconds, and the channel shows what came of it."""
    authorize(actor, "channels.edit", channel.name)
    told = Told(
        id=0, notice=Notice.TEST, title=f"a message to {channel.name} from Prism", subject="prism",
        environments="", rule="test", severity=Severity.WARNING, reason="", opened_at=now,
        resolved_at=None, resolution="", affected=(), deployment="", advice="", url="",
    )  # fmt: skip
    with transaction.atomic():
        notification = Notification(
            channel=channel, state=Notification.State.READY, created_at=now, due_at=now
        )
        notification.document = make_document(str(notification.key), [told], at=now)
        notification.save()
        audit.record("channel.tested", actor=actor, target=channel.name)
    return notification


def _save(row: Any, word: str, actor: Actor, details: Mapping[str, object]) -> None:
    with transaction.atomic():
        verb = "changed" if row.pk else "created"
        row.save()
        audit.record(f"{word}.{verb}", actor=actor, target=str(row), details=dict(details))


def _plain(text: str) -> str:
    """Drop what PostgreSQL takes in no text."""
    return text.replace("\x00", "").strip()


def _note(incident: Incident, kind: EntryKind, text: str, actor: Actor, now: datetime) -> None:
    IncidentEntry.objects.create(
        incident=incident, at=now, kind=kind, text=text, actor_name=_name(actor)
    )


def _audit(action: str, actor: Actor, incident: Incident, **details: object) -> None:
    audit.record(
        action, actor=actor, target=incident.title, details={"incident": incident.pk, **details}
    )


def _name(actor: Actor) -> str:
    name = actor.get_username() if isinstance(actor, User) else getattr(actor, "name", "somebody")
    return str(name)[:150]
