"""How sure a sample is: the interval in which a share lies. Pure."""

from dataclasses import dataclass
from math import sqrt

Z_95 = 1.959964


@dataclass(frozen=True, slots=True)
class Estimate:
    """A count that was estimated, and the 95 % interval around it; a count that is exact has none."""

    value: int
    low: int
    high: int


def wilson(successes: int, trials: int) -> tuple[float, float]:
    """Give the 95 % interval of a share, 0 to 1 when nothing was tried.

    Source: Wilson, Probable inference, JASA 22 (1927); it holds for shares near 0 and 1 too.
    """
    if not trials:
        return 0.0, 1.0
    share = successes / trials
    z2 = Z_95 * Z_95
    centre = (share + z2 / (2 * trials)) / (1 + z2 / trials)
    half = Z_95 * sqrt(share * (1 - share) / trials + z2 / (4 * trials * trials))
    half /= 1 + z2 / trials
    return max(0.0, centre - half), min(1.0, centre + half)


def of_total(seen: int, sample: int, total: int) -> Estimate:
    """Estimate how many of `total` there are when `seen` of a `sample` were."""
    if sample >= total:
        return Estimate(seen, seen, seen)
    low, high = wilson(seen, sample)
    # what was seen is there, however the sample fell
    return Estimate(
        max(seen, round(seen / sample * total)) if sample else 0,
        max(seen, int(low * total)),
        max(seen, int(high * total) + 1),
    )
