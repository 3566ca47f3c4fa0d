"""Asks whether it is us: when nothing outside answers, a canary decides before anybody is called down."""

import asyncio
import math
import time
from dataclasses import replace

from django.conf import settings

from monitoring.health.checking import Asked, Found
from monitoring.health.probes.place import NotAsked, read_host_port
from monitoring.health.words import Origin, Verdict
from prism.core.addresses import PrivateHosts
from prism.core.streams import NotConnected, open_stream

DEADLINE_S = 3.0
BELIEVED_S = 10.0  # how long one answer of the canary holds
QUIET_S = 60.0  # without a success for so long a failure of the network is suspicious
OFFLINE = "worker offline: nothing on the network answers it, no canary either"


class Canary:
    """Knows whether this worker reached anything lately; one for each event loop."""

    def __init__(self) -> None:
        self._success_at = self._asked_at = -math.inf
        self._is_online = True
        self._asking = asyncio.Lock()

    async def judge(self, asked: Asked, found: Found) -> Found:
        """Give what was found, as unknown when it was our own network that failed."""
        if asked.origin is Origin.BUILT_IN:  # it needs no network
            return found
        if found.verdict in (Verdict.UP, Verdict.DEGRADED):
            self._success_at = time.monotonic()
        elif found.is_network and await self.is_offline():
            return replace(found, verdict=Verdict.UNKNOWN, latency_ms=None, reason=OFFLINE)
        return found

    async def is_offline(self) -> bool:
        """Say whether a failure just seen is our own: nothing answers, and no canary does either."""
        if time.monotonic() - self._success_at < QUIET_S or not settings.PRISM_HEALTH_CANARIES:
            return False
        async with self._asking:
            if time.monotonic() - self._asked_at >= BELIEVED_S:
                self._is_online = await self._any_answers()
                self._asked_at = time.monotonic()
        return not self._is_online

    async def _any_answers(self) -> bool:
        answers = await asyncio.gather(*map(_answers, settings.PRISM_HEALTH_CANARIES))
        return any(answers)


async def _answers(place: str) -> bool:
    """Connect to a canary and hang up at once."""
    hosts = PrivateHosts(frozenset(settings.PRISM_OUTBOUND_PRIVATE_HOSTS))
    try:
        host, port = read_host_port(place)
        async with asyncio.timeout(DEADLINE_S):
            with await open_stream(host, port, private_hosts=hosts):
                return True
    except (NotConnected, NotAsked, OSError):
        return False
