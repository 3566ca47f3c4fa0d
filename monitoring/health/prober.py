"""The prober: an event loop that claims due checks, asks them at their time and writes what they found.

It runs beside the other work of `prism worker`, in a thread of its own with a database connection of its
own; any number of workers on any number of machines share the work through the database.
"""

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from django.db import DatabaseError, connection, connections, transaction
from django.utils import timezone

from monitoring.health.actions import now_ms
from monitoring.health.canary import Canary
from monitoring.health.checking import Asked, Found, Running
from monitoring.health.claims import Claim, claim_due, release, skip_missed
from monitoring.health.deployments import note_running
from monitoring.health.probes.heartbeat import judge_heartbeat
from monitoring.health.probes.run import run_probe
from monitoring.health.reading_checks import load_asked
from monitoring.health.recording import Result, record
from monitoring.health.sockets import room_for
from monitoring.health.words import Kind

logger = logging.getLogger(__name__)
Answer = TypeVar("Answer")

TICK_S = 0.5
CLAIMS_PER_S = 800  # what is overdue comes back as a stream, not as a storm
LONGEST_TICK_S = 3.0  # a slow database must not make the stream thinner, nor its end a flood
IN_FLIGHT = 2_000  # 10,000 checks a minute of which all hang for 10 s
MOST_WAITING = 20_000  # results that a database which is away is waited for with
VERSION_EVERY_S = 60.0
SKEW_S = 0.2  # an event loop that is later than this measures itself
STOP_S = 4.0
LONGEST_PAUSE_S = 5.0


@dataclass(slots=True)
class Figures:
    """What the prober counts of itself."""

    asked: int = 0
    discarded: int = 0
    dropped: int = 0
    lags_ms: list[float] = field(default_factory=list)  # how late the latest probes began


class Prober:
    """One worker's probes."""

    def __init__(self, stop: threading.Event) -> None:
        self.figures = Figures()
        self._stop = stop
        self._in_flight = room_for(IN_FLIGHT)
        self._database = ThreadPoolExecutor(1, thread_name_prefix="prism-prober")
        self._checks: dict[int, Asked] = {}
        self._running: dict[asyncio.Task[None], Claim] = {}
        self._results: list[Result] = []
        self._versions: dict[int, float] = {}  # when each check's version was last asked for
        self._running_versions: dict[tuple[str, str], Running] = {}
        self._late_at = 0.0
        self._said_down = False
        self._ticked_at = time.monotonic()

    async def run(self) -> None:
        """Work until `stop` is set; what was asked by then is written, the rest given back."""
        self._canary = Canary()
        pause_s = 0.0
        watch = asyncio.create_task(self._watch_the_loop())
        while not self._stop.is_set():
            began = time.monotonic()
            pause_s = 0.0 if await self._tick() else min(max(TICK_S, pause_s * 2), LONGEST_PAUSE_S)
            await asyncio.sleep(max(0.0, TICK_S - (time.monotonic() - began)) + pause_s)
        watch.cancel()
        await self._finish()
        await self._in_database(connections.close_all)
        self._database.shutdown()

    async def _tick(self) -> bool:
        """Write results and claim more, in one transaction; False when the database failed."""
        results, self._results = self._results, []
        room = min(self._allowance(), self._in_flight - len(self._running))
        try:
            claims = await self._in_database(lambda: self._exchange(results, room))
        except DatabaseError as error:
            self._keep(results, error)
            return False
        self._said_down = False
        for claim in claims:
            task = asyncio.create_task(self._ask(claim))
            self._running[task] = claim
            task.add_done_callback(self._running.pop)
        return True

    def _allowance(self) -> int:
        """Say how many claims the time since the last tick allows."""
        now = time.monotonic()
        passed_s = min(max(now - self._ticked_at, TICK_S), LONGEST_TICK_S)
        self._ticked_at = now
        return round(passed_s * CLAIMS_PER_S)

    def _exchange(self, results: list[Result], room: int) -> list[Claim]:
        """Talk to the database, in its thread."""
        claims: list[Claim] = []
        with transaction.atomic():
            if results:
                self.figures.discarded += record(results)
            if room > 0:
                now = now_ms()
                skip_missed(now)
                claims = claim_due(now, room)
                self._refresh(claims)
        self._note_versions(results)
        return claims

    def _note_versions(self, results: list[Result]) -> None:
        """Look for a new deployment where a service says another version than it last told us."""
        for result in results:
            place, running = (result.asked.subject, result.asked.environment), result.found.running
            if running is not None and self._running_versions.get(place) != running:
                note_running(result.asked, running, now=result.at)
                self._running_versions[place] = running

    def _refresh(self, claims: list[Claim]) -> None:
        """Read the checks that are new or were edited."""
        stale = [
            claim.check_id
            for claim in claims
            if (known := self._checks.get(claim.check_id)) is None or known.version != claim.version
        ]
        if stale:
            self._checks |= load_asked(stale)

    async def _ask(self, claim: Claim) -> None:
        """Wait for the check's time, ask, keep the result."""
        wait_s = (claim.due_ms - now_ms()) / 1000
        if wait_s > 0:
            await asyncio.sleep(wait_s)
        asked = self._checks.get(claim.check_id)
        if asked is None:  # deleted since it was claimed
            return
        began = time.monotonic()
        self._note_lag(now_ms() - claim.due_ms)
        found = await self._probe(asked, claim)
        is_skewed = self._late_at > began
        self._results.append(Result(asked, claim, found, timezone.now(), is_skewed))
        self.figures.asked += 1

    async def _probe(self, asked: Asked, claim: Claim) -> Found:
        if asked.kind is Kind.HEARTBEAT:
            return judge_heartbeat(asked, claim.heartbeat_at, timezone.now())
        found = await run_probe(asked, wants_version=self._wants_version(asked.id))
        return await self._canary.judge(asked, found)

    def _wants_version(self, check_id: int) -> bool:
        now = time.monotonic()
        if now - self._versions.get(check_id, -VERSION_EVERY_S) < VERSION_EVERY_S:
            return False
        self._versions[check_id] = now
        return True

    async def _watch_the_loop(self) -> None:
        """Note when the loop itself was late: what it measured then is its own delay."""
        while True:
            before = time.monotonic()
            await asyncio.sleep(0.1)
            if time.monotonic() - before > 0.1 + SKEW_S:
                self._late_at = time.monotonic()

    async def _finish(self) -> None:
        """Give back what has not begun, wait a little for what has, write it."""
        waiting = [task for task, claim in self._running.items() if claim.due_ms > now_ms()]
        unasked = [self._running[task] for task in waiting]
        for task in waiting:
            task.cancel()
        begun = [task for task in self._running if task not in waiting]
        if begun:
            _, late = await asyncio.wait(begun, timeout=STOP_S)
            unasked += [self._running[task] for task in late]
            for task in late:
                task.cancel()
        results, self._results = self._results, []
        try:
            await self._in_database(lambda: self._leave(results, unasked))
        except DatabaseError as error:
            logger.warning("The last %d results of the prober are lost: %s", len(results), error)

    def _leave(self, results: list[Result], unasked: list[Claim]) -> None:
        if results:
            self._exchange(results, 0)
        if unasked:
            release((claim.check_id, claim.epoch) for claim in unasked)

    async def _in_database(self, work: Callable[[], Answer]) -> Answer:
        def exchange() -> Answer:
            try:
                return work()
            except DatabaseError:
                connection.close()  # the next exchange connects anew
                raise

        return await asyncio.get_running_loop().run_in_executor(self._database, exchange)

    def _keep(self, results: list[Result], error: DatabaseError) -> None:
        """Hold on to results until the database is back, up to a limit that is said when it is reached."""
        if not self._said_down:
            logger.warning("The prober waits for the database: %s", error)
            self._said_down = True
        kept = results + self._results
        if lost := max(0, len(kept) - MOST_WAITING):
            self.figures.dropped += lost
            logger.warning("The prober dropped %d results: the database is away", lost)
        self._results = kept[lost:]

    def _note_lag(self, lag_ms: float) -> None:
        self.figures.lags_ms.append(lag_ms)
        if len(self.figures.lags_ms) > 100_000:
            del self.figures.lags_ms[:50_000]


@contextmanager
def probing(stop: threading.Event) -> Iterator[Prober]:
    """Run a prober in a thread of its own until `stop` is set; it has ended when this returns."""
    prober = Prober(stop)
    thread = threading.Thread(target=_run, args=(prober, stop), name="prober", daemon=True)
    thread.start()
    try:
        yield prober
    finally:
        stop.set()
        thread.join(2 * STOP_S)
        if thread.is_alive():
            logger.warning("The prober did not end in %.0f s", 2 * STOP_S)


def _run(prober: Prober, stop: threading.Event) -> None:
    try:
        asyncio.run(prober.run())
    except Exception:
        # one of the three edges; without probes the worker must end, so that it is started again
        logger.exception("The prober failed")
        stop.set()
