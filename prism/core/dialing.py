"""How `outbound` reaches a server: names resolved once, only checked addresses dialled, bytes counted.

Everything here hangs on public hooks of aiohttp and asyncio: the resolver and socket factory of a
connector, the trace of a session, and `SSLContext.wrap_bio`, which asyncio calls when TLS begins.
"""

import asyncio
import errno
import functools
import socket
import ssl
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from datetime import UTC, datetime
from ipaddress import ip_address
from types import SimpleNamespace
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from django.conf import settings

from prism.core.addresses import Address
from prism.core.outcome import Phases

DNS_S = 2.0
HEAD_BYTES = (
    24 * 1024
)  # until the headers are complete: TLS with its certificates, and 16 KiB of them
RECEIVE_BYTES = 8 * 1024  # asyncio alone would take 256 KiB at a time from a flood
# a thread of its own for each lookup that hangs; never the loop's few threads
_dns_threads = ThreadPoolExecutor(16, thread_name_prefix="prism-dns")
_current_dial: ContextVar["Dial | None"] = ContextVar("prism_current_dial", default=None)


class NameNotResolved(Exception):
    """The DNS gave no address for a host; the message is the resolver's."""


class NotTheCheckedAddress(OSError):
    """A connection was about to go, or went, to an address that nobody checked."""


async def resolve(host: str, port: int) -> list[Address]:
    """Ask the system for all addresses of a host, in its order of preference, within DNS_S."""
    lookup = functools.partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
    try:
        async with asyncio.timeout(DNS_S):
            found = await asyncio.get_running_loop().run_in_executor(_dns_threads, lookup)
    except TimeoutError as error:
        raise NameNotResolved(f"{host}: no answer of the DNS within {DNS_S:g} s") from error
    except (OSError, UnicodeError) as error:
        raise NameNotResolved(f"{host}: {error}") from error
    return list(dict.fromkeys(_address(sockaddr) for *_, sockaddr in found))


def _address(sockaddr: tuple[Any, ...]) -> Address:
    has_zone = len(sockaddr) == 4 and sockaddr[3] and "%" not in sockaddr[0]
    return ip_address(f"{sockaddr[0]}%{sockaddr[3]}" if has_zone else sockaddr[0])


class Dial:
    """One hop: where it may connect, how much it may read, and when each part of it happened."""

    def __init__(self, addresses: Iterable[Address], *, read_bytes: int) -> None:
        self.addresses = list(addresses)
        self._texts = {str(address) for address in self.addresses}
        self.peer = ""
        self.read_bytes = 0
        self.is_exhausted = False
        self.certificate: ssl.SSLObject | None = None
        self._limit_bytes = read_bytes
        self._socket: _CountingSocket | None = None
        self._marks: dict[str, float] = {}

    def mark(self, name: str) -> None:
        """Note the time of: connect, tls, connected, answered, done."""
        self._marks[name] = time.perf_counter()

    @property
    def is_in_handshake(self) -> bool:
        """Say whether TLS began and did not end."""
        return "tls" in self._marks and "connected" not in self._marks

    def phases(self, dns_ms: float | None) -> Phases:
        """Give the length of each part that was finished."""
        tls = "tls" if "tls" in self._marks else "connected"
        return Phases(
            dns_ms=dns_ms,
            connect_ms=self._between("connect", tls),
            tls_ms=self._between("tls", "connected"),
            first_byte_ms=self._between("connected", "answered"),
            transfer_ms=self._between("answered", "done"),
        )

    def _between(self, start: str, end: str) -> float | None:
        if start not in self._marks or end not in self._marks:
            return None
        return (self._marks[end] - self._marks[start]) * 1000

    def allowance(self, wanted: int) -> int:
        """Say how much may be read next; 0 is the end."""
        limit = self._limit_bytes if "answered" in self._marks else HEAD_BYTES
        left = min(limit, self._limit_bytes) - self.read_bytes
        self.is_exhausted = left <= 0
        return max(0, min(wanted, left, RECEIVE_BYTES))

    def session(self) -> aiohttp.ClientSession:
        """Make a session that can reach the checked addresses and nothing else."""
        trace = aiohttp.TraceConfig()
        trace.on_connection_create_end.append(self._check_peer)
        connector = aiohttp.TCPConnector(
            resolver=_Checked(self.addresses),
            socket_factory=self._make_socket,
            ssl=tls_context(settings.PRISM_OUTBOUND_CA_FILE),
            happy_eyeballs_delay=None,  # "half up" must not look up
            use_dns_cache=False,
            force_close=True,
        )
        return aiohttp.ClientSession(
            connector=connector,
            trace_configs=[trace],
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None),  # the one deadline is in outbound.fetch
            auto_decompress=False,
            trust_env=False,
        )

    def __enter__(self) -> "Dial":
        self._token = _current_dial.set(self)
        return self

    def __exit__(self, *exception: object) -> None:
        _current_dial.reset(self._token)

    def _make_socket(self, info: tuple[Any, ...]) -> socket.socket:
        family, kind, protocol, _, sockaddr = info
        self._refuse_unchecked(sockaddr[0])
        self.peer = sockaddr[0]
        self.mark("connect")
        self._socket = _CountingSocket(self, family, kind, protocol)
        self._socket.setblocking(False)
        return self._socket

    async def _check_peer(self, session: object, context: SimpleNamespace, params: object) -> None:
        """Look once more, after the connection and before the first byte of the request."""
        self._refuse_unchecked(self._socket.getpeername()[0] if self._socket else "")
        self.mark("connected")

    def _refuse_unchecked(self, text: str) -> None:
        if text in self._texts:  # as the system writes it, nearly always
            return
        if not text or ip_address(text) not in self.addresses:
            raise NotTheCheckedAddress(errno.EACCES, f"{text} was not checked")

    def certificate_expires_at(self) -> datetime | None:
        """Give the end of the server's certificate."""
        facts = self.certificate.getpeercert() if self.certificate else None
        if not facts:
            return None
        return datetime.fromtimestamp(ssl.cert_time_to_seconds(str(facts["notAfter"])), UTC)


class _CountingSocket(socket.socket):
    """Counts what is read and pretends the end of the stream when it was enough."""

    def __init__(self, dial: Dial, family: int, kind: int, protocol: int) -> None:
        super().__init__(family, kind, protocol)
        self._dial = dial

    def recv(self, size: int, flags: int = 0, /) -> bytes:
        allowed = self._dial.allowance(size)
        data = super().recv(allowed, flags) if allowed else b""
        self._dial.read_bytes += len(data)
        return data

    def recv_into(self, buffer: Any, size: int = 0, flags: int = 0) -> int:
        allowed = self._dial.allowance(size or memoryview(buffer).nbytes)
        count = super().recv_into(buffer, allowed, flags) if allowed else 0
        self._dial.read_bytes += count
        return count


class _Checked(AbstractResolver):
    """Answers aiohttp with the addresses that were checked; asks nobody."""

    def __init__(self, addresses: list[Address]) -> None:
        self._addresses = addresses

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        return [
            ResolveResult(
                hostname=host, host=str(address), port=port, proto=0,
                family=socket.AF_INET if address.version == 4 else socket.AF_INET6,
                flags=socket.AI_NUMERICHOST,
            )
            for address in self._addresses
        ]  # fmt: skip

    async def close(self) -> None:
        pass


class _TimedContext(ssl.SSLContext):
    """Notes when TLS begins, which neither asyncio nor aiohttp tells."""

    def wrap_bio(self, *arguments: Any, **options: Any) -> ssl.SSLObject:
        made = super().wrap_bio(*arguments, **options)
        if (dial := _current_dial.get()) is not None:
            dial.mark("tls")
            dial.certificate = made
        return made


@functools.cache
def tls_context(ca_file: str) -> ssl.SSLContext:
    """Make the context all requests share (15 ms each): verification on, TLS 1.2 at least."""
    context = _TimedContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_default_certs()
    if ca_file:
        context.load_verify_locations(cafile=ca_file)
    return context
