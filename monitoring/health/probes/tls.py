"""Asks for a certificate: whether it is trusted, for this host, and for how long."""

import time
from datetime import datetime

from django.utils import timezone

from monitoring.health.certificate import CertificateUnreadable, validity
from monitoring.health.checking import Asked, Found
from monitoring.health.evidence import with_phases
from monitoring.health.grade import days_left, grade
from monitoring.health.probes.place import private_hosts, read_host_port, target_text
from monitoring.health.words import Verdict
from prism.core.addresses import PrivateHosts
from prism.core.outcome import Reason
from prism.core.streams import NotConnected, Tls, open_stream

CERTIFICATE_REASONS = frozenset(
    (
        Reason.TLS_EXPIRED,
        Reason.TLS_NOT_YET_VALID,
        Reason.TLS_WRONG_HOST,
        Reason.TLS_SELF_SIGNED,
        Reason.TLS_INCOMPLETE,
        Reason.TLS_UNTRUSTED,
    )
)


async def probe_tls(asked: Asked) -> Found:
    """Shake hands as a browser does; when the certificate is refused, look at its dates all the same."""
    host, port = read_host_port(target_text(asked), default_port=443)
    hosts = private_hosts(asked)
    started = time.perf_counter()
    try:
        stream = await open_stream(host, port, private_hosts=hosts, tls=Tls.VERIFIED)
    except NotConnected as error:
        if error.reason not in CERTIFICATE_REASONS:
            raise
        return await _refused(error, host, port, hosts)
    with stream:
        latency_ms = (time.perf_counter() - started) * 1000
        expires_at = stream.certificate_expires_at()
        days = days_left(expires_at, timezone.now())
        facts = {"latency_ms": latency_ms} | ({} if days is None else {"cert_days": days})
        verdict, reason = grade(asked, facts)
        evidence = with_phases(stream.timings.phases(), address=stream.address)
        return Found(verdict, latency_ms, reason, evidence, expires_at)


async def _refused(error: NotConnected, host: str, port: int, hosts: PrivateHosts) -> Found:
    expires_at = await _look(host, port, hosts)
    reason = error.reason.value
    if expires_at is not None and error.reason is Reason.TLS_EXPIRED:
        days = int(-(days_left(expires_at, timezone.now()) or 0.0))
        reason = f"{reason} {days} days ago" if days else f"{reason} today"
    return Found(
        Verdict.DOWN,
        reason=reason,
        evidence=with_phases(error.timings.phases(), failed_in="tls", detail=error.detail[:300]),
        certificate_expires_at=expires_at,
    )


async def _look(host: str, port: int, hosts: PrivateHosts) -> datetime | None:
    try:
        stream = await open_stream(host, port, private_hosts=hosts, tls=Tls.LOOK_ONLY)
    except NotConnected:
        return None
    with stream:
        try:
            return validity(stream.certificate() or b"")[1]
        except CertificateUnreadable:
            return None
