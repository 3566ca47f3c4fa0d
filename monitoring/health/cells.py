"""What one check looks like in a cell: a colour, a symbol and a few words. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from monitoring.health.words import WORST_FIRST, Step, Verdict

LATE_S = 5.0  # over two intervals and a timeout: nobody asks any more
NO_NUMBER = "\N{EN DASH}"
_LABEL_CHARACTERS = 24
_WORRY = {verdict.value: place for place, verdict in enumerate(WORST_FIRST)}


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a check now."""

    check_id: int
    kind: str
    interval_s: int
    timeout_s: float
    is_paused: bool
    verdict: str = Verdict.UNKNOWN
    step: str = Step.STEADY
    is_flapping: bool = False
    last_at: datetime | None = None
    last_found: str = ""
    latency_ms: float | None = None
    reason: str = ""
    hours: str = ""
    hours_until: int = 0
    maintenance_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell as it is shown. `css` is a class of a chip; `title` says it in full."""

    check_id: int
    css: str
    label: str
    title: str
    is_stale: bool


def most_worrying(cells: list[Cell]) -> Cell:
    """Choose the cell to show for one place."""
    shown = min(cells, key=lambda cell: (_WORRY.get(cell.css, len(_WORRY)), cell.check_id))
    if len(cells) == 1:
        return shown
    title = f"{shown.title}; the most worrying of {len(cells)} checks"
    return Cell(shown.check_id, shown.css, shown.label, title, shown.is_stale)


def describe(known: Known, now: datetime) -> Cell:
    """Say what is known of one check, in a few words and in full."""
    css, label = _words(known, now)
    stale = is_stale(known, now)
    if stale and known.last_at is not None:
        css, label = Verdict.UNKNOWN.value, f"no reading for {age(now - known.last_at)}"
    parts = [f"{known.kind}: {known.verdict}"]
    if known.step != Step.STEADY:
        parts.append(known.step)
    if known.latency_ms is not None:
        parts.append(milliseconds(known.latency_ms))
    if known.reason:
        parts.append(known.reason)
    if known.is_flapping:
        parts.append("flapping")
    if known.last_at is not None:
        at = known.last_at
        parts.append(f"asked at {at.hour:02}:{at.minute:02}:{at.second:02} UTC")
    return Cell(known.check_id, css, _short(label), ", ".join(parts), stale)


def is_stale(known: Known, now: datetime) -> bool:
    """Say whether the last reading is too old to be believed."""
    if known.last_at is None or known.is_paused:
        return False
    allowed = timedelta(seconds=2 * known.interval_s + known.timeout_s + LATE_S)
    return now - known.last_at > allowed


def milliseconds(latency_ms: float) -> str:
    """Write a latency with as many digits as mean something."""
    if latency_ms < 10:
        return f"{latency_ms:.1f}".removesuffix(".0") + " ms"
    return f"{latency_ms:,.0f} ms"


def age(span: timedelta) -> str:
    """Write a span in its biggest unit."""
    seconds = max(0, int(span.total_seconds()))
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def _words(known: Known, now: datetime) -> tuple[str, str]:
    if known.is_paused:
        return Verdict.UNKNOWN.value, "paused"
    if known.maintenance_until is not None and known.maintenance_until > now:
        return "planned", "maintenance"
    if known.last_at is None:
        return Verdict.UNKNOWN.value, "not asked yet"
    latency = milliseconds(known.latency_ms) if known.latency_ms is not None else "up"
    if known.last_found == Verdict.UNKNOWN:  # whatever is believed, nobody knows right now
        return Verdict.UNKNOWN.value, known.reason or Verdict.UNKNOWN.value
    if known.step == Step.SUSPECT:
        return Verdict.DEGRADED.value, f"{known.reason or 'failed'} ?"
    if known.step == Step.RECOVERING:
        return known.verdict, f"recovering · {latency}"
    if known.verdict in (Verdict.UP, Verdict.DEGRADED):
        is_slow = known.reason.startswith("slow") or not known.reason
        label = latency if is_slow or known.verdict == Verdict.UP else known.reason
        return known.verdict, f"{label} · flapping" if known.is_flapping else label
    return known.verdict, known.reason or known.verdict


def _short(label: str) -> str:
    """Keep what stands before the first colon, when all of it is too long for a cell."""
    if len(label) > _LABEL_CHARACTERS and ": " in label:
        label = label.partition(": ")[0]
    return label if len(label) <= _LABEL_CHARACTERS else f"{label[: _LABEL_CHARACTERS - 1]}…"
