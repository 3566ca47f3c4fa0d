"""Five hundred pages in one process: WebSockets by hand, as a library would need more than the server.

The server sends everybody the same bytes, so each frame is read once and then recognised.
"""

import asyncio
import base64
import os
import re
import statistics
import time
from dataclasses import dataclass, field

SEQ = re.compile(rb'"seq":(\d+)')
SENT_AT = re.compile(rb'"message":"(\d+\.\d+)"')
HELLO = b'{"t":"hello","after":null,"f":0}'
TEXT, CLOSE, PING, PONG = 1, 8, 9, 10
MOST_KNOWN = 2000


@dataclass
class Meter:
    """What all sockets saw together."""

    latencies_ms: list[float] = field(default_factory=list)
    gaps: int = 0
    closed: int = 0
    ready: int = 0
    _known: dict[bytes, tuple[list[int], list[float]]] = field(default_factory=dict)

    def read(self, frame: bytes) -> tuple[list[int], list[float]]:
        """Give the numbers in a frame and when its events were sent."""
        found = self._known.get(frame)
        if found is None:
            if len(self._known) > MOST_KNOWN:
                self._known.clear()
            found = (list(map(int, SEQ.findall(frame))), list(map(float, SENT_AT.findall(frame))))
            self._known[frame] = found
        return found

    def percentiles_ms(self) -> tuple[float, float]:
        """Give the median and the 99th percentile."""
        steps = statistics.quantiles(self.latencies_ms, n=100)
        return steps[49], steps[98]


class LivePage(asyncio.Protocol):
    """One page: says hello, then counts what comes and looks for gaps."""

    def __init__(self, meter: Meter, request: bytes) -> None:
        self.meter = meter
        self.request = request
        self.last = 0
        self.seen = 0
        self._buffer = b""
        self._is_open = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._is_open:
            head, end, rest = self._buffer.partition(b"\r\n\r\n")
            if not end:
                return
            assert b" 101 " in head.split(b"\r\n")[0], head
            self._is_open, self._buffer = True, rest
            self._send(TEXT, HELLO)
        self._read_frames()

    def _read_frames(self) -> None:
        buffer, at = self._buffer, 0
        while len(buffer) - at >= 2:
            length, begin = buffer[at + 1] & 127, at + 2
            if length >= 126:
                width = 2 if length == 126 else 8
                if len(buffer) < begin + width:
                    break
                length = int.from_bytes(buffer[begin : begin + width])
                begin += width
            if len(buffer) < begin + length:
                break
            self._hear(buffer[at] & 15, buffer[begin : begin + length])
            at = begin + length
        self._buffer = buffer[at:]

    def _hear(self, opcode: int, frame: bytes) -> None:
        if opcode == PING:
            self._send(PONG, frame)
        elif opcode == TEXT and frame.startswith(b'{"t":"reset"'):
            self.last = int(frame.partition(b'"s":')[2].partition(b",")[0])
            self.meter.ready += 1
        elif opcode == TEXT and frame.startswith(b'{"t":"ev"'):
            seqs, sent_at = self.meter.read(frame)
            if seqs and seqs[0] != self.last + 1:
                self.meter.gaps += 1
            now = time.time()
            self.meter.latencies_ms.extend((now - at) * 1000 for at in sent_at)
            self.seen += len(seqs)
            self.last = seqs[-1] if seqs else self.last

    def _send(self, opcode: int, content: bytes) -> None:
        # a client must mask; with a mask of zeros the bytes stay what they are
        self.transport.write(bytes((0x80 | opcode, 0x80 | len(content))) + bytes(4) + content)

    def connection_lost(self, error: Exception | None) -> None:
        self.meter.closed += 1


async def open_pages(port: int, cookie: str, count: int, meter: Meter) -> list[LivePage]:
    """Open so many pages, twenty at a time, and wait until each has its first answer."""
    key = base64.b64encode(os.urandom(16)).decode()
    request = (
        f"GET /ws/events/ HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nOrigin: http://127.0.0.1:{port}\r\n"
        f"Cookie: {cookie}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n"
    ).encode()
    loop = asyncio.get_running_loop()
    pages: list[LivePage] = []
    async with asyncio.timeout(120):
        while len(pages) < count:
            for _ in range(min(20, count - len(pages))):
                page = LivePage(meter, request)
                await loop.create_connection(lambda page=page: page, "127.0.0.1", port)
                pages.append(page)
            while meter.ready < len(pages):
                await asyncio.sleep(0.01)
    return pages
