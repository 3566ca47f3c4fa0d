"""How long is long enough: turns measured values into openings and closings. Pure.

A value is bad when it crosses `fire`, and stays bad until it crosses `clear` back (hysteresis). A rule
fires after it was bad for `for_s` seconds, and is over after it was well for `clear_s` seconds.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from monitoring.alerts.words import Phase


@dataclass(frozen=True, slots=True)
class Threshold:
    """Where bad begins and ends. `is_below`: small values are the bad ones.

    Above: bad from `fire` on, well again under `clear`. Below: bad under `fire`, well from `clear` on.
    """

    fire: float
    clear: float
    is_below: bool = False

    def __post_init__(self) -> None:
        if (self.clear < self.fire) if self.is_below else (self.clear > self.fire):
            raise ValueError("a rule may not be over while it still fires")

    def is_bad(self, value: float, *, was_bad: bool) -> bool:
        """Judge a value, knowing whether the one before was bad."""
        limit = self.clear if was_bad else self.fire
        return value < limit if self.is_below else value >= limit


@dataclass(frozen=True, slots=True)
class Watch:
    """What a rule knows of one service; persisted as it is while it is not OK."""

    phase: Phase = Phase.OK
    since: datetime | None = None  # when the phase began; of PENDING and CLEARING less frozen time

    @property
    def is_firing(self) -> bool:
        """Say whether there is an incident behind it."""
        return self.phase in (Phase.FIRING, Phase.CLEARING)

    @property
    def was_bad(self) -> bool:
        """Say what the last value that was known was."""
        return self.phase in (Phase.PENDING, Phase.FIRING)


class Turn(Enum):
    """What changed for people."""

    OPENED = "opened"
    CLOSED = "closed"


OK = Watch()
NO_TIME = timedelta(0)


def advance(
    watch: Watch,
    is_bad: bool | None,
    *,
    now: datetime,
    idle: timedelta,
    for_s: float,
    clear_s: float,
) -> tuple[Watch, Turn | None]:
    """Take one look; `idle` is the time since the look before. None is "nobody knows": time stands still.

    A clock that jumped back counts as no time.
    """
    if is_bad is None:
        if watch.phase in (Phase.PENDING, Phase.CLEARING) and watch.since is not None:
            return Watch(watch.phase, watch.since + max(idle, NO_TIME)), None
        return watch, None
    if not watch.is_firing:
        if not is_bad:
            return OK, None
        since = _start(watch, Phase.PENDING, now)
        if now - since >= timedelta(seconds=for_s):
            return Watch(Phase.FIRING, now), Turn.OPENED
        return Watch(Phase.PENDING, since), None
    if is_bad:
        return (watch if watch.phase is Phase.FIRING else Watch(Phase.FIRING, now)), None
    since = _start(watch, Phase.CLEARING, now)
    if now - since >= timedelta(seconds=clear_s):
        return OK, Turn.CLOSED
    return Watch(Phase.CLEARING, since), None


def _start(watch: Watch, phase: Phase, now: datetime) -> datetime:
    if watch.phase is phase and watch.since is not None:
        return min(watch.since, now)
    return now


@dataclass(frozen=True, slots=True)
class Span:
    """A time in which a rule fired; `closed_at` is None when it still does."""

    opened_at: datetime
    closed_at: datetime | None


def replay(
    series: Iterable[tuple[datetime, float | None]],
    threshold: Threshold,
    *,
    for_s: float,
    clear_s: float,
    until: datetime,
) -> list[Span]:
    """Say when a rule would have fired on values of the past, oldest first; each holds until the next."""
    watch, before, opened_at, spans = OK, None, None, []
    for at, value in _with_deadlines(series, until, for_s, clear_s):
        is_bad = None if value is None else threshold.is_bad(value, was_bad=watch.was_bad)
        idle = at - before if before else NO_TIME
        watch, turn = advance(watch, is_bad, now=at, idle=idle, for_s=for_s, clear_s=clear_s)
        if turn is Turn.OPENED:
            opened_at = at
        elif turn is Turn.CLOSED and opened_at is not None:
            spans.append(Span(opened_at, at))
            opened_at = None
        before = at
    return [*spans, Span(opened_at, None)] if opened_at is not None else spans


def _with_deadlines(
    series: Iterable[tuple[datetime, float | None]], until: datetime, for_s: float, clear_s: float
) -> Iterator[tuple[datetime, float | None]]:
    """Repeat each value at the moments when waiting for it could end, before the next one comes."""
    values = sorted((pair for pair in series if pair[0] <= until), key=lambda pair: pair[0])
    for place, (at, value) in enumerate(values):
        end = values[place + 1][0] if place + 1 < len(values) else until
        yield at, value
        for wait_s in sorted({for_s, clear_s}):
            if wait_s and at + timedelta(seconds=wait_s) < end:
                yield at + timedelta(seconds=wait_s), value
        if place + 1 == len(values) and at < until:
            yield until, value
