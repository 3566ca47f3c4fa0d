"""Asks checks at once, for a person: on the page and by `prism health`. Nothing is stored."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils import timezone

from monitoring.health.canary import Canary
from monitoring.health.checking import Asked, Found
from monitoring.health.models import Check
from monitoring.health.probes.heartbeat import judge_heartbeat
from monitoring.health.probes.run import run_probe
from monitoring.health.reading_checks import as_asked
from monitoring.health.words import Kind
from prism.core import audit
from prism.core.access import Actor, authorize

AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Probed:
    """One check and what was found just now."""

    asked: Asked
    found: Found


def probe_service(subject: str, *, actor: Actor) -> list[Probed]:
    """Ask all checks of a service, for the page. Audited: it makes requests in our name."""
    authorize(actor, "health.probe", subject)
    probed = probe_checks(list(Check.objects.to_probe(subject).select_related("state")))
    if probed:
        audit.record("health.probed", actor=actor, target=subject, details={"checks": len(probed)})
    return probed


def probe_checks(checks: Sequence[Check]) -> list[Probed]:
    """Ask all at once and wait for the slowest: at most a deadline, unless there are very many."""
    asked = [(as_asked(check), check) for check in checks]
    return asyncio.run(_probe_all(asked))


async def _probe_all(asked: Sequence[tuple[Asked, Check]]) -> list[Probed]:
    room, canary = asyncio.Semaphore(AT_ONCE), Canary()

    async def probe(one: Asked, check: Check) -> Probed:
        if one.kind is Kind.HEARTBEAT:
            state = getattr(check, "state", None)
            last_at = state.heartbeat_at if state else None
            return Probed(one, judge_heartbeat(one, last_at, timezone.now()))
        async with room:
            return Probed(one, await canary.judge(one, await run_probe(one)))

    return await asyncio.gather(*(probe(one, check) for one, check in asked))
