"""The hub of a web process: one channel of the channel layer, one reader of SQL, all sockets.

The channel only says "there is something"; what there is comes from SQL by number. So a lost wake-up,
a dead Redis and a hub that slept cost time and no event.
"""

import asyncio
import logging
import uuid
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol, TypeVar

from django.conf import settings
from django.db import DatabaseError

from monitoring.events.feed import Feed
from monitoring.events.filters import EventFilter
from monitoring.events.presence import Presence
from monitoring.events.pulse import Pulse
from monitoring.events.reads import NewEvents, Page, read_new, read_newest, read_page
from monitoring.events.visitors import refusals

logger = logging.getLogger(__name__)

LOOK_LIVE_S, LOOK_DELAYED_S = 5.0, 1.0
QUIET_EVENTS = 20  # a second; above that frames are gathered
GATHER_S = 0.1
VERIFIED_AT_ONCE = 10  # sessions; more would keep a thread from those who wait for it

Result = TypeVar("Result")


class Listener(Protocol):
    """A socket, as the hub sees it."""

    connection_id: str
    session_key: str
    asked: EventFilter

    def wake(self) -> None:
        """Look again: there is a frame, or the state changed."""

    def refuse(self, code: int) -> None:
        """Close with a code: whoever is behind it may not see events any more."""


class Hub:
    """Reads each event once, encodes it once, and wakes the sockets whose filter keeps it."""

    def __init__(self) -> None:
        self.epoch = ""
        self.head: int | None = None
        self.listeners: set[Listener] = set()
        self.presence = Presence(uuid.uuid4().hex)
        self._feeds: dict[EventFilter, Feed] = {}
        self._woken = asyncio.Event()
        self._first_read = asyncio.Event()
        self._threads = ThreadPoolExecutor(3, thread_name_prefix="events-hub")
        # what is new waits for nobody who searches
        self._reader = ThreadPoolExecutor(1, thread_name_prefix="events-reader")
        self._shared_reads: dict[tuple[object, ...], asyncio.Task[Page]] = {}
        self._pulse = Pulse(self.presence, look=self._woken.set, tell=self._wake_all)
        work = (self._read, self._pulse.run, self._verify)
        self._tasks = [asyncio.ensure_future(_keep_running(one)) for one in work]

    @property
    def is_live(self) -> bool:
        """Say whether Redis wakes us; else SQL is asked every second."""
        return self._pulse.is_live

    # --- sockets -------------------------------------------------------------------------------

    async def join(self, listener: Listener) -> None:
        """Register a socket; when this returns the hub knows where the end is."""
        self.listeners.add(listener)
        self.presence.join(listener.connection_id)
        await self._first_read.wait()

    def leave(self, listener: Listener) -> None:
        """Forget a socket and the frames that only it wanted."""
        self.listeners.discard(listener)
        self.presence.leave(listener.connection_id)
        self._drop_unwanted_feeds()

    def _drop_unwanted_feeds(self) -> None:
        wanted = {listener.asked for listener in self.listeners}
        for asked in set(self._feeds) - wanted:
            del self._feeds[asked]

    def feed(self, asked: EventFilter) -> Feed:
        """Give the frames of a filter; new ones begin at the end of what was read."""
        if asked not in self._feeds:
            self._drop_unwanted_feeds()
            self._feeds[asked] = Feed(self.head or 0)
        return self._feeds[asked]

    async def page(self, asked: EventFilter, after: int, until: int) -> Page:
        """Read for a socket that is behind; those who ask for the same at once share the query."""
        return await self._shared(("page", asked, after, until), read_page, asked, after, until)

    async def newest(self, asked: EventFilter, until: int) -> Page:
        """Read for a socket that begins."""
        return await self._shared(("newest", asked, until), read_newest, asked, until)

    async def in_thread(self, work: Callable[..., Result], *arguments: Any) -> Result:
        """Run something that asks SQL or Redis beside the loop."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, work, *arguments)

    async def _shared(
        self, key: tuple[object, ...], work: Callable[..., Page], *arguments: Any
    ) -> Page:
        if key not in self._shared_reads:
            task = asyncio.ensure_future(self.in_thread(work, *arguments))
            self._shared_reads[key] = task
            task.add_done_callback(lambda _: self._shared_reads.pop(key, None))
        return await asyncio.shield(self._shared_reads[key])

    def _wake_all(self) -> None:
        for listener in list(self.listeners):
            listener.wake()

    async def _verify(self) -> None:
        """Ask again from time to time whether everybody may still see this; each person once."""
        while True:
            await asyncio.sleep(settings.PRISM_LIVE_VERIFY_S)
            keys = list({listener.session_key for listener in self.listeners})
            for begin in range(0, len(keys), VERIFIED_AT_ONCE):
                try:
                    found = await self.in_thread(refusals, keys[begin : begin + VERIFIED_AT_ONCE])
                except DatabaseError as error:
                    logger.warning("Who watches was not verified, the database failed: %s", error)
                    break
                for listener in list(self.listeners):
                    if code := found.get(listener.session_key):
                        listener.refuse(code)

    # --- reading -------------------------------------------------------------------------------

    async def _read(self) -> None:
        """Read what is new when woken, and from time to time unasked."""
        failed = False
        loop = asyncio.get_running_loop()
        while True:
            try:
                new = await loop.run_in_executor(self._reader, read_new, self.head)
            except DatabaseError as error:
                if not failed:
                    logger.warning("The hub cannot read events: %s", error)
                failed = True
                await asyncio.sleep(LOOK_DELAYED_S)
                continue
            failed = False
            self._take(new)
            self._first_read.set()
            if new.until < new.head:
                continue
            if len(new.events) > QUIET_EVENTS * GATHER_S:
                await asyncio.sleep(GATHER_S)
            await self._wait()

    async def _wait(self) -> None:
        look_s = LOOK_LIVE_S if self.is_live else LOOK_DELAYED_S
        try:
            async with asyncio.timeout(look_s):
                await self._woken.wait()
        except TimeoutError:
            return
        self._woken.clear()

    def _take(self, new: NewEvents) -> None:
        """Give each filter its frame; numbers that began again empty everything."""
        has_begun_again = self.epoch != new.epoch or new.head < (self.head or 0)
        if self.head is None or has_begun_again:
            self.epoch, self.head = new.epoch, new.head
            self._feeds.clear()
            self._wake_all()
            return
        self.head = new.until
        for asked, feed in self._feeds.items():
            rows = [
                text
                for row, text in new.events
                if asked.fits(
                    service=row.service, type=row.type, severity=row.severity, message=row.message
                )
            ]
            if rows:
                feed.append(epoch=self.epoch, until=new.until, rows=rows)
        if new.events:
            self._wake_all()

    async def stop(self) -> None:
        """End everything; the process goes."""
        for task in self._tasks:
            task.cancel()
        await asyncio.wait(self._tasks)
        await self._pulse.stop_listening()
        await self.presence.close()
        self._threads.shutdown(wait=False)
        self._reader.shutdown(wait=False)


async def _keep_running(work: Callable[[], Awaitable[None]]) -> None:
    """Run one part of the hub for ever: a hub that ended by a mistake would say nothing to anybody."""
    while True:
        try:
            await work()
        except Exception:
            logger.exception("A part of the hub failed and begins again")
        await asyncio.sleep(1)


_hubs: dict[asyncio.AbstractEventLoop, Hub] = {}


def hub_of_process() -> Hub:
    """Give the hub of the running loop, which a web process has one of; made on first use."""
    loop = asyncio.get_running_loop()
    if loop not in _hubs:
        _hubs[loop] = Hub()
    return _hubs[loop]


async def stop_hub() -> None:
    """Stop the hub of the running loop, if there is one."""
    if (hub := _hubs.pop(asyncio.get_running_loop(), None)) is not None:
        await hub.stop()
