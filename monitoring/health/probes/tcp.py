"""Asks whether a port accepts, and optionally what it answers."""

import time

from monitoring.health.checking import Asked, Found
from monitoring.health.evidence import excerpt, with_phases
from monitoring.health.grade import grade, worse
from monitoring.health.probes.place import private_hosts, read_host_port, target_text
from monitoring.health.words import Verdict
from prism.core.streams import Stream, Tls, open_stream

READ_BYTES = 1024


async def probe_tcp(asked: Asked) -> Found:
    r"""Connect; with `send` say it, with `expect` read up to 1 KiB until it is there. `tls` encrypts."""
    host, port = read_host_port(target_text(asked))
    tls = Tls.VERIFIED if asked.options.get("tls") else Tls.OFF
    started = time.perf_counter()
    with await open_stream(host, port, private_hosts=private_hosts(asked), tls=tls) as stream:
        found, body = await _talk(asked, stream)
        latency_ms = (time.perf_counter() - started) * 1000
        facts = {"latency_ms": latency_ms, "body": body.decode("utf-8", "replace")}
        verdict, reason = worse(found, grade(asked, facts))
        return Found(
            verdict,
            latency_ms,
            reason,
            with_phases(stream.timings.phases(), address=stream.address, body=excerpt(body)),
            stream.certificate_expires_at(),
        )


async def _talk(asked: Asked, stream: Stream) -> tuple[tuple[Verdict, str], bytes]:
    if said := str(asked.options.get("send", "")):
        stream.writer.write(said.encode())
        await stream.writer.drain()
    expected = str(asked.options.get("expect", "")).encode()
    received = b""
    while expected and expected not in received and len(received) < READ_BYTES:
        part = await stream.reader.read(READ_BYTES - len(received))
        if not part:
            break
        received += part
    if expected in received:
        return (Verdict.UP, ""), received
    return (Verdict.DOWN, "the expected answer did not come"), received
