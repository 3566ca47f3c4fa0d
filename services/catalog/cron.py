"""How often a cron schedule of five fields runs. Pure."""

from collections.abc import Iterable

_RANGES = (
    (0, 59),
    (0, 23),
    (1, 31),
    (1, 12),
    (0, 7),
)  # minute, hour, day, month, weekday (7 is Sunday)
_NAMES = (
    *((),) * 3,
    ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"),
    ("sun", "mon", "tue", "wed", "thu", "fri", "sat"),
)
MINUTES_A_DAY = 24 * 60


class ScheduleInvalid(ValueError):
    """The text is not five fields of a cron schedule; the message says why."""


def shortest_gap_minutes(schedule: str) -> int:
    """Give the fewest minutes between two runs on one day or over one midnight; raises ScheduleInvalid.

    Days are not looked at: a schedule of some days is as frequent as on those days, and midnight
    counts as if two of them followed each other. The one run of a day is a day apart.
    """
    fields = schedule.split()
    if len(fields) != len(_RANGES):
        raise ScheduleInvalid(f"{schedule!r} has {len(fields)} fields, not 5")
    minutes, hours, *_ = (_values(text, index) for index, text in enumerate(fields))
    starts = sorted(hour * 60 + minute for hour in hours for minute in minutes)
    following = [*starts[1:], starts[0] + MINUTES_A_DAY]
    return min(after - before for before, after in zip(starts, following, strict=True))


def _values(text: str, index: int) -> set[int]:
    """Read one field: `*`, `a`, `a-b`, a step `/n`, or several with commas."""
    return {value for part in text.split(",") for value in _part(part, index)}


def _part(text: str, index: int) -> Iterable[int]:
    span, slash, step = text.partition("/")
    low, high = _RANGES[index]
    if slash and (not step.isdecimal() or not 1 <= int(step) <= high):
        raise ScheduleInvalid(f"{text!r} has no step from 1 to {high}")
    if span == "*":
        first, last = low, high
    else:
        begin, dash, end = span.partition("-")
        first = _number(begin, index)
        last = _number(end, index) if dash else (high if slash else first)
    if first > last:
        raise ScheduleInvalid(f"{text!r} ends before it begins")
    return range(first, last + 1, int(step) if slash else 1)


def _number(text: str, index: int) -> int:
    low, high = _RANGES[index]
    names = _NAMES[index]
    if text.lower() in names:
        return names.index(text.lower()) + low
    if not text.isascii() or not text.isdecimal() or len(text) > 2 or not low <= int(text) <= high:
        raise ScheduleInvalid(f"{text!r} is not {low} to {high}")
    return int(text)
