"""The other side of the benchmarks, each in a process of its own: `python -m tests.bench.event_senders NAME ...`.

Each is paced by the clock, so a slow moment is made up for and does not lower the rate.
"""

import asyncio
import http.client
import json
import os
import statistics
import sys
import threading
import time
from collections.abc import Iterator

import django

PIPELINE = 200
SENDERS = 4
BATCH = json.dumps([{"service": "bench", "type": "http", "message": "x" * 80}] * 100).encode()


def ticks(rate: float, seconds: float) -> Iterator[float]:
    """Give the time, `rate` times a second; as fast as it is asked when the rate is 0."""
    began = time.time()
    number = 0
    while (time.time() - began if not rate else number / rate) < seconds:
        time.sleep(max(0, began + number / rate - time.time()) if rate else 0)
        yield time.time()
        number += 1


def store(rate: str, seconds: str, batch: str) -> None:
    """Store events on the one write path."""
    from monitoring.events.wakeup import finish_waking
    from tests.monitoring.events.make_events import store

    store_rate = float(rate) / int(batch)
    for now in ticks(store_rate, float(seconds)):
        store(int(batch), message=repr(now))
    finish_waking()


def stock(rate: str, seconds: str, batch: str) -> None:
    """Send to the group of the stock pattern."""
    from channels.layers import get_channel_layer

    from tests.bench import stock_pattern

    async def send() -> None:
        layer = get_channel_layer()
        for seq, now in enumerate(ticks(float(rate), float(seconds)), start=1):
            row = {"seq": seq, "service": "docs-site", "type": "t", "message": repr(now)}
            text = json.dumps({"t": "ev", "r": [row]}, separators=(",", ":"))
            await layer.group_send("stock", {"type": "stock.event", "text": text})

    assert stock_pattern.application
    asyncio.run(send())


def drain(rate: str, seconds: str) -> None:
    """Store what another process adds to the stream; with a rate of 0 it is all there before."""
    from django.db.models import Max, Min

    from monitoring.events.models import Event
    from monitoring.events.stream import StreamReader
    from prism.core.redis import client

    Event.objects.all().delete()
    reader = StreamReader(client("bench", timeout_s=5), "bench")
    offered = int(float(rate) * float(seconds)) or 20_000 * int(seconds)
    reader.make_group()
    adding = threading.Thread(target=os.system, args=(_adder(rate, offered),))
    adding.start()
    if rate == "0":
        adding.join()
    else:
        while not reader.read_once():
            pass
    done = Event.objects.count()
    began, cpu_before_s = time.perf_counter(), time.process_time()
    while done < offered:
        done += reader.read_once()
    took_s, used_s = time.perf_counter() - began, time.process_time() - cpu_before_s
    adding.join()
    ends = Event.objects.aggregate(first=Min("seq"), last=Max("seq"))
    assert Event.objects.count() == ends["last"] - ends["first"] + 1 == offered
    offer = f"{rate}/s offered" if rate != "0" else "all offered at once"
    print(
        f"{offered / took_s:8,.0f} events/s committed and acknowledged ({offered:,} in {took_s:.1f} s,"
        f" {offer}), reader {used_s / took_s:.0%} of a core",
        flush=True,
    )


def _adder(rate: str, offered: int) -> str:
    return f"{sys.executable} -m tests.bench.event_senders add {rate} {offered}"


def add(rate: str, count: str) -> None:
    """Add events to the stream."""
    from prism.core.redis import client

    redis = client("bench-sender", timeout_s=10)
    sent = 0
    pipelines = float(rate) / PIPELINE
    for now in ticks(pipelines, float("inf")):
        with redis.pipeline(transaction=False) as pipeline:
            for number in range(sent, sent + PIPELINE):
                event = {"id": f"{now}-{number}", "service": "bench", "type": "t", "message": "m"}
                pipeline.xadd("stream:events", {"data": json.dumps(event)})
            pipeline.execute()
        sent += PIPELINE
        if sent >= int(count):
            return


def http_batches(port: str, seconds: str) -> None:
    """Post batches of 100 over connections that stay open."""
    headers = {
        "Authorization": f"Bearer {os.environ['BENCH_TOKEN']}", "Content-Type": "application/json",
    }  # fmt: skip
    took_ms: list[float] = []

    def post() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", int(port), timeout=30)
        for _ in ticks(0, float(seconds)):
            began = time.perf_counter()
            connection.request("POST", "/api/v1/events", BATCH, headers)
            answer = connection.getresponse()
            content = answer.read()
            assert answer.status == 202, content
            took_ms.append((time.perf_counter() - began) * 1000)

    began = time.perf_counter()
    threads = [threading.Thread(target=post) for _ in range(SENDERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rate = len(took_ms) * 100 / (time.perf_counter() - began)
    steps = statistics.quantiles(took_ms, n=100)
    print(
        f"{rate:8,.0f} events/s answered 202 in batches of 100 for {seconds} s, {SENDERS} senders,"
        f" p50 {steps[49]:.0f} ms, p99 {steps[98]:.0f} ms",
        flush=True,
    )


if __name__ == "__main__":
    django.setup()
    NAMES = {"store": store, "stock": stock, "drain": drain, "add": add, "http": http_batches}
    NAMES[sys.argv[1]](*sys.argv[2:])
