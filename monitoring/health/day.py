"""The worst verdict of each of the last 24 hours, in one short text. Pure.

One character an hour, the running hour last: u up, d degraded, x down, ? unknown, m maintenance,
and a dash for an hour in which nobody asked.
"""

from functools import lru_cache

from monitoring.health.words import Verdict

HOURS = 24
NOTHING = "-" * HOURS
MAINTENANCE = "m"
LETTERS = {Verdict.UP: "u", Verdict.DEGRADED: "d", Verdict.DOWN: "x", Verdict.UNKNOWN: "?"}
_WORSE = "-?mudx"  # an hour with one known result is known


def moved(hours: str, since_hour: int, hour: int) -> str:
    """Shift a day that ended with one hour so that it ends with a later one."""
    passed = min(max(0, hour - since_hour), HOURS)
    return (hours + "-" * passed)[-HOURS:]


def noted(hours: str, letter: str) -> str:
    """Put a result into the running hour."""
    worst = max(hours[-1], letter, key=_WORSE.index)
    return hours[:-1] + worst


@lru_cache(maxsize=4096)  # the days of most services are alike
def worst_of(days: tuple[str, ...]) -> str:
    """Merge the days of several checks."""
    return "".join(max(letters, key=_WORSE.index) for letters in zip(*days, strict=True))
