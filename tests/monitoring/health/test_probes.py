"""Probes of servers that misbehave: each gets its named reason, in time."""

import asyncio
import errno
import time
from ipaddress import ip_address
from typing import Any

import pytest
from pytest_django import Settings

from monitoring.health.checking import Found
from monitoring.health.probes.run import run_probe
from monitoring.health.words import Verdict
from prism.core.addresses import Address
from tests import hostile_servers as hostile
from tests.certificates import Authority
from tests.hostile_servers import OK, Behaviour, answering, serving
from tests.monitoring.health.making import asking
from tests.servers import noise_ms, redis_server

pytestmark = pytest.mark.usefixtures("local_network")
UP, DEGRADED, DOWN, UNKNOWN = Verdict.UP, Verdict.DEGRADED, Verdict.DOWN, Verdict.UNKNOWN
TIMEOUT_S = 5.0  # of a server that answers, on a machine that is busy
HANGING_S = 0.4  # of one that never does
HEALTHY = answering(OK + b"Content-Length: 21\r\n", b'{"status": "healthy"}')


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


async def probe_at(
    port: int, kind: str = "http", *, target: str = "", timeout_s: float = TIMEOUT_S, **over: Any
) -> Found:
    started = time.perf_counter()
    text = (target or "http://127.0.0.1:{port}/").format(port=port)
    found = await run_probe(asking(kind=kind, target=text, timeout_s=timeout_s, **over))
    took_ms = (time.perf_counter() - started) * 1000
    assert took_ms < noise_ms(timeout_s * 1000 + 500)
    return found


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        (hostile.silent, "timed out"),
        (hostile.dripping_headers, "timed out"),
        (hostile.dripping_body, "timed out"),
        (hostile.resetting, "connection reset"),
        (hostile.redirecting_to_itself, "too many redirects"),
        (hostile.endless_headers, "answer too large"),
        (answering(b"SSH-2.0-OpenSSH_9\r\n"), "not valid HTTP"),
        (answering(OK + b"Content-Length: 100\r\n", b"half"), "answer cut short"),
        (answering(OK + b"Transfer-Encoding: chunked\r\n", b"20\r\nhalf"), "answer cut short"),
        (answering(b"HTTP/1.1 503 Unavailable\r\nContent-Length: 0\r\n"), "status 503"),
    ],
)
async def test_a_web_server_that_misbehaves_is_down_with_a_reason(
    behaviour: Behaviour, reason: str
) -> None:
    async with serving(behaviour) as port:
        found = await probe_at(port, timeout_s=HANGING_S if reason == "timed out" else TIMEOUT_S)

    assert (found.verdict, found.reason) == (DOWN, reason)


async def test_a_good_answer_is_up_with_its_phases_and_its_beginning() -> None:
    async with serving(HEALTHY) as port:
        found = await probe_at(port, conditions='json.status == "healthy"\nstatus == 200')

    assert (found.verdict, found.reason) == (UP, "")
    assert {"connect_ms", "first_byte_ms", "transfer_ms"} <= set(found.evidence["phases"])
    assert found.evidence["status"] == 200
    assert found.evidence["body"] == '{"status": "healthy"}'


async def test_a_condition_that_fails_is_the_reason() -> None:
    async with serving(HEALTHY) as port:
        found = await probe_at(port, conditions='json.status == "ready"')

    assert found.verdict is DOWN
    assert found.reason == 'json.status == "ready" (it was "healthy")'


async def test_a_slow_answer_degrades_and_a_very_slow_one_fails() -> None:
    async with serving(HEALTHY) as port:
        slow = await probe_at(port, degraded_ms=0)
        very_slow = await probe_at(port, failing_ms=0)

    assert slow.verdict is DEGRADED
    assert very_slow.verdict is DOWN
    assert very_slow.reason.startswith("slow: ")


async def test_being_told_that_we_ask_too_often_is_no_outage() -> None:
    too_many = answering(b"HTTP/1.1 429 Too Many Requests\r\nContent-Length: 0\r\n")
    async with serving(too_many) as port:
        found = await probe_at(port)

    assert found.verdict is DEGRADED


async def test_what_is_kept_of_an_answer_holds_no_secret() -> None:
    body = b'{"db": "postgres://app:hunter2@db/x", "api_key": "abc123", "status": "sick"}'
    async with serving(answering(b"HTTP/1.1 500 Error\r\nContent-Length: 76\r\n", body)) as port:
        found = await probe_at(port)

    kept = found.evidence["body"]
    assert "hunter2" not in kept
    assert "abc123" not in kept
    assert "sick" in kept


async def test_nobody_listens() -> None:
    async with serving(HEALTHY) as port:
        pass

    found = await probe_at(port)

    assert (found.verdict, found.reason) == (DOWN, "connection refused")
    assert found.evidence["failed_in"] == "connect"


@pytest.mark.parametrize(
    ("behaviour", "phase"),
    [
        (hostile.silent, "first_byte"),
        (hostile.dripping_body, "transfer"),
        (answering(OK + b"Content-Length: 100\r\n", b"half"), "transfer"),
    ],
)
async def test_a_failure_says_in_which_phase_it_happened(behaviour: Behaviour, phase: str) -> None:
    async with serving(behaviour) as port:
        found = await probe_at(port, timeout_s=HANGING_S)

    assert found.evidence["failed_in"] == phase


async def test_a_server_that_is_only_there_on_ipv6() -> None:
    async with serving(HEALTHY, host="::1") as port:
        found = await probe_at(port, target="http://[::1]:{port}/")

    assert found.verdict is UP
    assert found.evidence["address"] == "::1"


@pytest.mark.parametrize(
    ("kind", "target"), [("http", "http://localhost:{port}/"), ("tcp", "localhost:{port}")]
)
async def test_a_name_of_which_only_the_ipv6_address_answers_is_reached(
    kind: str, target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def resolve(host: str, port: int) -> list[Address]:
        return [ip_address("127.0.0.1"), ip_address("::1")]

    monkeypatch.setattr("prism.core.outbound.resolve", resolve)
    monkeypatch.setattr("prism.core.streams.resolve", resolve)

    async with serving(HEALTHY, host="::1") as port:
        found = await probe_at(port, kind, target=target)

    assert found.verdict is UP
    assert found.evidence["address"] == "::1"


@pytest.mark.parametrize("target", ["http://10.0.0.1/", "http://169.254.169.254/latest/"])
async def test_what_policy_blocks_is_unknown_and_never_down(target: str) -> None:
    found = await run_probe(asking(kind="http", target=target))

    assert (found.verdict, found.reason) == (UNKNOWN, "blocked by policy")


async def test_an_address_that_nobody_configured_is_unknown() -> None:
    found = await run_probe(asking(kind="redis", target="env:PRISM_TARGET_NOT_SET"))

    assert found.verdict is UNKNOWN
    assert "set PRISM_TARGET_NOT_SET for the worker" in found.reason


async def test_a_mistake_of_ours_is_unknown(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail(*arguments: Any, **options: Any) -> Found:
        raise ZeroDivisionError

    monkeypatch.setattr("monitoring.health.probes.run.probe_http", fail)

    found = await run_probe(asking(kind="http", target="http://127.0.0.1/"))

    assert found.verdict is UNKNOWN
    assert "ZeroDivisionError" in caplog.text


async def test_a_check_that_cannot_be_read_is_unknown_and_says_why() -> None:
    odd_kind = await run_probe(asking(kind="smoke signals"))
    odd_condition = await run_probe(asking(conditions="status = 200"))

    assert {odd_kind.verdict, odd_condition.verdict} == {UNKNOWN}
    assert "smoke signals" in odd_kind.reason
    assert "cannot be read, edit it: line 1" in odd_condition.reason


@pytest.mark.parametrize(
    ("kind", "target"), [("http", "http://127.0.0.1:9999/"), ("tcp", "127.0.0.1:9")]
)
async def test_a_worker_without_sockets_blames_nobody(
    kind: str, target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: Any, **options: Any) -> Any:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr("prism.core.dialing._CountingSocket", fail)
    monkeypatch.setattr("asyncio.open_connection", fail)

    found = await run_probe(asking(kind=kind, target=target))

    assert found.verdict is UNKNOWN
    assert found.reason == "not asked: this machine has no more sockets"


CERTIFICATES = [
    ({"start_days": -9, "end_days": -3}, "certificate expired"),
    ({"start_days": 1, "end_days": 2}, "certificate not yet valid"),
    ({"host": "other.example.com"}, "certificate for another host"),
    ({"own": True}, "certificate signed by itself"),
    ({"middle": "kept back"}, "certificate chain incomplete"),
]


@pytest.mark.parametrize("kind", ["http", "tls"])
@pytest.mark.parametrize(("wrong", "reason"), CERTIFICATES)
async def test_a_bad_certificate_is_named(
    kind: str, wrong: dict[str, Any], reason: str, authority: Authority, settings: Settings
) -> None:
    settings.PRISM_OUTBOUND_CA_FILE = str(authority.ca_file)
    target = "https://localhost:{port}/" if kind == "http" else "localhost:{port}"

    async with serving(HEALTHY, tls=authority.context(**wrong)) as port:
        found = await probe_at(port, kind, target=target)

    assert found.verdict is DOWN
    assert found.reason.startswith(reason)
    assert found.evidence["failed_in"] == "tls"


async def test_an_expired_certificate_says_since_when(
    authority: Authority, settings: Settings
) -> None:
    settings.PRISM_OUTBOUND_CA_FILE = str(authority.ca_file)
    context = authority.context(start_days=-9, end_days=-3)

    async with serving(HEALTHY, tls=context) as port:
        found = await probe_at(port, "tls", target="localhost:{port}")

    assert found.reason == "certificate expired 3 days ago"
    assert found.certificate_expires_at is not None


async def test_a_chain_with_its_middle_is_trusted(authority: Authority, settings: Settings) -> None:
    settings.PRISM_OUTBOUND_CA_FILE = str(authority.ca_file)

    async with serving(HEALTHY, tls=authority.context(end_days=20, middle="sent")) as port:
        found = await probe_at(port, "tls", target="localhost:{port}")

    assert (found.verdict, found.reason) == (UP, "")


@pytest.mark.parametrize("kind", ["http", "tls"])
async def test_a_certificate_that_ends_soon_degrades(
    kind: str, authority: Authority, settings: Settings
) -> None:
    settings.PRISM_OUTBOUND_CA_FILE = str(authority.ca_file)
    target = "https://localhost:{port}/" if kind == "http" else "localhost:{port}"

    async with serving(HEALTHY, tls=authority.context(end_days=3)) as port:
        found = await probe_at(port, kind, target=target)

    assert found.verdict is DEGRADED
    assert found.reason == "certificate expires in 2 days"


async def test_no_tls_where_tls_must_be() -> None:
    async with serving(greeting) as port:
        found = await probe_at(port, "tls", target="localhost:{port}")

    assert (found.verdict, found.reason) == (DOWN, "TLS handshake failed")
    assert found.evidence["failed_in"] == "tls"


async def greeting(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"220 mail ready\r\n")
    await writer.drain()
    await asyncio.sleep(5)


@pytest.mark.parametrize(
    ("options", "verdict", "reason"),
    [
        ({}, UP, ""),
        ({"expect": "220"}, UP, ""),
        ({"send": "EHLO\r\n", "expect": "ready"}, UP, ""),
        ({"expect": "never"}, DOWN, "timed out"),
    ],
)
async def test_a_port_is_asked_and_may_be_expected_to_say_something(
    options: dict[str, str], verdict: Verdict, reason: str
) -> None:
    async with serving(greeting) as port:
        timeout_s = HANGING_S if reason == "timed out" else TIMEOUT_S
        found = await probe_at(
            port, "tcp", target="127.0.0.1:{port}", options=options, timeout_s=timeout_s
        )

    assert (found.verdict, found.reason) == (verdict, reason)


async def test_redis_is_up_and_says_its_version(monkeypatch: pytest.MonkeyPatch) -> None:
    with redis_server() as server:
        monkeypatch.setenv("PRISM_TARGET_X", server.url)
        found = await run_probe(
            asking(
                kind="redis", target="env:PRISM_TARGET_X", conditions="redis.uptime_in_seconds >= 0"
            )
        )

    assert found.verdict is UP, found.reason
    assert found.running is not None
    assert found.running.version


async def test_a_wrong_password_is_our_mistake_and_not_an_outage(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with redis_server() as server:
        server.admin().config_set("requirepass", "secret")
        monkeypatch.setenv("PRISM_TARGET_X", server.url)
        without = await run_probe(asking(kind="redis", target="env:PRISM_TARGET_X"))
        monkeypatch.setenv("PRISM_TARGET_X", server.url.replace("//", "//:wrong@"))
        wrong = await run_probe(asking(kind="redis", target="env:PRISM_TARGET_X"))
        monkeypatch.setenv("PRISM_TARGET_X", server.url.replace("//", "//:secret@"))
        right = await run_probe(asking(kind="redis", target="env:PRISM_TARGET_X"))

    assert without.verdict is UNKNOWN
    assert wrong.verdict is UNKNOWN
    assert "secret" not in str((without, wrong, right))
    assert right.verdict is UP


async def speaking_http(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(1)
    writer.write(OK + b"Content-Length: 0\r\n\r\n")
    await writer.drain()
    await asyncio.sleep(5)


async def hanging_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(1)
    writer.transport.abort()


@pytest.mark.parametrize(
    ("kind", "behaviour", "reason"),
    [
        ("redis", speaking_http, "it does not answer like Redis"),
        ("redis", hanging_up, "it hung up"),
        ("redis", hostile.silent, "timed out"),
        ("postgres", speaking_http, "it does not answer like PostgreSQL"),
        ("postgres", hanging_up, "it hung up"),
        ("postgres", hostile.silent, "timed out"),
    ],
)
async def test_a_backend_that_is_something_else_is_down(
    kind: str, behaviour: Behaviour, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving(behaviour) as port:
        monkeypatch.setenv("PRISM_TARGET_X", f"{kind}://app:pw@127.0.0.1:{port}/db")
        timeout_s = HANGING_S if reason == "timed out" else TIMEOUT_S
        found = await probe_at(port, kind, target="env:PRISM_TARGET_X", timeout_s=timeout_s)

    assert (found.verdict, found.reason) == (DOWN, reason)


async def websocket(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    import base64
    import hashlib

    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    key = next(line[19:] for line in head.split("\r\n") if line.startswith("Sec-WebSocket-Key: "))
    digest = hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()
    writer.write(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + base64.b64encode(digest) + b"\r\n\r\n"
    )
    await writer.drain()
    await reader.read(8)


@pytest.mark.parametrize(
    ("behaviour", "verdict", "reason"),
    [
        (websocket, UP, ""),
        (HEALTHY, DOWN, "no upgrade: status 200"),
        (answering(b"HTTP/1.1 101 X\r\nSec-WebSocket-Accept: no\r\n"), DOWN, "no upgrade: the accept key is wrong"),
        (hostile.silent, DOWN, "timed out"),
    ],
)  # fmt: skip
async def test_a_websocket_is_upgraded_or_says_why_not(
    behaviour: Behaviour, verdict: Verdict, reason: str
) -> None:
    async with serving(behaviour) as port:
        timeout_s = HANGING_S if reason == "timed out" else TIMEOUT_S
        found = await probe_at(
            port, "websocket", target="ws://127.0.0.1:{port}/live", timeout_s=timeout_s
        )

    assert (found.verdict, found.reason) == (verdict, reason)


async def test_the_version_is_read_beside_the_health() -> None:
    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        body = b'{"commit": "f8e9d0a1", "version": "1.2"}' if b"/version" in head else b"ok"
        writer.write(OK + b"Content-Length: %d\r\n\r\n" % len(body) + body)
        await writer.drain()

    async with serving(behave) as port:
        found = await probe_at(port, options={"version_path": "/version"})

    assert found.running is not None
    assert (found.running.commit, found.running.version) == ("f8e9d0a1", "1.2")
