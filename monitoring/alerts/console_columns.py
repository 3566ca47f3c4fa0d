"""Columns of how the console itself does: worker, bridge, disk, audit trail. Pure."""

from dataclasses import dataclass
from datetime import datetime

from monitoring.alerts.columns import Column, Sample
from monitoring.alerts.words import CONSOLE, Kind


@dataclass(frozen=True, slots=True)
class ConsoleFacts:
    """What is known of the console; None is "not known", such as a bridge that never ran."""

    worker_beat_at: datetime | None = None
    bridge_heard_at: datetime | None = None
    disk_free_percent: float | None = None
    is_trail_whole: bool | None = None


def console_column(kind: Kind, facts: ConsoleFacts, now: datetime) -> Column:
    """Measure the one subject there is."""
    return Column({CONSOLE: _MEASURES[kind](facts, now)})


def _worker(facts: ConsoleFacts, now: datetime) -> Sample:
    return _age(facts.worker_beat_at, now, "the last sign of life of a worker")


def _bridge(facts: ConsoleFacts, now: datetime) -> Sample:
    return _age(facts.bridge_heard_at, now, "somebody last listened on prism:events")


def _disk(facts: ConsoleFacts, now: datetime) -> Sample:
    free = facts.disk_free_percent
    return Sample(free, "not known" if free is None else f"{free:.0f} % of the disk is free")


def _audit(facts: ConsoleFacts, now: datetime) -> Sample:
    if facts.is_trail_whole is None:
        return Sample(None, "never verified")
    if facts.is_trail_whole:
        return Sample(0.0, "the audit trail is whole")
    return Sample(1.0, "the audit trail is broken: prism audit verify")


def _age(at: datetime | None, now: datetime, words: str) -> Sample:
    if at is None:
        return Sample(None, "never")
    age_s = max(0.0, (now - at).total_seconds())
    return Sample(age_s, f"{words} {age_s:.0f} s ago")


_MEASURES = {Kind.WORKER: _worker, Kind.BRIDGE: _bridge, Kind.DISK: _disk, Kind.AUDIT: _audit}
