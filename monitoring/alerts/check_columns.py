"""Columns of what is known of checks: down, degraded, flapping, certificates, silence. Pure."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitoring.alerts.columns import Column, Sample
from monitoring.alerts.words import CONSOLE, Kind
from monitoring.health.words import Step

MOST_WORDS = 3


@dataclass(frozen=True, slots=True)
class CheckFacts:
    """One check that is asked, as the workers last wrote it."""

    id: int
    subject: str
    environment: str
    kind: str
    verdict: str
    is_flapping: bool
    reason: str
    last_at: datetime | None
    interval_s: int
    due_ms: int | None
    certificate_expires_at: datetime | None
    maintenance_until: datetime | None
    step: str = Step.STEADY

    @property
    def is_suspect(self) -> bool:
        """Say whether it failed lately, and is not called down yet."""
        return self.step == Step.SUSPECT


Measure = Callable[[CheckFacts, datetime], tuple[float | None, str]]


def check_column(
    kind: Kind, checks: Iterable[CheckFacts], *, environment: str, now: datetime
) -> Column:
    """Measure every service by its checks in one environment, or in all of them ("")."""
    if kind is Kind.SCHEDULE:
        return Column({CONSOLE: _schedule(list(checks), now)})
    by_subject: dict[str, list[CheckFacts]] = {}
    for check in checks:
        if not environment or check.environment == environment:
            by_subject.setdefault(check.subject, []).append(check)
    if kind in _COUNTED:
        word = _COUNTED[kind]
        return Column({name: _counted(group, word, now) for name, group in by_subject.items()})
    measure = _MEASURED[kind]
    found = {name: _measured(group, measure, kind, now) for name, group in by_subject.items()}
    return Column({name: sample for name, sample in found.items() if sample is not None})


def _counted(checks: Sequence[CheckFacts], word: str, now: datetime) -> Sample:
    """Count the checks of which the word holds."""
    bad = [
        one for one in checks if (one.is_flapping if word == "flapping" else one.verdict == word)
    ]
    unknown = frozenset(str(one.id) for one in checks if one.verdict == "unknown")
    value = None if not bad and len(unknown) == len(checks) else float(len(bad))
    return Sample(
        value,
        _join(f"{one.environment} {one.kind} {one.reason or word}" for one in bad),
        frozenset(str(one.id) for one in bad),
        unknown,
        tuple(sorted({one.environment for one in bad})),
        _in_maintenance(bad or checks, now),
    )


def _measured(
    checks: Sequence[CheckFacts], measure: Measure, kind: Kind, now: datetime
) -> Sample | None:
    """Take the worst value of the checks; None when none of them has such a thing."""
    values = [(*measure(one, now), one) for one in checks]
    known = [(value, words, one) for value, words, one in values if value is not None]
    if not known:
        return None
    pick = min if kind is Kind.CERTIFICATE else max
    value, words, check = pick(known, key=lambda item: item[0])
    return Sample(
        value,
        f"{check.environment} {check.kind} {words}",
        frozenset({str(check.id)}),
        environments=(check.environment,),
        in_maintenance=_in_maintenance([check], now),
    )


def _certificate(check: CheckFacts, now: datetime) -> tuple[float | None, str]:
    if check.certificate_expires_at is None:
        return None, ""
    days = (check.certificate_expires_at - now) / timedelta(days=1)
    when = f"{check.certificate_expires_at:%Y-%m-%d}"
    if days < 0:
        return days, f"certificate expired on {when}"
    return days, f"certificate ends on {when}, in {days:.0f} days"


def _silent(check: CheckFacts, now: datetime) -> tuple[float | None, str]:
    if check.last_at is None:
        return None, ""
    late = (now - check.last_at).total_seconds() - check.interval_s
    return max(0.0, late / 60), f"last read at {check.last_at:%Y-%m-%d %H:%M:%S} UTC"


def _schedule(checks: Sequence[CheckFacts], now: datetime) -> Sample:
    """Give how late the slowest twentieth of the due checks is, in seconds."""
    now_ms = now.timestamp() * 1000
    late_s = sorted(max(0.0, (now_ms - one.due_ms) / 1000) for one in checks if one.due_ms)
    if not late_s:
        return Sample(None, "no check is scheduled")
    value = late_s[int((len(late_s) - 1) * 0.95)]
    return Sample(value, f"checks are asked {value:.0f} s late (95th percentile)")


def _in_maintenance(checks: Sequence[CheckFacts], now: datetime) -> bool:
    return all(one.maintenance_until is not None and one.maintenance_until > now for one in checks)


def _join(words: Iterable[str]) -> str:
    found = list(words)
    more = f" and {len(found) - MOST_WORDS} more" if len(found) > MOST_WORDS else ""
    return "; ".join(found[:MOST_WORDS]) + more


_COUNTED = {Kind.DOWN: "down", Kind.DEGRADED: "degraded", Kind.FLAPPING: "flapping"}
_MEASURED: dict[Kind, Measure] = {Kind.CERTIFICATE: _certificate, Kind.SILENT: _silent}
