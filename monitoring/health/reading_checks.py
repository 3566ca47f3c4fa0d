"""Reads rows of checks into what the probes get."""

from collections.abc import Iterable

from monitoring.health.checking import Asked
from monitoring.health.conditions import parse
from monitoring.health.models import Check
from monitoring.health.schedule import deadline_s, lease_ms
from monitoring.health.verdict import Thresholds
from monitoring.health.words import Kind, Origin


def as_asked(check: Check) -> Asked:
    """Read one check; its conditions were parsed when it was saved, so they parse now."""
    return Asked(
        id=check.pk,
        version=check.version,
        subject=check.subject,
        environment=check.environment,
        kind=Kind(check.kind),
        origin=Origin(check.origin),
        target=check.target,
        options=check.options,
        conditions=parse(check.conditions),
        interval_s=check.interval_s,
        deadline_s=deadline_s(check.timeout_s, check.interval_s),
        lease_ms=lease_ms(check.timeout_s, check.interval_s),
        limits=Thresholds(check.failures_to_down, check.successes_to_up),
        degraded_ms=check.degraded_ms,
        failing_ms=check.failing_ms,
    )


def load_asked(ids: Iterable[int]) -> dict[int, Asked]:
    """Read checks by their ids. One query for every thousand."""
    wanted = sorted(set(ids))
    found: dict[int, Asked] = {}
    for start in range(0, len(wanted), 1000):
        rows = Check.objects.filter(pk__in=wanted[start : start + 1000])
        found |= {check.pk: as_asked(check) for check in rows}
    return found
