"""Servers that misbehave on purpose, on a loopback port, for tests of the outbound door."""

import asyncio
import contextlib
import gzip
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable

Behaviour = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
OK = b"HTTP/1.1 200 OK\r\n"


@contextlib.asynccontextmanager
async def serving(
    behaviour: Behaviour, *, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None
) -> AsyncIterator[int]:
    """Run a server and give its port; connections that are still open at the end are cut."""
    running: set[asyncio.Task[None]] = set()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        running.add(task)
        try:
            await behaviour(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            running.discard(task)
            writer.transport.abort()

    server = await asyncio.start_server(handle, host, 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


def answering(head: bytes, body: bytes = b"") -> Behaviour:
    """Read the request, send this, close properly."""

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(head + b"\r\n" + body)
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    return behave


async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Take the request and never answer."""
    await reader.readuntil(b"\r\n\r\n")
    await asyncio.Event().wait()


async def dripping_headers(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Send one byte of the headers every 50 ms, for ever."""
    for byte in OK + b"X: " + b"y" * 100_000:
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(0.05)


async def dripping_body(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Send one byte of the body every 50 ms, for ever."""
    writer.write(OK + b"\r\n")
    while True:
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.05)


async def endless_body(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Send the body as fast as it is taken, for ever."""
    writer.write(OK + b"\r\n")
    while True:
        writer.write(b"x" * 65536)
        await writer.drain()


async def endless_headers(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Send long header lines, for ever."""
    writer.write(OK)
    while True:
        writer.write(b"X-Header: " + b"y" * 4000 + b"\r\n")
        await writer.drain()


async def endless_chunks(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Send chunks of one byte, for ever."""
    writer.write(OK + b"Transfer-Encoding: chunked\r\n\r\n")
    while True:
        writer.write(b"1\r\nx\r\n" * 1000)
        await writer.drain()


async def endless_interim(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Send interim answers, for ever."""
    while True:
        writer.write(b"HTTP/1.1 103 Early Hints\r\n\r\n" * 1000)
        await writer.drain()


BOMB = gzip.compress(b"\0" * 50_000_000)  # 48 KiB that want to be 50 MB
gzip_bomb = answering(OK + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n" % len(BOMB), BOMB)


async def redirecting_to_itself(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer every request with a redirect to the same place."""
    await answering(b"HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\n")(
        reader, writer
    )


async def resetting(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Cut the connection without an answer."""
    await reader.readuntil(b"\r\n\r\n")
    writer.transport.abort()
