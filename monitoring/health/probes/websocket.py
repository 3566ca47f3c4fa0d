"""Asks a web server for a WebSocket: the upgrade of RFC 6455 and a proper close."""

import base64
import hashlib
import os
import time
from urllib.parse import urlsplit

from monitoring.health.checking import Asked, Found
from monitoring.health.evidence import with_phases
from monitoring.health.grade import grade, worse
from monitoring.health.probes.place import NotAsked, private_hosts, target_text
from monitoring.health.words import Verdict
from prism.core.outbound import USER_AGENT
from prism.core.streams import Stream, Tls, open_stream
from prism.core.targets import Target, UrlRefused, parse_target

_ACCEPT = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455 section 1.3
_CLOSE_1000 = b"\x88\x82\x00\x00\x00\x00\x03\xe8"  # masked with zeroes: nothing in it is secret


async def probe_websocket(asked: Asked) -> Found:
    """Connect, ask for the upgrade, check the answer, close with 1000."""
    target = _target(target_text(asked))
    tls = Tls.VERIFIED if target.scheme == "https" else Tls.OFF
    started = time.perf_counter()
    with await open_stream(
        target.host, target.port, private_hosts=private_hosts(asked), tls=tls
    ) as stream:
        found, status = await _upgrade(stream, target)
        latency_ms = (time.perf_counter() - started) * 1000
        verdict, reason = worse(found, grade(asked, {"latency_ms": latency_ms, "status": status}))
        evidence = with_phases(stream.timings.phases(), address=stream.address, status=status)
        expires_at = stream.certificate_expires_at()
        return Found(verdict, latency_ms, reason, evidence, expires_at)


def _target(text: str) -> Target:
    scheme = urlsplit(text).scheme
    web = {"ws": "http", "wss": "https"}.get(scheme)
    if web is None:
        raise NotAsked("its address must start with ws:// or wss://")
    try:
        return parse_target(f"{web}{text[len(scheme) :]}")
    except UrlRefused as error:
        raise NotAsked(f"its address cannot be used: {error}") from error


async def _upgrade(stream: Stream, target: Target) -> tuple[tuple[Verdict, str], int]:
    key = base64.b64encode(os.urandom(16)).decode()
    query = f"?{target.query}" if target.query else ""
    host = target.host_in_url if target.port in (80, 443) else f"{target.host_in_url}:{target.port}"
    origin = f"{target.scheme}://{host}"
    stream.writer.write(
        f"GET {target.path}{query} HTTP/1.1\r\nHost: {host}\r\nOrigin: {origin}\r\n"
        f"User-Agent: {USER_AGENT}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n".encode()
    )
    await stream.writer.drain()
    head = await stream.reader.readuntil(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    words = first.split(" ")
    if not first.startswith("HTTP/1.1 ") or not words[1].isdecimal():
        return (Verdict.DOWN, "not valid HTTP"), 0
    status = int(words[1])
    if status != 101:
        return (Verdict.DOWN, f"no upgrade: status {status}"), status
    headers = {name.lower(): value.strip() for name, _, value in (x.partition(":") for x in lines)}
    if headers.get("sec-websocket-accept") != _accept(key):
        return (Verdict.DOWN, "no upgrade: the accept key is wrong"), status
    stream.writer.write(_CLOSE_1000)
    await stream.writer.drain()
    return (Verdict.UP, ""), status


def _accept(key: str) -> str:
    digest = hashlib.sha1((key + _ACCEPT).encode(), usedforsecurity=False).digest()
    return base64.b64encode(digest).decode()
