"""Asks a Redis or Valkey server: PING, and INFO for what it says about itself."""

import time
from collections.abc import Mapping

from django.conf import settings

from monitoring.health import own
from monitoring.health.checking import Asked, Found, Running
from monitoring.health.evidence import with_phases
from monitoring.health.grade import grade, worse
from monitoring.health.probes.place import (
    NotAsked,
    Place,
    private_hosts,
    read_url,
    target_text,
)
from monitoring.health.words import Verdict
from prism.core.streams import Stream, Tls, open_stream, open_unix_stream

DEFAULT_PORT = 6379
INFO_BYTES = 256 * 1024
CREDENTIALS = ("NOAUTH", "WRONGPASS", "NOPERM")
SHOWN = ("redis_version", "valkey_version", "role", "uptime_in_seconds", "connected_clients",
         "used_memory_human", "maxmemory_human", "maxmemory_policy")  # fmt: skip


class NotRedis(Exception):
    """The other side does not speak the protocol of Redis."""


class Refused(Exception):
    """The server answered with an error; `code` is its first word."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.code = message.partition(" ")[0]


async def probe_redis(asked: Asked) -> Found:
    """Log in when there is a password, PING, then INFO; the latency is up to the PONG."""
    started = time.perf_counter()
    place = _place(asked)
    with await _open(place, asked) as stream:
        try:
            await _log_in(stream, place)
            pong = await command(stream, "PING")
            latency_ms = (time.perf_counter() - started) * 1000
            info = read_info(await command(stream, "INFO"))
        except Refused as error:
            if error.code in CREDENTIALS:  # the server is there; our configuration is wrong
                raise NotAsked(f"the server wants other credentials ({error.code})") from error
            return _refused(error, (time.perf_counter() - started) * 1000, stream)
        except NotRedis as error:
            return Found(Verdict.DOWN, None, str(error), with_phases(stream.timings.phases()))
        found = (Verdict.UP, "") if pong == b"PONG" else (Verdict.DOWN, "no PONG")
        verdict, reason = worse(found, grade(asked, {"latency_ms": latency_ms, "redis": info}))
        evidence = with_phases(
            stream.timings.phases(),
            address=stream.address,
            info={name: info[name] for name in SHOWN if name in info},
        )
        version = str(info.get("valkey_version") or info.get("redis_version") or "")
        return Found(verdict, latency_ms, reason, evidence, running=Running(version=version))


def _place(asked: Asked) -> Place:
    if asked.target == own.REDIS:
        return read_url(settings.REDIS_URL, DEFAULT_PORT)
    place = read_url(target_text(asked), DEFAULT_PORT)
    if place.scheme not in ("redis", "rediss"):
        raise NotAsked("its address must start with redis:// or rediss://")
    return place


async def _open(place: Place, asked: Asked) -> Stream:
    if place.scheme == "unix":
        return await open_unix_stream(place.path)
    tls = Tls.VERIFIED if place.scheme == "rediss" else Tls.OFF
    return await open_stream(place.host, place.port, private_hosts=private_hosts(asked), tls=tls)


async def _log_in(stream: Stream, place: Place) -> None:
    if place.password:
        names = (place.user,) if place.user else ()
        await command(stream, "AUTH", *names, place.password)


async def command(stream: Stream, *words: str) -> bytes:
    """Send one command and read its one answer, a simple or bulk string (RESP2)."""
    parts = [f"*{len(words)}\r\n".encode()]
    for word in words:
        data = word.encode()
        parts.append(b"$%d\r\n%s\r\n" % (len(data), data))
    stream.writer.write(b"".join(parts))
    await stream.writer.drain()
    line = (await stream.reader.readline()).rstrip(b"\r\n")
    kind, rest = line[:1], line[1:]
    if kind == b"-":
        raise Refused(rest.decode("utf-8", "replace")[:150])
    if kind in (b"+", b":"):
        return rest
    if kind == b"$" and rest.isdigit() and int(rest) <= INFO_BYTES:
        return (await stream.reader.readexactly(int(rest) + 2))[:-2]
    raise NotRedis("it does not answer like Redis" if line else "it hung up")


def read_info(text: bytes) -> Mapping[str, object]:
    """Read the lines `name:value` of INFO; what is a number becomes one."""
    pairs = (
        line.partition(":") for line in text.decode("utf-8", "replace").splitlines() if ":" in line
    )
    return {name: _number(value) for name, _, value in pairs}


def _number(value: str) -> object:
    try:
        return int(value) if value.lstrip("-").isdecimal() else float(value)
    except ValueError:
        return value


def _refused(error: Refused, latency_ms: float, stream: Stream) -> Found:
    is_loading = error.code == "LOADING"  # it is there, and will answer when its data are read
    reason = "loading its data" if is_loading else f"it answered {error.code}"
    evidence = with_phases(stream.timings.phases(), address=stream.address, detail=str(error))
    return Found(Verdict.DEGRADED if is_loading else Verdict.DOWN, latency_ms, reason, evidence)
