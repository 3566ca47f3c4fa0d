"""From what an answer was like to what it says about the service. Pure."""

from datetime import datetime

from monitoring.health.checking import Asked
from monitoring.health.conditions import Facts, broken
from monitoring.health.words import Verdict

CERTIFICATE_DAYS = 14  # with fewer left a service is degraded: time to look, not yet an outage
REASON_CHARACTERS = 200


def grade(asked: Asked, facts: Facts) -> tuple[Verdict, str]:
    """Judge an answer by the check's own conditions and latency limits; the worst reason is given."""
    found = broken(asked.conditions, facts)
    failing = [one for one in found if not one.condition.only_warns]
    if failing:
        return Verdict.DOWN, cut("; ".join(map(str, failing)))
    latency_ms = facts.get("latency_ms")
    if isinstance(latency_ms, float) and latency_ms >= asked.failing_ms:
        return Verdict.DOWN, f"slow: {latency_ms:,.0f} ms, failing from {asked.failing_ms:,} ms"
    if found:
        return Verdict.DEGRADED, cut("; ".join(map(str, found)))
    if isinstance(latency_ms, float) and latency_ms >= asked.degraded_ms:
        return (
            Verdict.DEGRADED,
            f"slow: {latency_ms:,.0f} ms, degraded from {asked.degraded_ms:,} ms",
        )
    days = facts.get("cert_days")
    if isinstance(days, float) and days < CERTIFICATE_DAYS:
        return Verdict.DEGRADED, f"certificate expires in {max(0, int(days))} days"
    return Verdict.UP, ""


def worse(one: tuple[Verdict, str], other: tuple[Verdict, str]) -> tuple[Verdict, str]:
    """Give the one that is more worrying; the first of two alike."""
    order = (Verdict.UP, Verdict.DEGRADED, Verdict.DOWN)
    return other if order.index(other[0]) > order.index(one[0]) else one


def days_left(expires_at: datetime | None, now: datetime) -> float | None:
    """Count the days until a certificate ends; less than 0 after it."""
    return None if expires_at is None else (expires_at - now).total_seconds() / 86_400


def cut(reason: str) -> str:
    """Shorten a reason to what is stored of it."""
    return reason if len(reason) <= REASON_CHARACTERS else f"{reason[: REASON_CHARACTERS - 1]}…"
