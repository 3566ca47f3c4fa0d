"""Runs one probe of any kind, within its deadline, whatever the other side does."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping

from monitoring.health.checking import Asked, Found
from monitoring.health.evidence import failed_phase, with_phases, without_secrets
from monitoring.health.grade import cut
from monitoring.health.probes.dns import NotDns, probe_dns
from monitoring.health.probes.http import NETWORK, NOT_THE_SERVICE, probe_http
from monitoring.health.probes.place import NotAsked
from monitoring.health.probes.postgres import probe_postgres
from monitoring.health.probes.redis import probe_redis
from monitoring.health.probes.tcp import probe_tcp
from monitoring.health.probes.tls import probe_tls
from monitoring.health.probes.websocket import probe_websocket
from monitoring.health.words import Kind, Verdict
from prism.core.failures import NO_MORE_SOCKETS
from prism.core.outcome import Phases, Reason
from prism.core.streams import NotConnected

logger = logging.getLogger(__name__)
Probe = Callable[[Asked], Awaitable[Found]]
PROBES: Mapping[Kind, Probe] = {
    Kind.TCP: probe_tcp,
    Kind.TLS: probe_tls,
    Kind.DNS: probe_dns,
    Kind.REDIS: probe_redis,
    Kind.POSTGRES: probe_postgres,
    Kind.WEBSOCKET: probe_websocket,
}


async def run_probe(asked: Asked, *, wants_version: bool = True) -> Found:
    """Ask once. A probe that could not run is unknown, never down; nothing is raised."""
    if asked.mistake:
        return Found(Verdict.UNKNOWN, reason=cut(asked.mistake))
    started = time.perf_counter()
    try:
        if asked.kind is Kind.HTTP:
            # its deadline is in outbound, which then still knows the phases
            return await probe_http(asked, wants_version=wants_version)
        async with asyncio.timeout(asked.deadline_s):
            return await PROBES[asked.kind](asked)
    except NotAsked as error:
        return Found(Verdict.UNKNOWN, reason=str(error))
    except NotConnected as error:
        return _not_connected(error, started)
    except TimeoutError:
        reason = Reason.TIMEOUT.value
        return Found(Verdict.DOWN, _since(started), reason, is_network=True)
    except NotDns as error:
        return Found(Verdict.DOWN, _since(started), str(error))
    except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
        return _broken(error, started)
    except Exception:
        # one of the three edges: a mistake of ours in one probe must not stop the others
        logger.exception("The probe of check %d failed", asked.id)
        return Found(Verdict.UNKNOWN, reason="the probe itself failed; see the worker's log")


def _broken(error: Exception, started: float) -> Found:
    if isinstance(error, OSError) and error.errno in NO_MORE_SOCKETS:
        return Found(Verdict.UNKNOWN, reason=Reason.NO_SOCKET.value)
    detail = without_secrets(f"{type(error).__name__}: {error}")[:300]
    evidence = with_phases(Phases(), detail=detail)
    return Found(Verdict.DOWN, _since(started), Reason.RESET.value, evidence)


def _not_connected(error: NotConnected, started: float) -> Found:
    is_ours = error.reason in NOT_THE_SERVICE
    return Found(
        Verdict.UNKNOWN if is_ours else Verdict.DOWN,
        None if is_ours else _since(started),
        error.reason.value,
        with_phases(
            error.timings.phases(),
            # who was connected and has no stream failed in the handshake
            failed_in=failed_phase(error.reason, error.timings.phases(), is_tls=True),
            detail=without_secrets(error.detail)[:300],
        ),
        is_network=error.reason in NETWORK,
    )


def _since(started: float) -> float:
    return (time.perf_counter() - started) * 1000
