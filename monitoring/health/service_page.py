"""The health of one service: uptime, latencies, transitions and deployments on one time axis."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.safestring import SafeString

from monitoring.health import charts, day
from monitoring.health.cells import NO_NUMBER, Cell, Known, describe, most_worrying
from monitoring.health.latency import BUCKETS, add, bucket_of, percentile_ms
from monitoring.health.models import (
    Check,
    CheckState,
    DailyRollup,
    Deployment,
    HourlyRollup,
    Reading,
    Transition,
)
from monitoring.health.words import Verdict
from monitoring.series import Window
from services.catalog.models import Environment

LATEST = 30
_COLOURS = {
    "down": "fill-down",
    "degraded": "fill-degraded",
    "up": "fill-up",
    "unknown": "fill-unknown",
}


WINDOWS = (
    Window("24h", timedelta(hours=24), timedelta(minutes=15)),
    Window("30d", timedelta(days=30), timedelta(hours=6)),
    Window("90d", timedelta(days=90), timedelta(days=1)),
)


@dataclass(slots=True)
class Sums:
    """What was found in one step."""

    up: int = 0
    degraded: int = 0
    down: int = 0
    unknown: int = 0
    maintenance: int = 0
    buckets: list[int] | None = None

    @property
    def asked(self) -> int:
        """Give how many readings count for the uptime."""
        return self.up + self.degraded + self.down

    def worst(self) -> str:
        """Name the worst that was found, "" when nobody asked."""
        for name in ("down", "degraded", "up", "unknown"):
            if getattr(self, name):
                return name
        return ""


@dataclass(frozen=True, slots=True)
class CheckCard:
    """One check on the page."""

    check: Check
    state: CheckState | None
    cell: Cell
    uptime: str
    uptime_note: str
    bars: SafeString


@dataclass(frozen=True, slots=True)
class ServiceHealth:
    """The whole page."""

    cards: Sequence[CheckCard]
    chosen: CheckCard | None
    chart: SafeString | None
    p50: float | None
    p95: float | None
    p99: float | None
    transitions: Sequence[Transition]
    deployments: Sequence[Deployment]
    window: Window


def load_service_health(
    subject: str, *, window: Window, check_id: int | None, now: datetime
) -> ServiceHealth:
    """Load the page. Seven queries, whatever the number of checks.

    Without a choice the most worrying check is shown, of several alike that of the first environment.
    """
    order = _environments()
    checks = sorted(
        Check.objects.of_subject(subject),
        key=lambda check: (order.get(check.environment, len(order)), check.environment),
    )
    sums = _load_sums([check.pk for check in checks], window, now)
    cards = [_card(check, sums.get(check.pk, []), window, now) for check in checks]
    chosen = next((card for card in cards if card.check.pk == check_id), _most_worrying(cards))
    begin = now - window.length
    transitions = list(Transition.objects.for_subject(subject)[:LATEST])
    deployments = list(Deployment.objects.filter(subject=subject).for_page()[:LATEST])
    chart, merged = None, [0] * BUCKETS
    if chosen is not None:
        steps = sums.get(chosen.check.pk, [])
        for step in steps:
            merged = add(merged, step.buckets or [0] * BUCKETS)
        marks = _marks(chosen, transitions, deployments, begin, now)
        ends = (f"{begin:%Y-%m-%d %H:%M}", f"{now:%Y-%m-%d %H:%M} UTC")
        chart = charts.latency_chart([_point(step) for step in steps], marks, ends)
    return ServiceHealth(
        cards=cards,
        chosen=chosen,
        chart=chart,
        p50=percentile_ms(merged, 0.50),
        p95=percentile_ms(merged, 0.95),
        p99=percentile_ms(merged, 0.99),
        transitions=transitions,
        deployments=deployments,
        window=window,
    )


def _environments() -> dict[str, int]:
    """Give the place of each environment among them, as everywhere in the console."""
    names = Environment.objects.order_by("position", "name").values_list("name", flat=True)
    return {name: place for place, name in enumerate(names)}


def _most_worrying(cards: Sequence[CheckCard]) -> CheckCard | None:
    if not cards:
        return None
    shown = most_worrying([card.cell for card in cards]).css
    return next(card for card in cards if card.cell.css == shown)


def known_of(check: Check) -> Known:
    """Give what a cell needs of a check that was loaded with its state."""
    state: CheckState | None = getattr(check, "state", None)
    head = (check.pk, check.kind, check.interval_s, check.timeout_s, check.is_paused)
    if state is None:
        return Known(*head)
    return Known(
        *head, state.verdict, state.step, state.is_flapping, state.last_at, state.last_found,
        state.latency_ms, state.reason, state.hours, state.hours_until, state.maintenance_until,
    )  # fmt: skip


def _load_sums(ids: list[int], window: Window, now: datetime) -> dict[int, list[Sums]]:
    """Sum up each check's history by steps: from readings for a day, from hours or days for longer."""
    begin = now - window.length
    found = {check_id: [Sums() for _ in range(window.steps)] for check_id in ids}
    if window.step < timedelta(hours=1):
        rows = Reading.objects.filter(check_id__in=ids, at__gte=begin)
        for check_id, at, letter, latency_ms in rows.values_list(
            "check_id", "at", "found", "latency_ms"
        ):
            place = min(int((at - begin) / window.step), window.steps - 1)
            _count(found[check_id][place], letter, latency_ms)
        return found
    # the day that runs is not summed up yet
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    sources: list[Any] = [HourlyRollup.objects.filter(check_id__in=ids, start__gte=begin)]
    if window.step >= timedelta(days=1):
        sources = [
            DailyRollup.objects.filter(check_id__in=ids, start__gte=begin, start__lt=today),
            HourlyRollup.objects.filter(check_id__in=ids, start__gte=today),
        ]
    for source in sources:
        for row in source:
            place = min(max(0, int((row.start - begin) / window.step)), window.steps - 1)
            _merge(found[row.check_id][place], row)
    return found


_NAMES = {letter: verdict.value for verdict, letter in day.LETTERS.items()}


def _count(sums: Sums, letter: str, latency_ms: float | None) -> None:
    name = _NAMES[letter]
    setattr(sums, name, getattr(sums, name) + 1)
    if latency_ms is not None and name in (Verdict.UP, Verdict.DEGRADED):
        sums.buckets = sums.buckets or [0] * BUCKETS
        sums.buckets[bucket_of(latency_ms)] += 1


def _merge(sums: Sums, row: Any) -> None:
    for name in ("up", "degraded", "down", "unknown", "maintenance"):
        setattr(sums, name, getattr(sums, name) + getattr(row, name))
    sums.buckets = add(sums.buckets or [0] * BUCKETS, row.buckets())


def _card(check: Check, steps: list[Sums], window: Window, now: datetime) -> CheckCard:
    begin = now - window.length
    spans = [_span(step, begin + place * window.step) for place, step in enumerate(steps)]
    uptime, note = _uptime(steps)
    return CheckCard(
        check=check,
        state=getattr(check, "state", None),
        cell=describe(known_of(check), now),
        uptime=uptime,
        uptime_note=note,
        bars=charts.uptime_bars(spans),
    )


def _span(step: Sums, at: datetime) -> charts.Span:
    worst = step.worst()
    css = _COLOURS.get(worst, "fill-planned" if step.maintenance else "fill-track")
    share = (step.up + step.degraded) / step.asked if step.asked else None
    parts = [f"{count} {name}" for name in ("up", "degraded", "down", "unknown", "maintenance")
             if (count := getattr(step, name))]  # fmt: skip
    return charts.Span(share, f"{at:%b %d %H:%M}: {', '.join(parts) or 'not asked'}", css)


def _uptime(steps: list[Sums]) -> tuple[str, str]:
    """Say the share of answers that were up or degraded, and what was left out of it."""
    asked = sum(step.asked for step in steps)
    unknown = sum(step.unknown for step in steps)
    maintenance = sum(step.maintenance for step in steps)
    note = (
        f"of {asked:,} readings; {unknown:,} unknown and {maintenance:,} in maintenance not counted"
    )
    if not asked:
        return NO_NUMBER, note
    good = asked - sum(step.down for step in steps)
    return f"{int(good / asked * 10_000) / 100:.2f} %", note


def _point(step: Sums) -> charts.Point:
    counts = step.buckets or []
    css = _COLOURS[step.worst()] if step.worst() in ("down", "degraded", "unknown") else ""
    return charts.Point(
        percentile_ms(counts, 0.50), percentile_ms(counts, 0.95), percentile_ms(counts, 0.99), css
    )


def _marks(
    chosen: CheckCard,
    transitions: Sequence[Transition],
    deployments: Sequence[Deployment],
    begin: datetime,
    now: datetime,
) -> list[charts.Mark]:
    """Put what happened on the time axis of the chart."""
    marks = [
        charts.Mark(
            (one.at - begin) / (now - begin), f"{one.at:%b %d %H:%M} deployed {one.short}", "deploy"
        )
        for one in deployments
        if one.at >= begin and one.environment == chosen.check.environment
    ]
    marks += [
        charts.Mark(
            (one.at - begin) / (now - begin), f"{one.at:%b %d %H:%M} {one}: {one.reason}", one.after
        )
        for one in transitions
        if one.at >= begin and one.check_row_id == chosen.check.pk
    ]
    return marks
