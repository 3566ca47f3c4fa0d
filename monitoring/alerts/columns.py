"""What a kind of rule measures of every service, laid out so that a thousand rules share it. Pure.

A column is made once for each kind, environment and detail; a rule then only cuts it at its threshold.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from monitoring.alerts.watching import Threshold


@dataclass(frozen=True, slots=True)
class Sample:
    """One measured value of one service; None is "nobody knows".

    `words` say it to people. `where` are the parts (checks) that make it bad and `unknown` those of
    which nothing is known: while one that was bad is unknown, the whole is.
    """

    value: float | None
    words: str = ""
    where: frozenset[str] = frozenset()
    unknown: frozenset[str] = frozenset()
    environments: tuple[str, ...] = ()
    in_maintenance: bool = False

    def known_value(self, were_bad: frozenset[str]) -> float | None:
        """Give the value, None when a part that was bad is not known any more."""
        return None if not self.where and were_bad & self.unknown else self.value


@dataclass(slots=True)
class Column:
    """The samples of one quantity by service."""

    samples: Mapping[str, Sample]
    _sorted: list[tuple[float, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        known = ((one.value, name) for name, one in self.samples.items() if one.value is not None)
        self._sorted = sorted(known)

    def bad(self, threshold: Threshold) -> Iterable[str]:
        """Name the services whose value begins to be bad; costs what it gives."""
        place = bisect_left(self._sorted, (threshold.fire,))
        chosen = self._sorted[:place] if threshold.is_below else self._sorted[place:]
        return (name for _, name in chosen)

    def worst(self, *, is_below: bool) -> tuple[str, Sample] | None:
        """Give the service that is nearest to being bad, or the worst."""
        if not self._sorted:
            return None
        name = self._sorted[0 if is_below else -1][1]
        return name, self.samples[name]
