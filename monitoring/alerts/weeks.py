"""The weeks of maintenance: which windows are open on which day, and what comes next."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from monitoring.alerts.models import MaintenanceWindow
from monitoring.alerts.recurrence import Occurrence, next_occurrence, occurrences

WEEKS = 5


@dataclass(frozen=True, slots=True)
class Planned:
    """One time that a window is open."""

    window: MaintenanceWindow
    occurrence: Occurrence


@dataclass(frozen=True, slots=True)
class Day:
    """One day (UTC) of the calendar."""

    day: date
    is_today: bool
    is_past: bool
    planned: Sequence[Planned]


@dataclass(frozen=True, slots=True)
class Upcoming:
    """One window, with the time that is open or comes next; None when there is none any more."""

    window: MaintenanceWindow
    occurrence: Occurrence | None
    is_open: bool
    repeats: str


@dataclass(frozen=True, slots=True)
class Calendar:
    """The whole page."""

    weeks: Sequence[Sequence[Day]]
    windows: Sequence[Upcoming]
    earlier: str
    later: str


_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def load_calendar(now: datetime, asked: datetime | None) -> Calendar:
    """Lay out five weeks from the Monday of a day. One query."""
    around = (asked or now).astimezone(UTC)
    first = around.replace(hour=0, minute=0, second=0, microsecond=0)
    first -= timedelta(days=first.weekday())
    end = first + timedelta(weeks=WEEKS)
    windows = list(MaintenanceWindow.objects.order_by("starts_on", "starts_clock", "pk"))
    planned = sorted(
        (
            Planned(window, one)
            for window in windows
            if not window.is_cancelled
            for one in occurrences(window.schedule, first, end)
        ),
        key=lambda one: one.occurrence.begins_at,
    )
    days = [_day(first + timedelta(days=number), planned, now) for number in range(7 * WEEKS)]
    upcoming = [_upcoming(window, now) for window in windows]
    upcoming.sort(
        key=lambda one: (one.occurrence is None, one.occurrence and one.occurrence.begins_at)
    )
    step = timedelta(weeks=WEEKS)
    return Calendar(
        weeks=[days[start : start + 7] for start in range(0, len(days), 7)],
        windows=upcoming,
        earlier=f"{first - step:%Y-%m-%d}",
        later=f"{first + step:%Y-%m-%d}",
    )


def _day(start: datetime, planned: Sequence[Planned], now: datetime) -> Day:
    end = start + timedelta(days=1)
    today = now.astimezone(UTC).date()
    mine = [
        one for one in planned if one.occurrence.begins_at < end and one.occurrence.ends_at > start
    ]
    return Day(start.date(), start.date() == today, start.date() < today, mine)


def _upcoming(window: MaintenanceWindow, now: datetime) -> Upcoming:
    found = None if window.is_cancelled else next_occurrence(window.schedule, now)
    is_open = found is not None and found.begins_at <= now
    return Upcoming(window, found, is_open, _repeats(window))


def _repeats(window: MaintenanceWindow) -> str:
    words = str(window.repeat)
    if window.repeat == "weekly":
        days = sorted(int(day) for day in window.weekdays) or [window.starts_on.weekday()]
        words = "every " + ", ".join(_DAYS[day] for day in days if 0 <= day < 7)
    elif window.repeat == "monthly":
        words = f"on day {window.starts_on.day} of every month"
    until = (
        f" until {window.last_day:%Y-%m-%d}" if window.last_day and window.repeat != "once" else ""
    )
    return words + until
