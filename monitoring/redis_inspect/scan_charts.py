"""Charts of scans as inline SVG: no script, no style attribute, colours by class."""

from bisect import bisect_left
from collections.abc import Sequence
from math import log
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from monitoring.redis_inspect.judging import TTL_BUCKETS, TTL_EDGES_MS, TTL_LABELS
from monitoring.redis_inspect.words import count

BAR, GAP = 26, 2
SMALL_TALL, TALL, AXIS = 33, 110, 22
NEVER_GAP = 10  # apart, because never is no time
STEP = BAR + GAP
WIDTH = TTL_BUCKETS * STEP + NEVER_GAP + BAR
LEAST_HEIGHT = 1.5  # of a bar that is not empty


def ttl_histogram(
    values: Sequence[int],
    never: int,
    declaration: dict[str, Any],
    *,
    unit: str = "keys",
    is_large: bool = False,
) -> SafeString:
    """Draw how much has how long to live, on a logarithmic scale, with the declared range under it.

    The last bar is what never expires. Bars beyond the declared range, and that one where keys must
    expire, are in the colour of what is wrong; their titles say so too.
    """
    tall = TALL if is_large else SMALL_TALL
    top = max([*values, never, 1])
    longest = _place(declaration["ttl_max_s"]) if _is_bounded(declaration) else None
    bars = [
        (
            "fill-down" if longest is not None and bucket * STEP >= longest else "fill-accent",
            bucket * STEP,
            value,
            f"up to {TTL_LABELS[bucket]}" if bucket < TTL_BUCKETS - 1 else "more than 30 d",
        )
        for bucket, value in enumerate(values)
        if value
    ]
    if never:
        css = "fill-down" if _must_expire(declaration) else "fill-unknown"
        bars.append((css, TTL_BUCKETS * STEP + NEVER_GAP, never, "never expires"))
    drawn = format_html_join(
        "",
        '<rect class="{}" x="{}" y="{}" width="{}" height="{}"><title>{}: {} {}{}</title></rect>',
        (
            (
                css, x, round(tall - (height := max(LEAST_HEIGHT, tall * value / top)), 1), BAR,
                round(height, 1), words, count(value), unit,
                ", outside what is declared" if css == "fill-down" else "",
            )
            for css, x, value, words in bars
        ),
    )  # fmt: skip
    return format_html(
        '<svg class="ttl{}" viewBox="0 0 {} {}" preserveAspectRatio="{}" role="img"'
        ' aria-label="{}">{}{}{}</svg>',
        " large" if is_large else "",
        WIDTH,
        tall + (AXIS if is_large else 5),
        "xMidYMid" if is_large else "none",
        _label(bars, unit),
        drawn,
        _range_line(declaration, tall),
        _axis(tall) if is_large else "",
    )


def sparkline(values: Sequence[int], *, words: str) -> SafeString:
    """Draw how a count went, oldest first; one value alone is a dot."""
    if not values:
        return format_html('<span class="muted">{}</span>', "no scan yet")
    top, low = max(values), min(values)
    spread = (top - low) or 1

    def y(value: int) -> float:
        return round(20 - 16 * (value - low) / spread, 1) if top != low else 12.0

    step = 90 / max(1, len(values) - 1)
    places = " ".join(f"{round(2 + place * step, 1)},{y(v)}" for place, v in enumerate(values))
    last = len(values) - 1
    return format_html(
        '<svg class="spark" viewBox="0 0 96 24" role="img" aria-label="{}: {}">'
        '<polyline points="{}"/><circle cx="{}" cy="{}" r="2"/></svg>',
        words,
        f"from {count(values[0])} to {count(values[-1])} over {len(values)} scans",
        places,
        round(2 + last * step, 1),
        y(values[last]),
    )


def type_mix(types: dict[str, list[int]]) -> SafeString:
    """Draw the shares of the types of keys as one bar; the words beside it say the same."""
    total = sum(keys for keys, _ in types.values()) or 1
    parts, x = [], 0.0
    for place, (_, (keys, _)) in enumerate(by_keys(types)):
        width = round(100 * keys / total, 2)
        parts.append((f"mix-{place % 4}", x, max(width, 0.5)))
        x += width
    return format_html(
        '<svg class="mix" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">{}</svg>',
        format_html_join("", '<rect class="{}" x="{}" y="0" width="{}" height="6"/>', parts),
    )


def type_words(types: dict[str, list[int]]) -> str:
    """Say the shares of the types: `hash 92 %, string 8 %`."""
    total = sum(keys for keys, _ in types.values())
    if len(types) == 1:
        return next(iter(types))
    return ", ".join(f"{kind} {_percent(keys / total)}" for kind, (keys, _) in by_keys(types))


def by_keys(types: dict[str, list[int]]) -> list[tuple[str, list[int]]]:
    """List the types, the most frequent first."""
    return sorted(types.items(), key=lambda pair: (-pair[1][0], pair[0]))


def _percent(share: float) -> str:
    return "under 1 %" if share < 0.01 else f"{min(round(100 * share), 99)} %"


def _must_expire(declaration: dict[str, Any]) -> bool:
    return declaration.get("ttl_policy") in ("range", "maximum", "sliding")


def _is_bounded(declaration: dict[str, Any]) -> bool:
    return _must_expire(declaration) and declaration.get("ttl_max_s") is not None


def _place(ttl_s: float) -> float:
    """Give where a time stands on the axis, between the edges of its bucket by its logarithm."""
    ttl_ms = max(1.0, ttl_s * 1000)
    bucket = bisect_left(TTL_EDGES_MS, ttl_ms)
    if bucket == 0:
        return STEP * ttl_ms / TTL_EDGES_MS[0]
    if bucket >= len(TTL_EDGES_MS):
        return float(TTL_BUCKETS * STEP)
    low, high = TTL_EDGES_MS[bucket - 1], TTL_EDGES_MS[bucket]
    return STEP * (bucket + log(ttl_ms / low) / log(high / low))


def _range_line(declaration: dict[str, Any], tall: int) -> SafeString | str:
    if not _is_bounded(declaration):
        return ""
    start, end = _place(declaration.get("ttl_min_s") or 0), _place(declaration["ttl_max_s"])
    return format_html(
        '<rect class="fill-up" x="{}" y="{}" width="{}" height="3"><title>declared</title></rect>',
        round(start, 1),
        tall + 2,
        round(max(end - start, 3), 1),
    )


def _axis(tall: int) -> SafeString:
    words = [(place * STEP + BAR / 2, label) for place, label in enumerate(TTL_LABELS)]
    words.append((TTL_BUCKETS * STEP + NEVER_GAP + BAR / 2, "never"))
    return format_html_join(
        "",
        '<text x="{}" y="{}" text-anchor="middle">{}</text>',
        ((x, tall + AXIS - 2, label) for x, label in words),
    )


def _label(bars: Sequence[tuple[str, int, int, str]], unit: str) -> str:
    told = "; ".join(f"{words} {count(value)}" for _, _, value, words in bars)
    return f"Remaining time to live, {unit}: {told}" if told else "No keys"
