"""Benchmarks of events: what one web process delivers, and how fast the doors let events in.

`python tests/bench/bench_events.py [NAME ...]`; without names all of them. BENCH_SECONDS shortens (30). One
web process and real servers, PostgreSQL where its programs are, and everything on this machine: what else
runs here counts too.
"""

import asyncio
import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import pytest

from tests.bench.event_sockets import Meter, open_pages
from tests.faults.console import environment, prepare
from tests.monitoring.events.live import Console, console, issue_token
from tests.servers import ROOT, RedisServer, WebServer, postgres_server, redis_server

SECONDS = int(os.environ.get("BENCH_SECONDS", "30"))


def cpu_s(one: WebServer) -> float:
    """Add up the CPU time of the web server's processes."""
    fields = [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in pids(one)]
    return sum(int(one[11]) + int(one[12]) for one in fields) / os.sysconf("SC_CLK_TCK")


def rss_mb(one: WebServer) -> float:
    """Add up the resident memory of the web server's processes."""
    texts = [Path(f"/proc/{pid}/status").read_text() for pid in pids(one)]
    return sum(int(text.split("VmRSS:")[1].split()[0]) for text in texts) / 1024


def pids(one: WebServer) -> list[int]:
    """Give the process ids of the web server and of its workers."""
    assert one.process
    pid = one.process.popen.pid
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *map(int, children)]


async def fan_out(
    one: Console, *, sockets: int, rate: int, seconds: int, batch: int = 1, send: str = "store"
) -> None:
    """Let many pages watch a steady flow and print what came of it."""
    meter = Meter()
    cookie = "; ".join(f"{name}={value}" for name, value in one.cookies.items())
    pages = await open_pages(one.server.port, cookie, sockets, meter)
    await asyncio.sleep(1)
    cpu_before_s, rss_before_mb = cpu_s(one.server), rss_mb(one.server)
    began = time.monotonic()
    command = [sys.executable, "-m", "tests.bench.event_senders", send]
    sender = await asyncio.create_subprocess_exec(
        *command, *map(str, (rate, seconds, batch)), cwd=ROOT, env=one.variables
    )
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds + 30):
            while min(page.seen for page in pages) < rate * seconds:
                await asyncio.sleep(0.05)
    took_s, used_s = time.monotonic() - began, cpu_s(one.server) - cpu_before_s
    grown_mb = rss_mb(one.server) - rss_before_mb
    await sender.wait()
    for page in pages:
        page.transport.abort()
    delivered = sum(page.seen for page in pages) / (sockets * rate * seconds)
    p50_ms, p99_ms = meter.percentiles_ms()
    print(
        f"{sockets:5} sockets x {rate:5} events/s x {seconds:2} s: {delivered:7.2%} delivered, {meter.gaps}"
        f" gaps, p50 {p50_ms:.0f} ms, p99 {p99_ms:.0f} ms, {used_s / took_s:.0%} of a core,"
        f" memory {grown_mb:+.1f} MB",
        flush=True,
    )


def sockets(redis: RedisServer) -> None:
    """Many pages, few events; more pages; few pages, many events at once."""
    with tempfile.TemporaryDirectory() as folder, console(Path(folder), redis) as one:
        asyncio.run(fan_out(one, sockets=500, rate=20, seconds=SECONDS))
        asyncio.run(fan_out(one, sockets=1000, rate=10, seconds=SECONDS))
        for _ in range(3):  # memory is flat when the second and third take no more
            asyncio.run(fan_out(one, sockets=100, rate=10_000, seconds=1, batch=500))


def stock(redis: RedisServer) -> None:
    """The same as the first of `sockets`, with a channel of the layer for each socket."""
    for layer in ("pubsub", "core"):
        with tempfile.TemporaryDirectory() as folder, console(Path(folder), redis) as one:
            one.server.stop()
            one.variables["BENCH_LAYER"] = layer
            application = "tests.bench.stock_pattern:application"
            server = replace(one.server, environment=one.variables, application=application).start()
            print(f"stock, {layer:6}: ", end="", flush=True)
            try:
                stocked = replace(one, server=server)
                asyncio.run(fan_out(stocked, sockets=500, rate=20, seconds=SECONDS, send="stock"))
            finally:
                server.stop()


@contextlib.contextmanager
def databases() -> Iterator[list[str]]:
    """Give the addresses of the databases: none, which is SQLite, and a PostgreSQL of our own."""
    with contextlib.ExitStack() as stack:
        found = [""]
        try:
            found.append(stack.enter_context(postgres_server()).url)
        except pytest.skip.Exception as reason:
            print(f"only SQLite: {reason}")
        yield found


@contextlib.contextmanager
def database(url: str, redis: RedisServer) -> Iterator[dict[str, str]]:
    """Give the settings of a console with tables on one of the databases."""
    with tempfile.TemporaryDirectory() as folder:
        variables = environment(Path(folder), redis_url=redis.url, database_url=url)
        prepare(variables)
        yield variables


def stream(redis: RedisServer) -> None:
    """Add 12,000 a second to the stream while one reader stores them; then as fast as it goes."""
    with databases() as urls:
        for url in urls:
            with database(url, redis) as variables:
                _stream(redis, variables)


def _stream(redis: RedisServer, variables: dict[str, str]) -> None:
    for rate in (12_000, 0):
        redis.admin().flushall()
        kind = "PostgreSQL" if variables["DATABASE_URL"] else "SQLite"
        print(f"stream to {kind:10}: ", end="", flush=True)
        command = [sys.executable, "-m", "tests.bench.event_senders", "drain"]
        subprocess.run(
            [*command, str(rate), str(SECONDS)],
            cwd=ROOT, env=variables, check=True, timeout=300,
        )  # fmt: skip


def http(redis: RedisServer) -> None:
    """Send batches of 100 over HTTP to one web process, four senders at once."""
    with databases() as urls:
        for url in urls:
            _http(redis, url)


def _http(redis: RedisServer, url: str) -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        console(Path(folder), redis, database_url=url) as one,
    ):
        variables = {**one.variables, "BENCH_TOKEN": issue_token(one)}
        print(f"HTTP to {'PostgreSQL' if url else 'SQLite':10}: ", end="", flush=True)
        command = [sys.executable, "-m", "tests.bench.event_senders", "http"]
        subprocess.run(
            [*command, str(one.server.port), str(SECONDS)],
            cwd=ROOT, env=variables, check=True, timeout=SECONDS + 60,
        )  # fmt: skip


BENCHES = {one.__name__: one for one in (sockets, stock, stream, http)}


def main() -> None:
    """Measure one after another."""
    for name in sys.argv[1:] or BENCHES:
        with redis_server() as redis:
            BENCHES[name](redis)


if __name__ == "__main__":
    main()
