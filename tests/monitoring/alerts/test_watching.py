"""For, clear and hysteresis: the machine against a model that looks at the whole history each time."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitoring.alerts.watching import OK, Threshold, Turn, Watch, advance, replay
from monitoring.alerts.words import Phase

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
S = timedelta(seconds=1)
looks = st.lists(
    st.tuples(st.integers(0, 40), st.sampled_from([True, True, False, False, None])), max_size=40
)
waits = st.integers(0, 60)


def run(series: list[tuple[int, bool | None]], for_s: int, clear_s: int) -> list[Turn | None]:
    watch, now, turns = OK, NOON, []
    for gap_s, is_bad in series:
        now += gap_s * S
        watch, turn = advance(watch, is_bad, now=now, idle=gap_s * S, for_s=for_s, clear_s=clear_s)
        turns.append(turn)
    return turns


def model(series: list[tuple[int, bool | None]], for_s: int, clear_s: int) -> list[Turn | None]:
    """Decide each look from the whole past: how long has the other state been seen without a break?

    Looks of which nothing is known are left out, and their time is taken out of the clock.
    """
    clock, known, is_open, turns = 0, [], False, []
    for gap_s, is_bad in series:
        if is_bad is None:
            turns.append(None)
            continue
        clock += gap_s
        known.append((clock, is_bad))
        unbroken = []
        for at, was_bad in reversed(known):
            if was_bad is is_open:
                break
            unbroken.append(at)
        wait_s = clear_s if is_open else for_s
        if unbroken and clock - unbroken[-1] >= wait_s:
            is_open = not is_open
            turns.append(Turn.OPENED if is_open else Turn.CLOSED)
        else:
            turns.append(None)
    return turns


@settings(deadline=None)
@given(looks, waits, waits)
def test_the_machine_decides_as_the_model_does(
    series: list[tuple[int, bool | None]], for_s: int, clear_s: int
) -> None:
    assert run(series, for_s, clear_s) == model(series, for_s, clear_s)


@settings(deadline=None)
@given(looks, waits, waits)
def test_openings_and_closings_take_turns(
    series: list[tuple[int, bool | None]], for_s: int, clear_s: int
) -> None:
    turns = [turn for turn in run(series, for_s, clear_s) if turn]

    assert turns[::2] == [Turn.OPENED] * len(turns[::2])
    assert turns[1::2] == [Turn.CLOSED] * len(turns[1::2])


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 1000), st.none()), max_size=20), waits)
def test_what_nobody_knows_opens_and_closes_nothing(
    series: list[tuple[int, None]], wait_s: int
) -> None:
    assert not any(run([*series], wait_s, wait_s))


@settings(deadline=None)
@given(looks)
def test_without_waiting_every_change_counts(series: list[tuple[int, bool | None]]) -> None:
    changes, before = 0, False
    for _, is_bad in series:
        if is_bad is not None and is_bad is not before:
            changes, before = changes + 1, is_bad

    assert sum(turn is not None for turn in run(series, 0, 0)) == changes


@settings(deadline=None)
@given(st.lists(st.floats(0, 100), max_size=50), st.floats(0, 100), st.floats(0, 20), st.booleans())
def test_between_the_two_limits_a_value_stays_what_it_was(
    values: list[float], fire: float, gap: float, is_below: bool
) -> None:
    clear = fire + gap if is_below else fire - gap
    threshold = Threshold(fire, clear, is_below)
    was_bad = False

    for value in values:
        is_bad = threshold.is_bad(value, was_bad=was_bad)
        if is_bad is not was_bad:
            crossed = fire if is_bad else clear
            beyond = value < crossed if is_bad is is_below else value >= crossed
            assert beyond
        was_bad = is_bad


@pytest.mark.parametrize(("fire", "clear", "is_below"), [(90, 91, False), (80, 79, True)])
def test_a_rule_that_is_over_while_it_fires_is_refused(
    fire: float, clear: float, is_below: bool
) -> None:
    with pytest.raises(ValueError, match="over while it still fires"):
        Threshold(fire, clear, is_below)


def test_a_clock_that_jumps_back_makes_no_alarm() -> None:
    watch, _ = advance(OK, True, now=NOON, idle=S, for_s=60, clear_s=60)

    watch, turn = advance(watch, True, now=NOON - 3600 * S, idle=-3600 * S, for_s=60, clear_s=60)

    assert turn is None
    assert watch.phase is Phase.PENDING
    _, turn = advance(watch, True, now=NOON - 3540 * S, idle=60 * S, for_s=60, clear_s=60)
    assert turn is Turn.OPENED


def test_time_in_which_nothing_is_known_does_not_count() -> None:
    watch = Watch(Phase.CLEARING, NOON)

    watch, _ = advance(watch, None, now=NOON + 50 * S, idle=50 * S, for_s=0, clear_s=60)
    watch, turn = advance(watch, False, now=NOON + 70 * S, idle=20 * S, for_s=0, clear_s=60)

    assert turn is None
    _, turn = advance(watch, False, now=NOON + 110 * S, idle=40 * S, for_s=0, clear_s=60)
    assert turn is Turn.CLOSED


def test_replaying_a_week_finds_each_time_it_would_have_fired() -> None:
    high = Threshold(90, 85)
    series: list[tuple[datetime, float | None]] = [
        (NOON, 50.0), (NOON + 100 * S, 95.0), (NOON + 130 * S, 50.0),  # too short
        (NOON + 200 * S, 92.0), (NOON + 400 * S, 87.0), (NOON + 500 * S, 84.0),
        (NOON + 900 * S, 91.0),
    ]  # fmt: skip

    spans = replay(series, high, for_s=60, clear_s=30, until=NOON + 2000 * S)

    assert [(one.opened_at, one.closed_at) for one in spans] == [
        (NOON + 260 * S, NOON + 530 * S),
        (NOON + 960 * S, None),
    ]
