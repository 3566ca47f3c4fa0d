# ruff: noqa: DTZ001 (a wall clock has no time zone)
"""Maintenance windows: computed, in their own time zone, against a model that writes out every day."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitoring.alerts.recurrence import (
    Repeat,
    Schedule,
    next_occurrence,
    occurrences,
    open_until,
)

ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Apia"]
schedules = st.builds(
    Schedule,
    starts_at=st.datetimes(datetime(2026, 1, 1), datetime(2026, 6, 1)).map(
        lambda at: at.replace(second=0, microsecond=0)
    ),
    minutes=st.integers(1, 3 * 24 * 60),
    zone=st.sampled_from(ZONES),
    repeat=st.sampled_from(list(Repeat)),
    weekdays=st.frozensets(st.integers(0, 6), max_size=3),
    last_day=st.none() | st.dates(date(2026, 5, 1), date(2027, 1, 1)),
)
moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 3, 1)).map(
    lambda at: at.replace(tzinfo=UTC)
)


def every_day(schedule: Schedule) -> list[tuple[datetime, datetime]]:
    """Write out all of them, day by day, from the words of the rule."""
    zone, first, found = ZoneInfo(schedule.zone), schedule.starts_at.date(), []
    for number in range(500):
        day = first + timedelta(days=number)
        wanted = {
            Repeat.ONCE: number == 0,
            Repeat.DAILY: True,
            Repeat.WEEKLY: day.weekday() in schedule.weekdays
            or (not schedule.weekdays and number % 7 == 0),
            Repeat.MONTHLY: day.day == first.day,
        }[schedule.repeat]
        is_past = schedule.repeat is not Repeat.ONCE and (
            schedule.last_day is not None and day > schedule.last_day
        )
        if wanted and not is_past:
            wall = datetime.combine(day, schedule.starts_at.time(), tzinfo=zone)
            begins_at = wall.astimezone(UTC)
            found.append((begins_at, begins_at + timedelta(minutes=schedule.minutes)))
    return found


@settings(deadline=None)
@given(schedules, moments)
def test_a_window_is_open_exactly_when_the_model_says_so(schedule: Schedule, now: datetime) -> None:
    ends = [end for start, end in every_day(schedule) if start <= now < end]

    assert open_until(schedule, now) == max(ends, default=None)


@settings(deadline=None)
@given(schedules, moments, st.integers(1, 60))
def test_the_calendar_lists_what_the_model_lists(
    schedule: Schedule, start: datetime, days: int
) -> None:
    end = start + timedelta(days=days)

    listed = [(one.begins_at, one.ends_at) for one in occurrences(schedule, start, end)]

    assert listed == [pair for pair in every_day(schedule) if pair[0] < end and pair[1] > start]


def test_the_wall_clock_stays_when_the_clocks_change() -> None:
    sunday = Schedule(datetime(2026, 10, 18, 2, 30), 60, "Europe/Berlin", Repeat.WEEKLY)

    starts = [
        one.begins_at
        for one in occurrences(
            sunday, datetime(2026, 10, 17, tzinfo=UTC), datetime(2026, 11, 3, tzinfo=UTC)
        )
    ]

    assert [at.time() for at in starts] == [time(0, 30), time(0, 30), time(1, 30)]


def test_a_skipped_time_comes_an_hour_later() -> None:
    spring = Schedule(datetime(2026, 3, 29, 2, 30), 60, "Europe/Berlin")

    found = next_occurrence(spring, datetime(2026, 3, 1, tzinfo=UTC))

    assert found is not None
    assert found.begins_at == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)  # 03:30 in Berlin


@pytest.mark.parametrize("repeat", list(Repeat))
def test_a_rule_of_long_ago_costs_no_more_than_one_of_today(repeat: Repeat) -> None:
    old = Schedule(datetime(1971, 1, 4, 2, 0), 60, "Europe/Berlin", repeat)
    now = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)

    found = list(occurrences(old, now, now + timedelta(days=31)))

    assert len(found) <= 32
