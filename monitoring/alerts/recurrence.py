"""When a maintenance window is open: computed from its rule whenever somebody asks, never written out. Pure.

The rule is of the wall clock of its time zone: "Sunday 02:00 in Berlin" stays 02:00 when the clocks
change. A time that the spring change skips begins an hour later, as clocks show it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo


class Repeat(StrEnum):
    """How often a window comes back."""

    ONCE = "once"
    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"


@dataclass(frozen=True, slots=True)
class Schedule:
    """A window's rule. `starts_at` is the local wall clock, without a zone, of the first time.

    `weekdays` (0 is Monday) are of a weekly one; none means the day of the first. A monthly one comes on
    the day of the first, and not in a month without it. `last_day` ends the repetition.
    """

    starts_at: datetime
    minutes: int
    zone: str = "UTC"
    repeat: Repeat = Repeat.ONCE
    weekdays: frozenset[int] = frozenset()
    last_day: date | None = None


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One time that a window is open, in UTC: from `begins_at` up to, not with, `ends_at`."""

    begins_at: datetime
    ends_at: datetime


def occurrences(schedule: Schedule, start: datetime, end: datetime) -> Iterator[Occurrence]:
    """Give those that touch the time from `start` to `end`, the earliest first.

    Looks only at the days in question, however long ago the first was.
    """
    zone = ZoneInfo(schedule.zone)
    length = timedelta(minutes=schedule.minutes)
    first = schedule.starts_at.date()
    if schedule.repeat is Repeat.ONCE:
        days: Iterator[date] = iter([first])
    else:
        begin = max(first, (start - length).astimezone(zone).date() - timedelta(days=1))
        stop = end.astimezone(zone).date() + timedelta(days=1)
        days = _days(begin, min(stop, schedule.last_day) if schedule.last_day else stop)
    for day in days:
        if not _comes_on(schedule, day):
            continue
        begins_at = _in_utc(datetime.combine(day, schedule.starts_at.time()), zone)
        if begins_at < end and begins_at + length > start:
            yield Occurrence(begins_at, begins_at + length)


def open_until(schedule: Schedule, now: datetime) -> datetime | None:
    """Say when the window that is open now ends, None when it is not open."""
    ends = [one.ends_at for one in occurrences(schedule, now, now + timedelta(microseconds=1))]
    return max(ends, default=None)


def next_occurrence(schedule: Schedule, now: datetime) -> Occurrence | None:
    """Give the one that is open or comes next, within a year and a month."""
    return next(occurrences(schedule, now, now + timedelta(days=396)), None)


def _comes_on(schedule: Schedule, day: date) -> bool:
    if schedule.repeat is Repeat.WEEKLY:
        return day.weekday() in (schedule.weekdays or {schedule.starts_at.weekday()})
    if schedule.repeat is Repeat.MONTHLY:
        return day.day == schedule.starts_at.day
    return True


def _days(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += timedelta(days=1)


def _in_utc(wall: datetime, zone: ZoneInfo) -> datetime:
    """Find the moment of a wall clock; of two the first."""
    return wall.replace(tzinfo=zone).astimezone(UTC)
