"""Looks after the other clients of a server that is scanned, over a second connection."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from monitoring.redis_inspect.pacing import Neighbours, quantile
from monitoring.redis_inspect.wire import PING, Wire
from prism.core.redis import Redis, RedisError

PING_EVERY_S = 0.1
LOOK_EVERY_S = 2.0
IDLE_PINGS = 30
IDLE_GAP_S = 0.005
WAIT_S = 0.05
FULL = 0.95  # of maxmemory, on a server that refuses writes rather than evicts


@dataclass(slots=True)
class Watcher:
    """PINGs while a batch is on its way, which is what any other client would feel.

    In this process's own thread: another one would measure Python's lock, not the server.
    """

    client: Redis
    must_stop: Callable[[], bool]
    neighbours: Neighbours = field(default_factory=Neighbours)
    pauses: int = 0
    paused_s: float = 0.0
    reason: str = ""
    _wire: Wire | None = None
    _next_ping: float = 0.0
    _next_look: float = 0.0
    _may_look: bool = True

    def start(self) -> None:
        """Measure how fast the server answers before the scan."""
        self._wire = Wire(self.client)
        times = []
        for _ in range(IDLE_PINGS):
            times.append(self._ping())
            time.sleep(IDLE_GAP_S)
        self.neighbours.idle_ms = quantile(times, 0.5)
        self.neighbours.idle_worst_ms = max(times)

    def close(self) -> None:
        """Drop the connection."""
        if self._wire is not None:
            self._wire.close()

    def look(self) -> None:
        """PING when it is time."""
        now = time.monotonic()
        if now >= self._next_ping:
            self._next_ping = now + PING_EVERY_S
            self.neighbours.felt(self._ping())

    def wait_while_others_suffer(self) -> None:
        """Wait until others are served well and the server has no heavy work of its own."""
        now = time.monotonic()
        burden = ""
        if now >= self._next_look:
            self._next_look = now + LOOK_EVERY_S
            burden = self._burden()
        if not burden and not self.neighbours.suffer():
            return
        self.pauses += 1
        self.reason = burden or "other clients waited too long"
        self.neighbours.rest()
        while not self.must_stop():
            time.sleep(LOOK_EVERY_S / 4 if burden else WAIT_S)
            self.neighbours.felt(self._ping())
            burden = burden and self._burden()
            if not burden and self.neighbours.recovered():
                break
        self.paused_s += time.monotonic() - now

    def _ping(self) -> float:
        assert self._wire is not None  # noqa: S101 - start() made it
        began = time.perf_counter()
        self._wire.send(PING)
        self._wire.read(1)
        return (time.perf_counter() - began) * 1000

    def _burden(self) -> str:
        """Name what the server is busy with, "" for nothing or when it may not be asked."""
        if not self._may_look:
            return ""
        try:
            memory, disk = self.client.info("memory"), self.client.info("persistence")
        except RedisError:
            self._may_look = False
            return ""
        if disk.get("loading"):
            return "the server loads its data"
        if disk.get("rdb_bgsave_in_progress") or disk.get("aof_rewrite_in_progress"):
            return "the server writes its data to disk"
        limit = memory.get("maxmemory", 0)
        is_full = limit and memory.get("used_memory", 0) > FULL * limit
        if is_full and memory.get("maxmemory_policy") == "noeviction":
            return "the server's memory is nearly full"
        return ""
