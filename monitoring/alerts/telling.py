"""Decides what people are told of each incident, and writes it to the outbox in the same transaction."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from monitoring.alerts.models import (
    Channel,
    Incident,
    Notification,
    NotificationItem,
    Silence,
)
from monitoring.alerts.round import Round, key_of
from monitoring.alerts.rows import insert
from monitoring.alerts.words import Notice

_TABLE = Notification._meta.db_table
# the constraint that a channel gathers one notification decides; writing the time takes the lock. It is the
# earlier one: what was gathered while the clock was ahead must not wait until then
_TAKE_WHAT_IS_GATHERED = (
    f"ON CONFLICT (channel_id) WHERE state = '{Notification.State.GATHERING}'"
    f" DO UPDATE SET due_at = CASE WHEN excluded.due_at < {_TABLE}.due_at"
    f" THEN excluded.due_at ELSE {_TABLE}.due_at END"
)


def decide(round_: Round) -> None:
    """Compare what is open with what was told, and list what is to be told now.

    An opening is held back while it has a cause, is in maintenance or silenced, or a cause may still be
    found; when that ends and it is still bad it is told. A recovery is told whenever the opening was.
    """
    reminders = {rule.pk: timedelta(minutes=rule.reminder_min) for rule in round_.rules}
    for incident in round_.resolved:
        if incident.told_at is not None:
            incident.told_at = None
            round_.tell(incident, Notice.RECOVERED)
    silences: Sequence[Silence] | None = None
    for incident in round_.open_incidents:
        notice = _due(incident, reminders, round_)
        if notice is None:
            continue
        if silences is None:
            silences = list(Silence.objects.in_force(round_.now))
        held = _held_back(incident, silences, round_)
        if incident.held_because != held:
            incident.held_because = held
            round_.change(incident)
        if not held:
            incident.told_at = round_.now
            round_.change(incident)
            round_.tell(incident, notice)


def _due(incident: Incident, reminders: dict[int, timedelta], round_: Round) -> Notice | None:
    if incident.cause is not None or key_of(incident) not in round_.bad:
        return None
    if incident.told_at is None:
        return Notice.FLAPPING if incident.flaps else Notice.OPENED
    every = reminders.get(incident.rule_id or 0, timedelta(0))
    if every and incident.acknowledged_at is None and round_.now - incident.told_at >= every:
        return Notice.REMINDER
    return None


def _held_back(incident: Incident, silences: Sequence[Silence], round_: Round) -> str:
    if id(incident) in round_.waiting:
        return round_.waiting[id(incident)]
    is_planned = incident.subject in round_.in_maintenance
    if is_planned or round_.bad[key_of(incident)].in_maintenance:
        return "in maintenance"
    for silence in silences:
        if silence.covers(incident):
            return f"silenced until {silence.ends_at:%Y-%m-%d %H:%M} UTC: {silence.reason}"[:200]
    return ""


def queue(notices: Sequence[tuple[Incident, Notice]], now: datetime) -> None:
    """Add what is to be told to the notification that each channel gathers. Three statements at most.

    The first of a group waits for `group_wait_s`, and after a message the next group is sent no sooner
    than `group_interval_s` later. What is gathered is taken with its lock, so that a group that closes
    at this moment is either over, and a new one begins, or has everything.
    """
    if not notices:
        return
    meant = []
    for channel in Channel.objects.filter(is_enabled=True).order_by("pk"):
        mine = [pair for pair in notices if channel.takes(pair[0].severity)]
        if mine:
            due_at = _due_at(channel, now)
            meant.append((Notification(channel=channel, created_at=now, due_at=due_at), mine))
    insert(Notification, [gathering for gathering, _ in meant], _TAKE_WHAT_IS_GATHERED)
    insert(
        NotificationItem,
        [
            NotificationItem(notification=gathering, incident=incident, notice=notice, at=now)
            for gathering, mine in meant
            for incident, notice in mine
        ],
    )


def _due_at(channel: Channel, now: datetime) -> datetime:
    due_at = now + timedelta(seconds=channel.group_wait_s)
    if channel.told_at is None:
        return due_at
    told_at = min(channel.told_at, now)  # the clock may have been ahead
    return max(due_at, told_at + timedelta(seconds=channel.group_interval_s))
