"""Benchmarks of events: what one web process delivers, and how fast the doors let events in.

`python tests/bench/bench_events.py`; PRISM_TEST_DATABASE_URL measures PostgreSQL as well.
"""

import asyncio
import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from websockets.asyncio.client import connect

from tests.faults.console import environment, prepare
from tests.monitoring.events.live import Console, console
from tests.servers import ROOT, RedisServer, redis_server

SEND = """
import sys, time
import django; django.setup()
from tests.monitoring.events.make_events import store
rate, seconds = map(float, sys.argv[1:])
began = time.time()
for number in range(int(rate * seconds)):
    time.sleep(max(0, began + number / rate - time.time()))
    store(1, message=repr(time.time()))
from monitoring.events.wakeup import finish_waking
finish_waking()
"""
DRAIN = """
import sys, time
import django; django.setup()
from django.conf import settings
from monitoring.events.models import Event
from monitoring.events.stream import StreamReader
from prism.core.redis import client
reader = StreamReader(client("bench", timeout_s=5), "bench")
wanted, done, began = int(sys.argv[1]), 0, time.perf_counter()
while done < wanted:
    done += reader.read_once()
took = time.perf_counter() - began
assert Event.objects.count() == wanted
print(f"{wanted / took:8,.0f} events/s committed and acknowledged ({wanted} in {took:.1f} s)")
"""


def cpu_s(one: Console) -> float:
    """Add up the CPU time of the web server's processes."""
    assert one.server.process
    pid = one.server.process.popen.pid
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    ticks = 0
    for child in [str(pid), *children]:
        fields = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


async def fan_out(one: Console, *, sockets: int, rate: int, seconds: int) -> None:
    """Let many pages watch a steady flow."""
    latencies_ms: list[float] = []
    ready = asyncio.Semaphore(0)
    wanted = rate * seconds
    cookie = "; ".join(f"{name}={value}" for name, value in one.cookies.items())

    async def watch(gate: asyncio.Semaphore) -> int:
        async with gate:
            socket = await connect(
                f"ws://127.0.0.1:{one.server.port}/ws/events/",
                origin=one.server.url,  # type: ignore[arg-type]
                additional_headers={"Cookie": cookie}, open_timeout=60, proxy=None,
            )  # fmt: skip
        seen = 0
        async with socket:
            await socket.send('{"t":"hello","after":null,"f":0}')
            while seen < wanted:
                frame = json.loads(await socket.recv())
                if frame["t"] == "reset":
                    ready.release()
                if frame["t"] != "ev":
                    continue
                now = time.time()
                seen += len(frame["r"])
                latencies_ms.extend((now - float(row["message"])) * 1000 for row in frame["r"])
        return seen

    gate = asyncio.Semaphore(20)
    tasks = [asyncio.ensure_future(watch(gate)) for _ in range(sockets)]
    for _ in range(sockets):
        await ready.acquire()
    before = cpu_s(one)
    began = time.monotonic()
    sender = await asyncio.create_subprocess_exec(
        sys.executable, "-c", SEND, str(rate), str(seconds), cwd=ROOT, env=one.variables
    )
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds + 30):
            await asyncio.wait(tasks)
    took = time.monotonic() - began
    used = cpu_s(one) - before
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await sender.wait()
    delivered = len(latencies_ms) / (sockets * wanted)
    percentiles = statistics.quantiles(latencies_ms, n=100)
    print(
        f"{sockets:5} sockets x {rate:3} events/s: {delivered:7.2%} delivered, p50 {percentiles[49]:.0f} ms,"
        f" p99 {percentiles[98]:.0f} ms, {used / took:.0%} of a core",
        flush=True,
    )


def stream_ingest(redis: RedisServer, database_url: str, count: int = 30_000) -> None:
    """Read a full stream into SQL."""
    with tempfile.TemporaryDirectory() as folder:
        variables = environment(Path(folder), redis_url=redis.url, database_url=database_url)
        prepare(variables)
        admin = redis.admin()
        admin.flushall()
        with admin.pipeline(transaction=False) as pipeline:
            for number in range(count):
                event = {"service": "bench", "type": "t", "id": f"{time.time()}-{number}"}
                pipeline.xadd("stream:events", {"data": json.dumps(event)})
            pipeline.execute()
        kind = "PostgreSQL" if database_url else "SQLite"
        print(f"stream to {kind:10}: ", end="", flush=True)
        command = [sys.executable, "-c", DRAIN, str(count)]
        subprocess.run(command, cwd=ROOT, env=variables, check=True, timeout=120)


def main() -> None:
    """Measure one after another."""
    with redis_server() as redis:
        stream_ingest(redis, "")
        if url := os.environ.get("PRISM_TEST_DATABASE_URL"):
            stream_ingest(redis, url)
        with tempfile.TemporaryDirectory() as folder, console(Path(folder), redis) as one:
            asyncio.run(fan_out(one, sockets=100, rate=20, seconds=5))
            asyncio.run(fan_out(one, sockets=500, rate=20, seconds=15))


if __name__ == "__main__":
    main()
