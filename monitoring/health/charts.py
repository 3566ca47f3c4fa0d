"""Small charts as inline SVG: no script, no style attribute, colours by class."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from monitoring.series import join_points

_DAY_CLASSES = {"u": "fill-up", "d": "fill-degraded", "x": "fill-down", "?": "fill-unknown",
                "m": "fill-planned", "-": "fill-track"}  # fmt: skip
_DAY_WORDS = {"u": "up", "d": "degraded", "x": "down", "?": "unknown", "m": "maintenance",
              "-": "not asked"}  # fmt: skip
BAR, GAP, HEIGHT = 3, 2, 24


@lru_cache(maxsize=4096)  # most services had the same day
def day_bars(hours: str) -> SafeString:
    """Draw the 24 hours of a day, oldest first; the words say how many of each."""
    width = len(hours) * (BAR + GAP) - GAP
    bars = []
    for letter, css in _DAY_CLASSES.items():
        places = [place for place, found in enumerate(hours) if found == letter]
        if places:
            path = "".join(f"M{place * (BAR + GAP)} 0h{BAR}v{HEIGHT}h-{BAR}z" for place in places)
            bars.append((css, path))
    return format_html(
        '<svg class="day" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>',
        width,
        HEIGHT,
        f"last 24 hours: {_count_words(hours)}",
        format_html_join("", '<path class="{}" d="{}"/>', bars),
    )


def _count_words(hours: str) -> str:
    counts = [(hours.count(letter), word) for letter, word in _DAY_WORDS.items()]
    return ", ".join(f"{count} h {word}" for count, word in counts if count)


@dataclass(frozen=True, slots=True)
class Span:
    """One bar of an uptime chart: its share up (0 to 1), None when nobody asked, and its words."""

    up_share: float | None
    title: str
    css: str


def uptime_bars(spans: Sequence[Span]) -> SafeString:
    """Draw one bar a span, full height, coloured by what was worst, each with its own words."""
    width = max(1, len(spans) * 4 - 1)
    bars = format_html_join(
        "",
        '<rect class="{}" x="{}" y="0" width="3" height="30"><title>{}</title></rect>',
        ((span.css, place * 4, span.title) for place, span in enumerate(spans)),
    )
    return format_html(
        '<svg class="uptime" viewBox="0 0 {} 30" preserveAspectRatio="none" role="img"'
        ' aria-label="uptime, oldest first">{}</svg>',
        width,
        bars,
    )


@dataclass(frozen=True, slots=True)
class Point:
    """The latencies of one span of a chart; all None where nothing answered."""

    p50_ms: float | None = None
    p95_ms: float | None = None
    p99_ms: float | None = None
    css: str = ""  # a colour for spans that were not well


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened at a place (0 to 1) of the time axis."""

    place: float
    title: str
    css: str


WIDTH, TALL, LEFT, BOTTOM = 720, 200, 68, 22


def latency_chart(
    points: Sequence[Point], marks: Sequence[Mark], ends: tuple[str, str]
) -> SafeString:
    """Draw p50, p95 and p99 over time, with what happened on the same axis."""
    top_ms = _nice(max((p.p99_ms or p.p95_ms or p.p50_ms or 0 for p in points), default=0) or 1.0)
    plot_width, plot_height = WIDTH - LEFT - 8, TALL - BOTTOM - 8
    step = plot_width / max(1, len(points) - 1)

    def x(place: float) -> float:
        return round(LEFT + place, 1)

    def y(latency_ms: float) -> float:
        return round(8 + plot_height * (1 - min(latency_ms / top_ms, 1)), 1)

    grid = format_html_join(
        "",
        '<line class="grid" x1="{}" x2="{}" y1="{}" y2="{}"/><text x="{}" y="{}" text-anchor="end">{}</text>',
        (
            (LEFT, WIDTH - 8, y(ms), y(ms), LEFT - 6, y(ms) + 4, _axis_words(ms))
            for ms in (0.0, top_ms / 2, top_ms)
        ),
    )
    bad = format_html_join(
        "",
        '<rect class="{}" x="{}" y="{}" width="{}" height="4"/>',
        (
            (point.css, x(place * step - step / 2), TALL - BOTTOM - 4, max(round(step, 1), 1))
            for place, point in enumerate(points)
            if point.css
        ),
    )
    lines = format_html_join(
        "",
        '<path class="line {}" d="{}"/>',
        (
            (name, join_points([(x(i * step), y(ms)) if (ms := getattr(p, f"{name}_ms")) is not None else None
                          for i, p in enumerate(points)]))
            for name in ("p99", "p95", "p50")
        ),
    )  # fmt: skip
    happened = format_html_join(
        "",
        '<g class="mark {}"><line x1="{}" x2="{}" y1="8" y2="{}"/><path d="{}">'
        "<title>{}</title></path></g>",
        (
            (mark.css, place, place, TALL - BOTTOM, _shape(mark.css, place), mark.title)
            for mark in marks
            for place in (x(mark.place * plot_width),)
        ),
    )
    return format_html(
        '<svg class="latency" viewBox="0 0 {} {}" role="img" aria-label="latency over time">{}{}{}{}'
        '<text x="{}" y="{}">{}</text><text x="{}" y="{}" text-anchor="end">{}</text></svg>',
        *(WIDTH, TALL, grid, bad, lines, happened),
        *(LEFT, TALL - 5, ends[0], WIDTH - 8, TALL - 5, ends[1]),
    )


def _shape(css: str, place: float) -> str:
    """Give a diamond for a deployment and a disc for everything else: never colour alone."""
    if css == "deploy":
        return f"M{place} 2l6 6-6 6-6-6z"
    return f"M{place - 4} 8a4 4 0 1 0 8 0a4 4 0 1 0-8 0z"


def _axis_words(latency_ms: float) -> str:
    return f"{latency_ms:,.0f} ms" if latency_ms >= 10 or not latency_ms else f"{latency_ms:g} ms"


def _nice(top: float) -> float:
    """Round up to 1, 2 or 5 times a power of ten."""
    size = 10.0 ** len(str(int(top))) / 10 if top >= 1 else 1.0
    return next(size * factor for factor in (1, 2, 5, 10) if size * factor >= top)


def badge(label: str, value: str, css: str) -> str:
    """Draw a badge for a readme, which brings its own colours: it stands on somebody else's page."""
    colours = {"up": "#047857", "degraded": "#955400", "down": "#b91c1c"}
    left, right = 7 * len(label) + 12, 7 * len(value) + 12
    return format_html(
        '<svg xmlns="http://www.w3.org/2000/svg" width="{}" height="20" role="img" aria-label="{}: {}">'
        '<rect width="{}" height="20" rx="4" fill="#39415a"/>'
        '<rect x="{}" width="{}" height="20" rx="4" fill="{}"/>'
        '<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">'
        '<text x="6" y="14">{}</text><text x="{}" y="14">{}</text></g></svg>',
        *(left + right, label, value, left + right, left, right, colours.get(css, "#525b70")),
        *(label, left + 6, value),
    )
