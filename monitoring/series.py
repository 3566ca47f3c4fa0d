"""What charts over time are made of: spans in equal steps, and lines with gaps. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Window:
    """A span of time that a page can show, in equal steps."""

    name: str
    length: timedelta
    step: timedelta

    @property
    def steps(self) -> int:
        """Give how many steps it has."""
        return int(self.length / self.step)


def join_points(places: Sequence[tuple[float, float] | None]) -> str:
    """Join neighbours with lines, as the path of an SVG; a gap stays a gap, a point alone becomes a dot."""
    parts, is_open = [], False
    for place in places:
        if place is None:
            is_open = False
            continue
        parts.append(f"{'L' if is_open else 'M'}{place[0]} {place[1]}{'' if is_open else 'h0'}")
        is_open = True
    return "".join(parts)
