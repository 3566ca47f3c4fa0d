"""The history stays small: hours become days, what is old goes, a little at a time."""

from datetime import UTC, datetime, timedelta

import pytest

from monitoring.health import retention
from monitoring.health.models import Check, DailyRollup, HourlyRollup, Reading, Transition
from monitoring.health.retention import keep_history
from tests.monitoring.health.making import make_check

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 15, 30, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture(autouse=True)
def few_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "AT_ONCE", 10)
    monkeypatch.setattr(retention, "PAUSE_S", 0)


def read(*ages: timedelta) -> None:
    Reading.objects.bulk_create(Reading(check_id=1, at=NOW - age, found="u") for age in ages)


def test_readings_are_kept_for_two_days() -> None:
    read(*[timedelta(hours=50)] * 35, timedelta(hours=47), timedelta(0))

    keep_history(NOW)

    assert [reading.at for reading in Reading.objects.order_by("pk")] == [NOW - 47 * HOUR, NOW]


def test_a_reading_of_a_clock_that_was_ahead_keeps_none_that_are_behind_it() -> None:
    read(-DAY, *[timedelta(hours=50)] * 35, timedelta(0))

    keep_history(NOW)

    assert Reading.objects.count() == 2


def test_a_run_ends_and_the_next_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "MOST_PAGES", 2)
    read(*[timedelta(hours=50)] * 35, timedelta(0))

    left = []
    for _ in range(2):
        keep_history(NOW)
        left.append(Reading.objects.count())

    assert left == [16, 1]


def test_days_are_the_sums_of_their_hours_however_often_they_are_made() -> None:
    yesterday = NOW.replace(hour=0, minute=0) - DAY
    for hour in range(3):
        HourlyRollup.objects.create(
            check_id=1,
            start=yesterday + hour * HOUR,
            up=10,
            down=hour,
            sum_ms=5.0,
            max_ms=hour,
            b3=10,
        )
    HourlyRollup.objects.create(check_id=1, start=NOW.replace(minute=0), up=4, b3=4)

    keep_history(NOW)
    keep_history(NOW)
    HourlyRollup.objects.filter(start=NOW.replace(minute=0)).update(up=5)
    keep_history(NOW + HOUR)

    days = list(
        DailyRollup.objects.order_by("start").values_list("start", "up", "down", "max_ms", "b3")
    )
    assert days == [(yesterday, 30, 3, 2.0, 30), (yesterday + DAY, 5, 0, 0.0, 4)]


def test_hours_are_kept_for_ninety_days_and_days_for_two_years() -> None:
    for age in (91 * DAY, 89 * DAY):
        HourlyRollup.objects.create(check_id=1, start=NOW - age, up=1)
    for age in (731 * DAY, 729 * DAY):
        DailyRollup.objects.create(check_id=1, start=NOW - age, up=1)

    keep_history(NOW)

    assert HourlyRollup.objects.filter(start__lt=NOW - 90 * DAY).count() == 0
    assert HourlyRollup.objects.count() == 1
    assert DailyRollup.objects.filter(start=NOW - 731 * DAY).count() == 0
    assert DailyRollup.objects.filter(start=NOW - 729 * DAY).count() == 1


def test_a_check_that_nobody_asks_for_is_forgotten_unless_its_verdicts_are_kept() -> None:
    gone = make_check(retired_at=NOW - 731 * DAY)
    with_history = make_check(retired_at=NOW - 731 * DAY)
    late = make_check(retired_at=NOW - DAY)
    Transition.objects.create(check_row=with_history, epoch=1, at=NOW, before="up", after="down")

    keep_history(NOW)

    assert set(Check.objects.values_list("pk", flat=True)) == {with_history.pk, late.pk}
    assert not Check.objects.filter(pk=gone.pk).exists()
