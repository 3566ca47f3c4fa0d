"""Buckets, days and bars: what is summed up says what was there."""

import hypothesis.strategies as st
import pytest
from hypothesis import given

from monitoring.health.day import HOURS, NOTHING, moved, noted, worst_of
from monitoring.health.latency import BUCKETS, add, bounds_ms, bucket_of, percentile_ms

latencies = st.floats(0, 60_000)


@given(latencies)
def test_a_latency_is_within_its_bucket(latency_ms: float) -> None:
    bucket = bucket_of(latency_ms)
    low, high = bounds_ms(bucket)

    assert low <= latency_ms
    assert latency_ms < high or bucket == BUCKETS - 1


@given(st.lists(latencies, min_size=1), st.lists(latencies), st.floats(0.01, 1))
def test_percentiles_of_merged_counts_are_within_a_factor_of_two(
    some: list[float], others: list[float], share: float
) -> None:
    counts = [0] * BUCKETS
    more = [0] * BUCKETS
    for latency in some:
        counts[bucket_of(latency)] += 1
    for latency in others:
        more[bucket_of(latency)] += 1
    together = sorted(some + others)
    index = max(0, min(len(together) - 1, -int(-share * len(together) // 1) - 1))

    estimate = percentile_ms(add(counts, more), share)

    assert estimate is not None
    exact = together[index]
    if exact < 16_384:  # the last bucket has no end
        low, high = bounds_ms(bucket_of(exact))
        assert low <= estimate <= high


def test_no_reading_has_no_percentile() -> None:
    assert percentile_ms([0] * BUCKETS, 0.5) is None


def test_an_hour_remembers_its_worst() -> None:
    day = NOTHING
    for letter in ("?", "u", "x", "u"):
        day = noted(day, letter)

    assert day == "-" * 23 + "x"


@pytest.mark.parametrize(("passed", "expected"), [(0, "u"), (1, "u-"), (3, "u---")])
def test_a_day_moves_on_with_the_hours(passed: int, expected: str) -> None:
    assert moved(noted(NOTHING, "u"), 100, 100 + passed).lstrip("-") == expected


def test_a_day_is_empty_after_a_day_and_never_longer() -> None:
    full = "u" * HOURS

    assert moved(full, 100, 124) == NOTHING
    assert moved(full, 100, 10**9) == NOTHING
    assert moved(full, 100, 99) == full


def test_two_checks_of_a_service_show_the_worse() -> None:
    assert worst_of(("uu-", "x?-")) == "xu-"
