"""Reads rows of checks into what the probes get."""

from collections.abc import Iterable

from monitoring.health.checking import Asked
from monitoring.health.conditions import Condition, parse
from monitoring.health.models import Check
from monitoring.health.schedule import deadline_s, lease_ms
from monitoring.health.verdict import Thresholds
from monitoring.health.words import Kind, Origin


def as_asked(check: Check) -> Asked:
    """Read one check. What an older version saved and this one cannot read is kept as its mistake."""
    mistake, kind = "", Kind.TCP
    conditions: tuple[Condition, ...] = ()
    try:
        kind, conditions = Kind(check.kind), parse(check.conditions)
    except ValueError as error:  # ConditionInvalid is one
        mistake = f"this check cannot be read, edit it: {error}"
    return Asked(
        id=check.pk,
        version=check.version,
        subject=check.subject,
        environment=check.environment,
        kind=kind,
        origin=Origin(check.origin),
        target=check.target,
        options=check.options if isinstance(check.options, dict) else {},
        conditions=conditions,
        interval_s=check.interval_s,
        deadline_s=deadline_s(check.timeout_s, check.interval_s),
        lease_ms=lease_ms(check.timeout_s, check.interval_s),
        limits=Thresholds(max(1, check.failures_to_down), max(1, check.successes_to_up)),
        degraded_ms=check.degraded_ms,
        failing_ms=check.failing_ms,
        mistake=mistake,
    )


def load_asked(ids: Iterable[int]) -> dict[int, Asked]:
    """Read checks by their ids. One query for every thousand."""
    wanted = sorted(set(ids))
    found: dict[int, Asked] = {}
    for start in range(0, len(wanted), 1000):
        rows = Check.objects.filter(pk__in=wanted[start : start + 1000])
        found |= {check.pk: as_asked(check) for check in rows}
    return found
