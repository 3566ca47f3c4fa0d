"""When checks are due: spread evenly, at the same place for ever, soon while in doubt."""

import hypothesis.strategies as st
import pytest
from hypothesis import given

from monitoring.health.schedule import (
    FIRST_ROUND_MS,
    RECHECK_MS,
    deadline_s,
    first_due_ms,
    lease_ms,
    next_due_ms,
    next_slot_ms,
    phase_ms,
)

checks = st.integers(1, 2**62)
intervals = st.integers(5, 86_400).map(lambda seconds: seconds * 1000)
moments = st.integers(1_500_000_000_000, 3_000_000_000_000)


@given(checks, intervals, moments)
def test_the_next_slot_is_within_one_interval_and_at_the_phase(
    check: int, interval: int, now: int
) -> None:
    slot = next_slot_ms(check, interval, now)

    assert now < slot <= now + interval
    assert slot % interval == phase_ms(check, interval)
    assert next_slot_ms(check, interval, slot) == slot + interval


@given(checks, intervals, moments)
def test_a_doubt_is_asked_about_sooner_and_never_later(check: int, interval: int, now: int) -> None:
    answered = now + 800
    due = next_due_ms(check, interval, now, doubted_at_ms=answered)

    assert now < due <= answered + RECHECK_MS
    assert due <= next_due_ms(check, interval, now)


def test_ten_thousand_checks_a_minute_spread_evenly() -> None:
    seconds = [0] * 60
    for check in range(1, 10_001):
        seconds[phase_ms(check, 60_000) // 1000] += 1

    assert min(seconds) > 167 * 0.7
    assert max(seconds) < 167 * 1.3


@given(checks, intervals, moments)
def test_a_new_check_is_asked_within_seconds(check: int, interval: int, now: int) -> None:
    assert now <= first_due_ms(check, interval, now) < now + FIRST_ROUND_MS


@pytest.mark.parametrize(
    ("timeout", "interval", "expected"), [(10, 30, 10), (10, 5, 4), (1, 60, 1)]
)
def test_a_probe_is_over_before_the_next(timeout: float, interval: int, expected: float) -> None:
    assert deadline_s(timeout, interval) == expected


def test_a_killed_workers_checks_are_free_within_thirty_seconds() -> None:
    longest = lease_ms(12.0, 86_400)
    assert longest + 1000 + 500 < 30_000
