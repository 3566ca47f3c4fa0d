"""Tells a check that changes its mind all the time. Pure.

Source: the flap detection of Nagios Core ("Detection and Handling of State Flapping"): the last 21
results have 20 possible changes, each weighted from 0.8 (oldest) to 1.2 (newest).
"""

from itertools import pairwise

RESULTS = 21
_OLDEST_WEIGHT, _NEWEST_WEIGHT = 0.8, 1.2
ENTER_RATIO, LEAVE_RATIO = 0.30, 0.20
GOOD, BAD = "u", "x"


def remember(results: str, *, is_good: bool) -> str:
    """Append a result to the last 21, oldest first."""
    return (results + (GOOD if is_good else BAD))[-RESULTS:]


def change_ratio(results: str) -> float:
    """Give the weighted share of changes among the last 21 results; 0 until there are so many."""
    if len(results) < RESULTS:
        return 0.0
    slope = (_NEWEST_WEIGHT - _OLDEST_WEIGHT) / (RESULTS - 2)
    pairs = pairwise(results)
    weighted = sum(
        _OLDEST_WEIGHT + slope * place
        for place, (before, after) in enumerate(pairs)
        if before != after
    )
    return weighted / (RESULTS - 1)


def is_flapping(results: str, *, was_flapping: bool) -> bool:
    """Decide with hysteresis: flapping begins at 30 % of changes and ends at 20 %."""
    ratio = change_ratio(results)
    return ratio > LEAVE_RATIO if was_flapping else ratio >= ENTER_RATIO
