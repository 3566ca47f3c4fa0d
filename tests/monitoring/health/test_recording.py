"""Writing what was found: once, whole, and with few statements."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from monitoring.events.models import Event
from monitoring.health.actions import now_ms, schedule_checks, set_maintenance
from monitoring.health.claims import claim_due
from monitoring.health.models import CheckState, HourlyRollup, Reading, Transition
from monitoring.health.reading_checks import as_asked
from monitoring.health.recording import Result, record
from monitoring.health.words import Verdict
from tests.monitoring.health.making import claim_one, found, make_check, make_scheduled

pytestmark = pytest.mark.django_db
UP, DOWN, UNKNOWN = Verdict.UP, Verdict.DOWN, Verdict.UNKNOWN
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def ask(check: Any, verdict: Verdict, *, at: datetime = NOON, **over: Any) -> int:
    """Claim the check as soon as it is due, and record what was found."""
    CheckState.objects.filter(pk=check.pk).update(due_ms=now_ms(), claimed_until_ms=0)
    result = Result(as_asked(check), claim_one(), found(verdict, **over), at)
    return record([result])


def test_a_result_is_in_the_state_the_readings_and_the_hour() -> None:
    check = make_scheduled()

    discarded = ask(check, UP, latency_ms=12.0)

    state = CheckState.objects.get(pk=check.pk)
    reading = Reading.objects.get()
    hour = HourlyRollup.objects.get()
    assert discarded == 0
    assert (state.verdict, state.last_found, state.latency_ms) == ("up", "up", 12.0)
    assert state.last_at == state.since == NOON
    assert state.hours.endswith("-u")
    assert (reading.found, reading.latency_ms, reading.at) == ("u", 12.0, NOON)
    assert (hour.start, hour.up, hour.down, hour.max_ms, hour.b4) == (NOON, 1, 0, 12.0, 1)


def test_the_hour_adds_up() -> None:
    check = make_scheduled()
    for minute, verdict in enumerate((UP, UP, DOWN, UNKNOWN, UP)):
        ask(check, verdict, at=NOON + timedelta(minutes=minute), latency_ms=3.0 + minute)

    hour = HourlyRollup.objects.get()

    assert (hour.up, hour.down, hour.unknown, hour.maintenance) == (3, 1, 1, 0)
    assert sum(hour.buckets()) == 3
    assert hour.max_ms == 7.0
    assert hour.sum_ms == pytest.approx(3 + 4 + 7)


def test_a_result_of_a_lost_claim_is_discarded() -> None:
    check = make_scheduled(interval_s=60)
    lost = claim_one()
    claim_due(now_ms() + 25_000, 10)

    discarded = record([Result(as_asked(check), lost, found(DOWN), NOON)])

    assert discarded == 1
    assert not Reading.objects.exists()
    assert CheckState.objects.get(pk=check.pk).last_at is None


def test_the_same_result_twice_counts_once() -> None:
    check = make_scheduled()
    result = Result(as_asked(check), claim_one(), found(UP), NOON)
    record([result])
    CheckState.objects.filter(pk=check.pk).update(due_ms=now_ms())
    claim_one()

    assert record([result]) == 1
    assert Reading.objects.count() == 1


def test_an_edit_while_a_probe_runs_discards_its_result() -> None:
    check = make_scheduled()
    claim = claim_one()
    schedule_checks([check], now_ms=now_ms())

    assert record([Result(as_asked(check), claim, found(DOWN), NOON)]) == 1


@pytest.mark.django_db(transaction=True)
def test_going_down_and_coming_back_is_told_once_each() -> None:
    check = make_scheduled()
    story = (UP, DOWN, DOWN, DOWN, DOWN, UP, UP)
    for minute, verdict in enumerate(story):
        reason = "connection refused" if verdict is DOWN else ""
        ask(check, verdict, at=NOON + timedelta(minutes=minute), reason=reason)

    went = list(Transition.objects.order_by("at").values_list("before", "after", "lasted_s"))
    events = list(Event.objects.order_by("seq").values_list("type", "severity", "message"))
    assert went == [("unknown", "up", None), ("up", "down", 180.0), ("down", "up", 180.0)]
    assert [event[:2] for event in events] == [("health.down", "error"), ("health.up", "info")]
    assert events[0][2] == "prod tcp is down: connection refused"
    assert events[1][2] == "prod tcp is up after 3 min down"


def test_a_doubt_is_asked_about_again_in_ten_seconds() -> None:
    check = make_scheduled(interval_s=3600)
    ask(check, UP, at=timezone.now())
    ask(check, DOWN, at=timezone.now())

    state = CheckState.objects.get(pk=check.pk)

    assert state.step == "suspect"
    assert 0 < state.due_ms - now_ms() <= 10_000


def test_maintenance_is_counted_apart_and_the_verdict_goes_on_underneath() -> None:
    check = make_scheduled()
    set_maintenance([check.pk], NOON + timedelta(hours=1))
    for minute in range(3):
        ask(check, DOWN, at=NOON + timedelta(minutes=minute))

    hour = HourlyRollup.objects.get()
    assert (hour.down, hour.maintenance) == (0, 3)
    assert CheckState.objects.get(pk=check.pk).verdict == "down"
    assert CheckState.objects.get(pk=check.pk).hours.endswith("m")
    assert Transition.objects.get().in_maintenance


def test_a_latency_that_the_worker_delayed_is_not_charted() -> None:
    check = make_scheduled()
    late = Result(as_asked(check), claim_one(), found(UP, 900.0), NOON, is_skewed=True)

    record([late])

    assert sum(HourlyRollup.objects.get().buckets()) == 0
    assert Reading.objects.get().latency_ms is None


@pytest.mark.parametrize("count", [1, 200])
def test_any_number_of_results_is_written_with_the_same_statements(
    count: int, django_assert_num_queries: Any
) -> None:
    checks = {check.pk: check for check in (make_check() for _ in range(count))}
    schedule_checks(list(checks.values()), now_ms=now_ms() - 6_000)

    for statements in (None, 6):  # the first round makes transitions too
        CheckState.objects.update(due_ms=now_ms())
        claims = claim_due(now_ms(), 1000)
        results = [Result(as_asked(checks[one.check_id]), one, found(UP), NOON) for one in claims]
        if statements is None:
            record(results)
        else:
            # a savepoint, the lock, states, readings, hours, the savepoint's end
            with django_assert_num_queries(statements):
                record(results)

    assert Reading.objects.count() == 2 * count
