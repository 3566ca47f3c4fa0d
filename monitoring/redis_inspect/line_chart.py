"""Small line charts as inline SVG: no script, no style attribute, colours by class."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from monitoring.series import join_points

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 480, 150, 58, 8, 10, 20
STEPS = (1, 2, 2.5, 5, 10)
GRID_LINES = 3


@dataclass(frozen=True, slots=True)
class Mark:
    """A horizontal line, such as a limit or a target."""

    value: float
    words: str
    css: str = "target"


def line_chart(
    values: Sequence[float | None],
    *,
    words: str,
    ends: tuple[str, str],
    say: Callable[[float], str],
    mark: Mark | None = None,
    highest: float | None = None,
    kilo: int = 1000,
) -> SafeString:
    """Draw one value over time, oldest first; where nothing is known is a gap.

    `say` writes a value with its unit. The axis begins at 0 and holds the mark, unless that is more
    than four times of what was seen: then the words tell of it alone. `kilo` is 1024 for bytes.
    """
    seen = max((value for value in values if value is not None), default=0.0)
    top = highest or nice(max(seen, mark.value if mark and mark.value <= 4 * seen else 0), kilo)
    height, width = HEIGHT - TOP - BOTTOM, WIDTH - LEFT - RIGHT

    def x(place: int) -> float:
        return round(LEFT + width * place / max(1, len(values) - 1), 1)

    def y(value: float) -> float:
        return round(TOP + height * (1 - min(value / top, 1)), 1)

    grid = format_html_join(
        "",
        '<line class="grid" x1="{}" x2="{}" y1="{}" y2="{}"/><text x="{}" y="{}" text-anchor="end">{}</text>',
        (
            (LEFT, WIDTH - RIGHT, y(value), y(value), LEFT - 6, y(value) + 4, say(value))
            for value in (top * step / (GRID_LINES - 1) for step in range(GRID_LINES))
        ),
    )
    target: SafeString | str = ""
    if mark and mark.value <= top:
        at = y(mark.value)
        target = format_html(
            '<line class="{}" x1="{}" x2="{}" y1="{}" y2="{}"><title>{}</title></line>',
            *(mark.css, LEFT, WIDTH - RIGHT, at, at, mark.words),
        )
    line = join_points(
        [(x(place), y(value)) if value is not None else None for place, value in enumerate(values)]
    )
    return format_html(
        '<svg class="series" viewBox="0 0 {} {}" role="img" aria-label="{}">{}{}'
        '<path class="line" d="{}"/><text x="{}" y="{}">{}</text>'
        '<text x="{}" y="{}" text-anchor="end">{}</text></svg>',
        *(WIDTH, HEIGHT, _label(words, values, say, mark), grid, target, line),
        *(LEFT, HEIGHT - 4, ends[0], WIDTH - RIGHT, HEIGHT - 4, ends[1]),
    )


def nice(top: float, kilo: int = 1000) -> float:
    """Round up to a number that divides well in its unit; 1 for nothing."""
    if top <= 0:
        return 1.0
    unit = 1.0
    while kilo != 1000 and unit * kilo <= top:
        unit *= kilo
    return unit * _nice(top / unit)


def _nice(top: float) -> float:
    size = 1.0
    while size * 10 <= top:
        size *= 10
    while size > top:
        size /= 10
    return next(size * step for step in STEPS if size * step >= top)


def _label(
    words: str,
    values: Sequence[float | None],
    say: Callable[[float], str],
    mark: Mark | None,
) -> str:
    known = [value for value in values if value is not None]
    if not known:
        return f"{words}: nothing is known"
    said = f"{words}: lowest {say(min(known))}, highest {say(max(known))}, last {say(known[-1])}"
    return f"{said}; {mark.words}" if mark else said
