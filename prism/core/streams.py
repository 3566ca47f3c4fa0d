"""The other side of the one door: plain connections for protocols that are not HTTP.

The same policy as `prism.core.outbound`: names are resolved once, every address is checked, and only a
checked address is dialled. Whoever calls holds the deadline, as `asyncio.timeout`.
"""

import asyncio
import ssl
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum

from django.conf import settings

from prism.core.addresses import (
    Address,
    AddressRefused,
    PrivateHosts,
    check_addresses,
    check_name,
)
from prism.core.dialing import Dial, NameNotResolved, resolve, tls_context
from prism.core.failures import reason_of
from prism.core.outcome import Phases, Reason
from prism.core.targets import parse_address

BUFFER_BYTES = 64 * 1024


class Tls(Enum):
    """Whether a connection is encrypted, and whether the certificate must be good."""

    OFF = "off"
    VERIFIED = "verified"
    LOOK_ONLY = "look only"  # to read the dates of a bad certificate; nothing is sent over it


@dataclass(slots=True)
class Timings:
    """When each part of a connection was done, in milliseconds; filled in on the way."""

    dns_ms: float | None = None
    connect_ms: float | None = None
    tls_ms: float | None = None

    def phases(self) -> Phases:
        """Give them as those of a request."""
        return Phases(dns_ms=self.dns_ms, connect_ms=self.connect_ms, tls_ms=self.tls_ms)


@dataclass(slots=True)
class Stream:
    """An open connection; use it as a context manager, it is cut at the end."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    address: str
    timings: Timings = field(default_factory=Timings)

    def __enter__(self) -> "Stream":
        return self

    def __exit__(self, *exception: object) -> None:
        self.writer.transport.abort()

    def certificate(self) -> bytes | None:
        """Give the server's certificate as DER; it was not verified when TLS was only looked at."""
        tls: ssl.SSLObject | None = self.writer.get_extra_info("ssl_object")
        return tls.getpeercert(binary_form=True) if tls else None

    def certificate_expires_at(self) -> datetime | None:
        """Give the end of a verified certificate."""
        tls: ssl.SSLObject | None = self.writer.get_extra_info("ssl_object")
        facts = tls.getpeercert() if tls else None
        if not facts:
            return None
        return datetime.fromtimestamp(ssl.cert_time_to_seconds(str(facts["notAfter"])), UTC)


class NotConnected(Exception):
    """No connection came about; `detail` is for logs, it may tell what is inside."""

    def __init__(self, reason: Reason, detail: str, timings: Timings) -> None:
        super().__init__(f"{reason.value}: {detail}")
        self.reason = reason
        self.detail = detail
        self.timings = timings


async def checked_addresses(
    host: str, port: int, private_hosts: PrivateHosts, timings: Timings
) -> list[Address]:
    """Resolve a name and let all its addresses pass the policy, or raise NotConnected."""
    try:
        check_name(host)
        addresses = await _resolve(host, port, timings)
        check_addresses(host, addresses, private_hosts)
    except AddressRefused as error:
        raise NotConnected(Reason.BLOCKED, str(error), timings) from error
    except NameNotResolved as error:
        raise NotConnected(Reason.UNRESOLVABLE, str(error), timings) from error
    return addresses


async def open_stream(
    host: str, port: int, *, private_hosts: PrivateHosts, tls: Tls = Tls.OFF
) -> Stream:
    """Connect to the first checked address that accepts; raises NotConnected."""
    timings = Timings()
    addresses = await checked_addresses(host, port, private_hosts, timings)
    dial = Dial(addresses, read_bytes=0)
    last: OSError | None = None
    for address in addresses:
        try:
            return await _connect(host, port, address, tls, timings, dial)
        except OSError as error:
            last = error
            if dial.is_in_handshake:
                break
    detail = f"{type(last).__name__}: {last}"
    reason = reason_of(last, dial) if last else Reason.UNRESOLVABLE
    raise NotConnected(reason, detail, timings) from last


async def open_unix_stream(path: str) -> Stream:
    """Connect to a socket of this machine: the console's own servers only. Raises NotConnected."""
    timings = Timings()
    started = time.perf_counter()
    try:
        reader, writer = await asyncio.open_unix_connection(path, limit=BUFFER_BYTES)
    except OSError as error:
        reason = Reason.REFUSED if isinstance(error, ConnectionRefusedError) else Reason.UNREACHABLE
        raise NotConnected(reason, f"{type(error).__name__}: {error}", timings) from error
    timings.connect_ms = _since(started)
    return Stream(reader, writer, path, timings)


async def _resolve(host: str, port: int, timings: Timings) -> list[Address]:
    try:
        return [parse_address(host)]
    except ValueError:
        started = time.perf_counter()
        addresses = await resolve(host, port)
        timings.dns_ms = _since(started)
        return addresses


async def _connect(
    host: str, port: int, address: Address, tls: Tls, timings: Timings, dial: Dial
) -> Stream:
    started = time.perf_counter()
    reader, writer = await asyncio.open_connection(str(address), port, limit=BUFFER_BYTES)
    timings.connect_ms = _since(started)
    if tls is Tls.OFF:
        return Stream(reader, writer, str(address), timings)
    dial.mark("tls")
    started = time.perf_counter()
    try:
        await writer.start_tls(_context(tls), server_hostname=host)
    except BaseException:
        writer.transport.abort()
        raise
    timings.tls_ms = _since(started)
    dial.mark("connected")
    return Stream(reader, writer, str(address), timings)


def _context(tls: Tls) -> ssl.SSLContext:
    if tls is Tls.VERIFIED:
        return tls_context(settings.PRISM_OUTBOUND_CA_FILE)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _since(started: float) -> float:
    return (time.perf_counter() - started) * 1000
