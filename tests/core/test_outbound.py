"""The outbound door: what it reaches, what it refuses, and that it always ends."""

import asyncio
import socket
import time
from collections.abc import Mapping
from ipaddress import ip_address

import pytest
from pytest_django import Settings

from prism.core import addresses, dialing, outbound
from prism.core.addresses import Address, AddressRefused, PrivateHosts
from prism.core.outbound import Answer, Failure, Policy, Reason, Request, check_url, fetch
from prism.core.targets import UrlRefused
from tests import hostile_servers as hostile
from tests.hostile_servers import OK, answering, serving
from tests.servers import free_port, noise_ms

LOOPBACK = Policy(private_hosts=PrivateHosts(frozenset(("127.0.0.1", "::1", "localhost"))))
HELLO = answering(OK + b"Content-Length: 5\r\nServer: x\r\n", b"hello")


def url(port: int, path: str = "/", host: str = "127.0.0.1") -> str:
    return f"http://{host}:{port}{path}"


async def get(where: str, policy: Policy = LOOPBACK, **options: object) -> Answer | Failure:
    return await fetch(Request(where, **options), policy)  # type: ignore[arg-type]


@pytest.fixture
def dns(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """Answer look-ups from this table, and note them."""
    table: dict[str, list[str]] = {}

    async def resolve(host: str, port: int) -> list[Address]:
        table.setdefault("asked", []).append(host)
        return [ip_address(text) for text in table[host]]

    monkeypatch.setattr(outbound, "resolve", resolve)
    return table


@pytest.fixture
def public_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take 127.0.0.2 and above for the public network, so that real servers can stand there."""
    monkeypatch.setattr(addresses, "_LOOPBACK", addresses._networks("127.0.0.1/32"))


# --- answers -----------------------------------------------------------------------------------


async def test_an_answer_has_its_parts() -> None:
    async with serving(HELLO) as port:
        answer = await get(url(port))

    assert isinstance(answer, Answer)
    assert (answer.status, answer.body, answer.is_truncated) == (200, b"hello", False)
    assert answer.headers["server"] == "x"
    assert (answer.address, answer.hops) == ("127.0.0.1", 0)
    assert answer.read_bytes == len(OK) + len(b"Content-Length: 5\r\nServer: x\r\n\r\nhello")


async def test_the_phases_are_timed_and_add_up() -> None:
    async with serving(HELLO) as port:
        answer = await get(url(port, host="localhost"))

    assert isinstance(answer, Answer)
    phases = answer.phases
    parts = [phases.dns_ms, phases.connect_ms, phases.first_byte_ms, phases.transfer_ms]
    assert all(part is not None and part >= 0 for part in parts)
    assert phases.tls_ms is None
    assert 0 < sum(part or 0 for part in parts) <= answer.total_ms


async def test_a_listed_name_of_the_console_itself_is_reached() -> None:
    async with serving(HELLO, host="localhost") as port:
        assert isinstance(await get(url(port, host="localhost")), Answer)


async def test_an_ipv6_literal_is_reached() -> None:
    async with serving(HELLO, host="::1") as port:
        answer = await get(f"http://[::1]:{port}/")

    assert isinstance(answer, Answer)
    assert answer.address == "::1"


async def test_a_request_says_who_asks_and_wants_nothing_compressed() -> None:
    heard: list[bytes] = []

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(OK + b"Content-Length: 0\r\n\r\n")
        await writer.drain()

    async with serving(behave) as port:
        await get(url(port, "/a%2fb?c=d"), headers={"X-Signature": "abc"})

    lines = heard[0].decode().split("\r\n")
    assert lines[0] == "GET /a%2fb?c=d HTTP/1.1"
    assert f"Host: 127.0.0.1:{port}" in lines
    assert "Accept-Encoding: identity" in lines
    assert "X-Signature: abc" in lines
    assert "Connection: close" in lines
    assert any(line.startswith("User-Agent: prism-console/") for line in lines)
    assert not any(line.lower().startswith(("cookie", "authorization")) for line in lines)


async def test_a_webhook_posts_its_body() -> None:
    heard: list[bytes] = []

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        heard.append(await reader.readexactly(7))
        writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
        await writer.drain()

    async with serving(behave) as port:
        answer = await get(url(port), method="POST", body=b'{"a":1}')

    assert isinstance(answer, Answer)
    assert (answer.status, heard) == (204, [b'{"a":1}'])


async def test_a_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9/")
    async with serving(HELLO) as port:
        assert isinstance(await get(url(port)), Answer)


@pytest.mark.parametrize(
    "wrong",
    [
        {"method": "PUT"},
        {"max_hops": 4},
        {"method": "POST", "max_hops": 1},
        {"headers": {"Host": "x"}},
        {"headers": {"Cookie": "x"}},
        {"headers": {"Authorization": "x"}},
        {"headers": {"Metadata-Flavor": "Google"}},
        {"headers": {"X-aws-ec2-metadata-token": "x"}},
        {"headers": {"X-A": "b\r\nX-B: c"}},
        {"headers": {"X A": "b"}},
    ],
)
def test_a_request_that_must_not_leave_cannot_be_made(wrong: Mapping[str, object]) -> None:
    with pytest.raises(ValueError, match=r"sent|followed|one line"):
        Request("http://a.example/", **wrong)  # type: ignore[arg-type]


# --- refusals ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "where",
    [
        "http://169.254.169.254/latest/meta-data/", "http://[fd00:ec2::254]/", "http://127.0.0.1:8000/",
        "http://10.0.0.1/", "http://2130706433/", "http://metadata.google.internal/", "ftp://a/",
        "http://localhost:8000/", "http://[::1]:8000/", "http://user:password@example.com/",
    ],
)  # fmt: skip
async def test_a_forbidden_target_is_blocked_before_anything_is_dialled(
    where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_socket(*arguments: object) -> None:
        raise AssertionError("a socket was made")

    monkeypatch.setattr(dialing, "_CountingSocket", no_socket)

    outcome = await get(where, Policy())

    assert isinstance(outcome, Failure)
    assert outcome.reason is Reason.BLOCKED


async def test_a_public_name_with_one_private_answer_is_blocked(dns: dict[str, list[str]]) -> None:
    dns["rebind.example.com"] = ["8.8.8.8", "10.0.0.1"]

    outcome = await get("http://rebind.example.com/", Policy())

    assert isinstance(outcome, Failure)
    assert outcome.reason is Reason.BLOCKED


@pytest.mark.usefixtures("public_loopback")
async def test_a_name_is_looked_up_once_and_the_checked_address_is_dialled(
    dns: dict[str, list[str]],
) -> None:
    dns["flip.example.com"] = ["127.0.0.2"]
    async with serving(HELLO, host="127.0.0.2") as port:
        answer = await get(url(port, host="flip.example.com"), Policy())

    assert isinstance(answer, Answer)
    assert (answer.address, dns["asked"]) == ("127.0.0.2", ["flip.example.com"])


async def test_an_address_that_nobody_checked_is_not_dialled() -> None:
    dial = dialing.Dial([ip_address("8.8.8.8")], read_bytes=100)
    info = (socket.AF_INET, socket.SOCK_STREAM, 0, "", ("127.0.0.1", 80))

    with pytest.raises(dialing.NotTheCheckedAddress):
        dial._make_socket(info)


async def test_a_peer_that_nobody_checked_gets_no_request(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[bytes] = []

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.read(1000))

    class Elsewhere(dialing._CountingSocket):
        def getpeername(self) -> tuple[str, int]:
            return ("169.254.169.254", 80)

    monkeypatch.setattr(dialing, "_CountingSocket", Elsewhere)
    async with serving(behave) as port:
        outcome = await get(url(port))
        await asyncio.sleep(0)

    assert isinstance(outcome, Failure)
    assert outcome.reason is Reason.BLOCKED
    assert heard in ([], [b""])


async def test_our_own_database_and_redis_are_no_targets(settings: Settings) -> None:
    settings.REDIS_URL = "redis://:secret@cache.railway.internal:7000/0"
    settings.PRISM_OUTBOUND_PRIVATE_HOSTS = [".railway.internal"]

    outcome = await get("http://cache.railway.internal:7000/", outbound.probe_policy())

    assert isinstance(outcome, Failure)
    assert outcome.reason is Reason.BLOCKED


def test_a_webhook_goes_to_public_https_only() -> None:
    policy = outbound.webhook_policy()

    check_url("https://hooks.example.com/x", policy)
    with pytest.raises(UrlRefused):
        check_url("http://hooks.example.com/x", policy)
    with pytest.raises(AddressRefused):
        check_url("https://127.0.0.1/x", policy)


# --- redirects ---------------------------------------------------------------------------------


def redirect(location: str) -> hostile.Behaviour:
    head = f"HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n"
    return answering(head.encode())


async def test_a_redirect_is_a_result() -> None:
    async with serving(redirect("http://127.0.0.1:1/")) as port:
        answer = await get(url(port))

    assert isinstance(answer, Answer)
    assert (answer.status, answer.hops) == (302, 0)


async def test_a_redirect_is_followed_when_asked_and_drops_what_the_caller_added() -> None:
    heard: list[bytes] = []

    async def end(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(OK + b"Content-Length: 0\r\n\r\n")
        await writer.drain()

    async with serving(end) as last, serving(redirect(url(last, "/end"))) as first:
        answer = await get(url(first), max_hops=1, headers={"X-Secret": "s3cret"})

    assert isinstance(answer, Answer)
    assert (answer.status, answer.hops, answer.url) == (200, 1, url(last, "/end"))
    assert b"s3cret" not in heard[0]


async def test_a_redirect_loop_ends_after_three_hops() -> None:
    async with serving(hostile.redirecting_to_itself) as port:
        outcome = await get(url(port), max_hops=3)

    assert isinstance(outcome, Failure)
    assert (outcome.reason, outcome.hops) == (Reason.REDIRECT_LOOP, 3)


@pytest.mark.parametrize(
    "location",
    [
        "http://169.254.169.254/",
        "http://10.0.0.1/",
        "file:///etc/passwd",
        "//metadata.google.internal/",
    ],
)
async def test_a_redirect_to_a_forbidden_place_is_blocked(location: str) -> None:
    async with serving(redirect(location)) as port:
        outcome = await get(url(port), max_hops=3)

    assert isinstance(outcome, Failure)
    assert outcome.reason is Reason.BLOCKED


@pytest.mark.usefixtures("public_loopback")
async def test_a_public_host_never_leads_to_a_private_one_even_a_listed_one(
    dns: dict[str, list[str]],
) -> None:
    dns["public.example.com"] = ["127.0.0.2"]
    async with (
        serving(HELLO) as inside,
        serving(redirect(url(inside)), host="127.0.0.2") as outside,
    ):
        assert isinstance(await get(url(inside)), Answer)
        outcome = await get(url(outside, host="public.example.com"), max_hops=3)

    assert isinstance(outcome, Failure)
    assert (outcome.reason, outcome.detail) == (
        Reason.BLOCKED, "a redirect from a public to a private host",
    )  # fmt: skip


# --- named failures ----------------------------------------------------------------------------


async def test_a_name_that_does_not_exist_is_unresolvable() -> None:
    outcome = await get("http://nothing.invalid/")

    assert isinstance(outcome, Failure)
    assert outcome.reason is Reason.UNRESOLVABLE


async def test_a_dns_that_hangs_is_unresolvable_within_its_limit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(dialing, "DNS_S", 0.2)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kw: time.sleep(1))
    started = time.monotonic()

    outcome = await get("http://slow.example.com/")

    assert isinstance(outcome, Failure)
    assert outcome.reason is Reason.UNRESOLVABLE
    assert time.monotonic() - started < 0.2 + noise_ms(300) / 1000


async def test_a_closed_port_is_refused() -> None:
    outcome = await get(url(free_port()))

    assert isinstance(outcome, Failure)
    assert outcome.reason is Reason.REFUSED
    assert outcome.address == "127.0.0.1"


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        (hostile.silent, Reason.TIMEOUT),
        (hostile.resetting, Reason.RESET),
        (answering(b"this is not HTTP\r\n"), Reason.PROTOCOL_ERROR),
        (answering(OK + b"Content-Length: 100\r\n", b"short"), Reason.CUT_SHORT),
        (answering(OK + b"Content-Length: x\r\n"), Reason.PROTOCOL_ERROR),
        (answering(OK + b"Transfer-Encoding: chunked\r\n", b"zz\r\n"), Reason.PROTOCOL_ERROR),
        (hostile.endless_headers, Reason.TOO_LARGE),
        (hostile.endless_interim, Reason.TOO_LARGE),
    ],
)
async def test_a_failure_has_its_name(behaviour: hostile.Behaviour, reason: Reason) -> None:
    async with serving(behaviour) as port:
        outcome = await get(url(port), deadline_s=0.5)

    assert isinstance(outcome, Failure), outcome
    assert outcome.reason is reason, outcome.detail


async def test_a_body_without_end_is_cut_and_says_so() -> None:
    async with serving(hostile.endless_body) as port:
        answer = await get(url(port))

    assert isinstance(answer, Answer)
    assert answer.is_truncated
    assert 50_000 < len(answer.body) < answer.read_bytes <= outbound.READ_BYTES


async def test_nothing_is_decompressed() -> None:
    async with serving(hostile.gzip_bomb) as port:
        answer = await get(url(port))

    assert isinstance(answer, Answer)
    assert answer.body == hostile.BOMB


HOSTILE = {
    "headers that drip": hostile.dripping_headers,
    "a body that drips": hostile.dripping_body,
    "silence": hostile.silent,
    "headers without end": hostile.endless_headers,
    "a body without end": hostile.endless_body,
    "chunks without end": hostile.endless_chunks,
    "interim answers without end": hostile.endless_interim,
    "a gzip bomb": hostile.gzip_bomb,
    "redirects without end": hostile.redirecting_to_itself,
}


@pytest.mark.parametrize("behaviour", HOSTILE.values(), ids=list(HOSTILE))
async def test_fifty_at_once_end_in_time_and_read_little(behaviour: hostile.Behaviour) -> None:
    deadline_s = 1.0

    async def one(port: int) -> tuple[float, int]:
        started = time.monotonic()
        outcome = await get(url(port), deadline_s=deadline_s, max_hops=3)
        return time.monotonic() - started, outcome.read_bytes

    async with serving(behaviour) as port:
        results = await asyncio.gather(*(one(port) for _ in range(50)))

    assert max(took for took, _ in results) < deadline_s + noise_ms(500) / 1000
    assert max(read for _, read in results) < 64 * 1024


async def test_hostile_servers_do_not_hold_up_the_others() -> None:
    async with serving(hostile.endless_body) as bad, serving(HELLO) as good:
        attack = [asyncio.create_task(get(url(bad), deadline_s=1)) for _ in range(50)]
        answer = await get(url(good))
        await asyncio.gather(*attack)

    assert isinstance(answer, Answer)
    assert answer.total_ms < noise_ms(1000)
