"""The one door to other people's servers, for probes and webhooks.

Every request passes the address policy, is dialled at the very address that passed, and ends within its
deadline and its count of bytes, whatever the other side does. A redirect is a result unless the caller
asks to follow; then every hop passes the whole policy again.
"""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from urllib.parse import urljoin, urlsplit

import aiohttp
import yarl
from django.conf import settings

from prism.core.addresses import (
    Address,
    AddressClass,
    AddressRefused,
    PrivateHosts,
    check_addresses,
    check_name,
)
from prism.core.dialing import Dial, NameNotResolved, resolve
from prism.core.failures import reason_of
from prism.core.outcome import Answer, Failure, Reason
from prism.core.targets import Target, UrlRefused, parse_target
from prism.version import VERSION

DEADLINE_S = 10.0
READ_BYTES = 60 * 1024  # of everything one hop sends: TLS, headers and body
MAX_HOPS = 3
USER_AGENT = f"prism-console/{VERSION}"
_REDIRECTS = (301, 302, 303, 307, 308)
_FORBIDDEN_HEADERS = frozenset(
    ("host", "cookie", "authorization", "proxy-authorization", "connection", "keep-alive", "te",
     "trailer", "transfer-encoding", "upgrade", "content-length", "expect", "accept-encoding")
)  # fmt: skip
_FORBIDDEN_PREFIXES = ("metadata", "x-aws-", "x-google-metadata", "proxy-", "sec-")


@dataclass(frozen=True, slots=True)
class Policy:
    """What a kind of caller may reach."""

    private_hosts: PrivateHosts = field(default_factory=PrivateHosts)
    schemes: frozenset[str] = frozenset(("http", "https"))
    own_backends: frozenset[tuple[str, int]] = frozenset()  # (host, port) of our database and Redis


@dataclass(frozen=True, slots=True)
class Request:
    """One request: GET or HEAD for a probe, POST with a body for a webhook."""

    url: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    deadline_s: float = DEADLINE_S
    max_hops: int = 0  # redirects to follow

    def __post_init__(self) -> None:
        if self.method not in ("GET", "HEAD", "POST"):
            raise ValueError(f"method {self.method!r} is not sent from here")
        if not 0 <= self.max_hops <= (0 if self.method == "POST" else MAX_HOPS):
            raise ValueError(f"at most {MAX_HOPS} redirects are followed, none with a body")
        for name, value in self.headers.items():
            low = name.lower()
            if low in _FORBIDDEN_HEADERS or low.startswith(_FORBIDDEN_PREFIXES):
                raise ValueError(f"the header {name} is not sent from here")
            if not name.replace("-", "").isalnum() or not name.isascii() or not value.isprintable():
                raise ValueError(f"the header {name!r} is not one line of text")


def probe_policy() -> Policy:
    """Say what probes may reach: everything public, and the listed private hosts."""
    return Policy(
        private_hosts=PrivateHosts(frozenset(settings.PRISM_OUTBOUND_PRIVATE_HOSTS)),
        own_backends=_own_backends(),
    )


def webhook_policy() -> Policy:
    """Say what webhooks may reach: https only, everything public and the hosts listed for webhooks."""
    return Policy(
        private_hosts=PrivateHosts(frozenset(settings.PRISM_WEBHOOK_PRIVATE_HOSTS)),
        schemes=frozenset(("https",)),
        own_backends=_own_backends(),
    )


def _own_backends() -> frozenset[tuple[str, int]]:
    database = settings.DATABASES["default"]
    host, port = str(database.get("HOST", "")).lower(), int(database.get("PORT") or 5432)
    return _backends(settings.REDIS_URL, host, port)


@lru_cache(maxsize=8)  # every probe asks for it
def _backends(redis_url: str, host: str, port: int) -> frozenset[tuple[str, int]]:
    redis = urlsplit(redis_url)
    return frozenset(((redis.hostname or "", redis.port or 6379), (host, port)))


def check_url(url: str, policy: Policy) -> None:
    """Raise UrlRefused or AddressRefused for what can be refused without asking the DNS: on saving a URL."""
    target = parse_target(url, schemes=policy.schemes)
    _check_target(target, policy)
    if target.address is not None:
        check_addresses(target.host, [target.address], policy.private_hosts)


async def fetch(request: Request, policy: Policy) -> Answer | Failure:
    """Make one request; never raises for anything the network or the other side does.

    Ends within `deadline_s`, reads at most READ_BYTES per hop, decompresses nothing, keeps no cookies and
    uses no proxy of the environment.
    """
    journey = _Journey(request, policy)
    started = time.perf_counter()
    try:
        async with asyncio.timeout(request.deadline_s):
            outcome = await journey.run()
    except TimeoutError:
        outcome = journey.failure(Reason.TIMEOUT, f"not done after {request.deadline_s:g} s")
    return replace(outcome, total_ms=(time.perf_counter() - started) * 1000)


def _check_target(target: Target, policy: Policy) -> None:
    check_name(target.host)
    if (target.host, target.port) in policy.own_backends:
        raise AddressRefused("a back-end of the console")


class _Journey:
    """One request with its hops, and what is known about the current one."""

    def __init__(self, request: Request, policy: Policy) -> None:
        self.request = request
        self.policy = policy
        self.url = request.url
        self.hops = 0
        self.dns_ms: float | None = None
        self.dial = Dial((), read_bytes=0)
        self._read_before_bytes = 0
        self._came_from: tuple[Target, AddressClass] | None = None

    async def run(self) -> Answer | Failure:
        """Go from hop to hop until there is an answer that leads nowhere, or a failure."""
        while True:
            try:
                answer = await self._hop()
            except (UrlRefused, AddressRefused) as error:
                return self.failure(Reason.BLOCKED, str(error))
            except NameNotResolved as error:
                return self.failure(Reason.UNRESOLVABLE, str(error))
            except (aiohttp.ClientError, OSError) as error:
                return self.failure(reason_of(error, self.dial), f"{type(error).__name__}: {error}")
            location = answer.headers.get("location")
            if answer.status not in _REDIRECTS or not location or not self.request.max_hops:
                return answer
            if self.hops == self.request.max_hops:
                return self.failure(Reason.REDIRECT_LOOP, f"more than {self.hops} redirects")
            self._read_before_bytes += self.dial.read_bytes
            self.url = urljoin(self.url, location)
            self.hops += 1

    def failure(self, reason: Reason, detail: str) -> Failure:
        """Say what is known of a journey that ended on the way."""
        return Failure(
            reason=reason,
            detail=detail,
            url=self.url,
            address=self.dial.peer,
            read_bytes=self._read_before_bytes + self.dial.read_bytes,
            hops=self.hops,
            phases=self.dial.phases(self.dns_ms),
        )

    async def _hop(self) -> Answer:
        """Check and ask once, in this order: URL, name, addresses, where the hop leads, request."""
        self.dial, self.dns_ms = Dial((), read_bytes=0), None
        target = parse_target(self.url, schemes=self.policy.schemes)
        _check_target(target, self.policy)
        addresses = await self._addresses(target)
        found = check_addresses(target.host, addresses, self.policy.private_hosts)
        self._check_hop(target, found)
        self._came_from = target, found
        self.dial = Dial(addresses, read_bytes=READ_BYTES)
        with self.dial:
            return await self._ask(target)

    async def _addresses(self, target: Target) -> list[Address]:
        if target.address is not None:
            return [target.address]
        started = time.perf_counter()
        addresses = await resolve(target.host, target.port)
        self.dns_ms = (time.perf_counter() - started) * 1000
        return addresses

    def _check_hop(self, target: Target, found: AddressClass) -> None:
        if self._came_from is None:
            return
        before, before_class = self._came_from
        if before.scheme == "https" and target.scheme == "http":
            raise AddressRefused("a redirect from https to http")
        if before_class is AddressClass.PUBLIC and found is not AddressClass.PUBLIC:
            raise AddressRefused("a redirect from a public to a private host")

    async def _ask(self, target: Target) -> Answer:
        # what a caller adds (a signature, a secret) is for the first host alone
        headers = {} if self.hops else dict(self.request.headers)
        async with (
            self.dial.session() as session,
            session.request(
                self.request.method,
                yarl.URL(target.url, encoded=True),
                headers={"User-Agent": USER_AGENT, "Accept-Encoding": "identity", **headers},
                data=self.request.body,
                allow_redirects=False,
            ) as response,
        ):
            self.dial.mark("answered")
            body = await self._body(response)
            self.dial.mark("done")
        return Answer(
            status=response.status,
            url=target.url,
            address=self.dial.peer,
            headers={name.lower(): value for name, value in response.headers.items()},
            body=body,
            is_truncated=self.dial.is_exhausted,
            read_bytes=self._read_before_bytes + self.dial.read_bytes,
            hops=self.hops,
            phases=self.dial.phases(self.dns_ms),
            total_ms=0.0,
            certificate_expires_at=self.dial.certificate_expires_at(),
        )

    async def _body(self, response: aiohttp.ClientResponse) -> bytes:
        chunks: list[bytes] = []
        try:
            async for chunk in response.content.iter_any():
                chunks.append(chunk)
        except aiohttp.ClientPayloadError:
            if not self.dial.is_exhausted:
                raise
        return b"".join(chunks)
