"""Benchmarks of Redis scans: 1,000,000 keys in the five namespaces, one method after the other.

`python tests/bench/bench_redis.py [--keys 1000000] [--server redis-server]`. Each method is a process of its
own beside a client that sends one PING a millisecond; what that client feels is the last three columns.
Needs redis-cli for the line of its --memkeys. Everything is on this machine, so client and server share it.
"""

import argparse
import json
import os
import resource
import select
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.monitoring.redis_inspect.keyspace import Planted, commands, total
from tests.servers import ROOT, RedisServer, redis_server

SMALL_KEYS = 100_000
PING = b"*1\r\n$4\r\nPING\r\n"
PING_EVERY_S = 0.001
GOALS = """\
goals: Prism at 100 % duty at least 1.5 x the keys/s of redis-cli --memkeys; at 25 % duty PING p99 within
4 x idle; peak memory under 60 MB, and flat from 100,000 keys to 1,000,000"""


@dataclass(frozen=True)
class Line:
    """What one method came to; `memory_mb` is the peak of its process, `grown_mb` what the scan added."""

    name: str
    seconds: float
    keys: int
    cpu_s: float
    memory_mb: float
    p50_us: float
    p99_us: float
    worst_us: float
    grown_mb: float = 0.0
    server_cpu_s: float = 0.0
    note: str = ""

    @property
    def keys_per_s(self) -> float:
        return self.keys / self.seconds

    def __str__(self) -> str:
        speed = f"{self.seconds:7.2f} {self.keys_per_s:10,.0f} {self.cpu_s:6.2f} {self.server_cpu_s:6.2f}"
        felt = f"{self.p50_us:8.0f} {self.p99_us:8.0f} {self.worst_us:8.0f}"
        return f"{self.name:<27} {speed} {self.memory_mb:7.1f} {felt}  {self.note}"


# --- what runs in processes of their own -----------------------------------------------------------
def ping_until_told(port: int) -> None:
    """Send PINGs until standard input ends, then print how long they took, in µs."""
    with socket.create_connection(("127.0.0.1", port)) as link:
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        times: list[float] = []
        print("ready", flush=True)
        while not select.select([0], [], [], 0)[0]:  # until the other end is closed
            began = time.perf_counter()
            link.sendall(PING)
            link.recv(64)
            times.append((time.perf_counter() - began) * 1e6)
            time.sleep(PING_EVERY_S)
    times.sort()
    found = {"p50": times[len(times) // 2], "p99": times[int(0.99 * len(times))], "max": times[-1]}
    print(json.dumps(found), flush=True)


def scan_in_this_process(url: str, *, duty: float, use_script: bool) -> None:
    """Scan with the engine that the worker uses, and print what it took."""
    from django.conf import settings

    settings.configure(REDIS_URL=url, PRISM_REDIS_POOL_SIZE=4, PRISM_REDIS_TIMEOUT_MS=5000)
    from monitoring.redis_inspect.masking import Masker
    from monitoring.redis_inspect.namespaces import DEFAULTS
    from monitoring.redis_inspect.pacing import Pace
    from monitoring.redis_inspect.scanner import Pass, Place
    from monitoring.redis_inspect.tally import Tally
    from monitoring.redis_inspect.watching import Watcher
    from monitoring.redis_inspect.wire import Wire
    from prism.core.redis import inspector

    client = inspector(url, timeout_s=10)
    watcher = Watcher(client, lambda: False)
    watcher.start()
    masker = Masker(DEFAULTS, b"bench")
    tally = Tally(masker.namespaces, masker.name_of)
    one = Pass(Wire(client), Place("bench"), tally, Pace(duty=duty), watcher, use_script=use_script)
    before_mb = peak_mb()
    cpu_s, began = time.process_time(), time.perf_counter()
    for _ in one.full():
        pass
    took_s = time.perf_counter() - began
    print_result(tally.keys, took_s, time.process_time() - cpu_s, before_mb)
    print(f"{watcher.pauses} pauses, {watcher.paused_s:.1f} s; last COUNT {one.pace.count}",
          file=sys.stderr)  # fmt: skip


def scan_bare(port: int) -> None:
    """SCAN COUNT 1000 and nothing else."""
    import redis

    client = redis.Redis(port=port, protocol=2)
    before_mb = peak_mb()
    cursor = keys = 0
    cpu_s, began = time.process_time(), time.perf_counter()
    while True:
        cursor, page = client.execute_command("SCAN", cursor, "COUNT", 1000)
        keys += len(page)
        if not int(cursor):
            break
    print_result(keys, time.perf_counter() - began, time.process_time() - cpu_s, before_mb)


def print_result(keys: int, seconds: float, cpu_s: float, before_mb: float) -> None:
    found = {"keys": keys, "seconds": seconds, "cpu_s": cpu_s}
    print(json.dumps(found | {"memory_mb": peak_mb(), "grown_mb": peak_mb() - before_mb}))


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


# --- the side by side --------------------------------------------------------------------------------
class Prober:
    """Another client, as a process."""

    def __init__(self, port: int) -> None:
        self.process = subprocess.Popen(
            [sys.executable, __file__, "--ping", str(port)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT,
        )  # fmt: skip
        assert self.process.stdout
        self.process.stdout.readline()

    def stop(self) -> dict[str, float]:
        out, _ = self.process.communicate(timeout=20)
        found: dict[str, float] = json.loads(out)
        return found


def server_cpu_s(port: int) -> float:
    """Ask how much processor time the server has used."""
    import redis

    found: Any = redis.Redis(port=port).info("cpu")
    return float(found["used_cpu_user"]) + float(found["used_cpu_sys"])


def measure(name: str, port: int, command: list[str]) -> Line:
    before_s = server_cpu_s(port)
    prober = Prober(port)
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, cwd=ROOT, timeout=300
    )
    felt = prober.stop()
    found = json.loads(done.stdout.splitlines()[-1])
    return Line(
        name, found["seconds"], found["keys"], found["cpu_s"], found["memory_mb"],
        felt["p50"], felt["p99"], felt["max"], found["grown_mb"],
        server_cpu_s(port) - before_s, done.stderr.strip(),
    )  # fmt: skip


def measure_idle(port: int, seconds: float = 5) -> Line:
    prober = Prober(port)
    time.sleep(seconds)
    felt = prober.stop()
    return Line("idle", seconds, 0, 0, 0, felt["p50"], felt["p99"], felt["max"])


def measure_memkeys(server: RedisServer, keys: int) -> Line | None:
    program = shutil.which("redis-cli")
    if program is None:
        return None
    server_before_s = server_cpu_s(server.port)
    prober = Prober(server.port)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    subprocess.run(
        [program, "-p", str(server.port), "--memkeys"],
        stdout=subprocess.DEVNULL, check=True, timeout=300,
    )  # fmt: skip
    seconds = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    felt = prober.stop()
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Line(
        "redis-cli --memkeys", seconds, keys, cpu_s, 0, felt["p50"], felt["p99"], felt["max"],
        server_cpu_s=server_cpu_s(server.port) - server_before_s,
    )  # fmt: skip


def prism(name: str, server: RedisServer, *, duty: int, script: bool = False) -> Line:
    words = [sys.executable, __file__, "--scan", server.url, "--duty", str(duty)]
    return measure(name, server.port, words + (["--script"] if script else []))


def plant(keys: int) -> Planted:
    """Divide the keys as the reference's measurements do."""
    share = keys // 100
    return Planted(
        sessions=39 * share, immortal_sessions=share, long_sessions=0, cache=30 * share,
        immortal_cache=0, cache_hashes=0, ratelimits=20 * share, immortal_ratelimits=25,
        websockets=8 * share, channel_keys=0, streams=0, carts=share, locks=share - 25,
    )  # fmt: skip


def pour(server: RedisServer, planted: Planted) -> None:
    """Write the keys as fast as the server takes them."""
    import hiredis

    with socket.create_connection(("127.0.0.1", server.port)) as link:
        reader = hiredis.Reader()
        for chunk, count in chunks(planted):
            link.sendall(chunk)
            while count:
                if reader.gets() is False:
                    reader.feed(link.recv(1 << 16))
                else:
                    count -= 1


def chunks(planted: Planted) -> Iterator[tuple[bytes, int]]:
    import hiredis

    packed: list[bytes] = []
    for command in commands(planted, value_bytes=128, stretch=100):
        packed.append(hiredis.pack_command(tuple(command)))
        if len(packed) == 2_000:
            yield b"".join(packed), len(packed)
            packed = []
    yield b"".join(packed), len(packed)


def compare(keys: int, program: str) -> None:
    with redis_server(program=program) as server:
        small = plant(SMALL_KEYS)
        pour(server, small)
        few = prism("few", server, duty=100)
        planted = plant(keys)
        began = time.perf_counter()
        pour(server, planted)
        server.admin().execute_command("CONFIG", "RESETSTAT")
        there: Any = server.admin().dbsize()
        version = server.admin().info("server")["redis_version"]
        print(f"{there:,} keys of {total(planted):,} poured in {time.perf_counter() - began:.0f} s,"
              f" server {version}, load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")  # fmt: skip
        print(f"{'':<27} {'s':>7} {'keys/s':>10} {'CPU s':>6} {'server':>6} {'peak MB':>7}"
              f" {'PING p50':>8} {'p99':>8} {'max µs':>8}")  # fmt: skip
        idle = measure_idle(server.port)
        print(idle)
        print(measure("bare SCAN 1000", server.port,
                      [sys.executable, __file__, "--bare", str(server.port)]))  # fmt: skip
        memkeys = measure_memkeys(server, there)
        print(memkeys or "no redis-cli here")
        full = prism("Prism, 100 % duty", server, duty=100)
        print(full)
        again = measure_memkeys(server, there)
        print(again or "")
        full_again = prism("Prism, 100 % duty", server, duty=100)
        print(full_again)
        print(prism("Prism, script, 100 % duty", server, duty=100, script=True))
        gentle = prism("Prism, 25 % duty", server, duty=25)
        print(gentle)
        print(prism("Prism, script, 25 % duty", server, duty=25, script=True))
        idle_after = measure_idle(server.port)
        print(idle_after)
    if memkeys and again:
        fast = max(full.keys_per_s, full_again.keys_per_s)
        print(f"against --memkeys: {fast / max(memkeys.keys_per_s, again.keys_per_s):.2f} x the keys/s,"
              f" {full.server_cpu_s / memkeys.server_cpu_s:.2f} x the server's CPU")  # fmt: skip
    quiet = max(idle.p99_us, idle_after.p99_us)
    print(f"PING p99 at 25 % duty: {gentle.p99_us / quiet:.1f} x idle")
    print(f"peak memory: {few.memory_mb:.1f} MB for {few.keys:,} keys, {full.memory_mb:.1f} MB for"
          f" {full.keys:,}; the scan itself {few.grown_mb:.1f} and {full.grown_mb:.1f} MB")  # fmt: skip
    print(GOALS)


def main() -> None:
    words = argparse.ArgumentParser()
    words.add_argument("--keys", type=int, default=int(os.environ.get("BENCH_KEYS", "1000000")))
    words.add_argument("--server", default=shutil.which("redis-server") or "")
    words.add_argument("--ping", type=int)
    words.add_argument("--bare", type=int)
    words.add_argument("--scan")
    words.add_argument("--duty", type=int, default=25)
    words.add_argument("--script", action="store_true")
    given = words.parse_args()
    if given.ping:
        ping_until_told(given.ping)
    elif given.bare:
        scan_bare(given.bare)
    elif given.scan:
        scan_in_this_process(given.scan, duty=given.duty / 100, use_script=given.script)
    else:
        compare(given.keys, given.server)


if __name__ == "__main__":
    main()
