"""The socket of the live page, over plain ASGI: no channel of its own, only the hub's frames."""

import asyncio
import json
import logging
import uuid
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from django.db import DatabaseError

from monitoring.events.feed import Feed, frame_text
from monitoring.events.filters import EventFilter, read_filter
from monitoring.events.hub import Hub, hub_of_process
from monitoring.events.reads import read_new
from monitoring.events.visitors import refusals, session_key

logger = logging.getLogger(__name__)

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

HELLO_S = 10.0
HEARTBEAT_S = 15.0
MOST_BEHIND = 20_000  # more numbers than that are not sent after; the page begins again
TRY_LATER = 1013
NOT_UNDERSTOOD = 4400
MOST_COMMANDS = 50  # in ten seconds, from one page
COMMANDS_S = 10.0


async def live_events(scope: Scope, receive: Receive, send: Send) -> None:
    """Serve one socket until it closes."""
    await receive()
    hub = hub_of_process()
    key = session_key(scope["headers"])
    try:
        code = (await hub.in_thread(refusals, [key])).get(key)
    except DatabaseError as error:
        logger.warning("A socket was not let in, the database failed: %s", error)
        code = TRY_LATER
    # accepted first: a page learns the code of a close, not that of a refused handshake
    await send({"type": "websocket.accept"})
    if code:
        await send({"type": "websocket.close", "code": code})
        return
    await Socket(hub, key, receive, send).serve()


class Socket:
    """One open page: where it is in the sequence, and what it wants to see.

    1. Join the hub: from now on nothing can be missed, as the hub's frames follow its position.
    2. `hello` says epoch, last number and filter. A position that cannot be continued is answered
       with `reset` and the newest rows.
    3. What is missing up to the feed's beginning comes from SQL, then frames follow, each with its
       range. A socket that falls behind its feed is told `lagged` and is sent the rest from SQL.
    """

    def __init__(self, hub: Hub, key: str, receive: Receive, send: Send) -> None:
        self.connection_id = uuid.uuid4().hex
        self.session_key = key
        self.asked = EventFilter()
        self._hub = hub
        self._receive = receive
        self._send = send
        self._position: int | None = None  # None: begin with the newest
        self._epoch = ""
        self._filter_id = 0
        self._is_following = False
        self._beat_due = True
        self._told_live = False
        self._close_code = 0
        self._greeted = asyncio.Event()
        self._woken: asyncio.Future[None] | None = None
        self._commands: list[float] = []

    def wake(self) -> None:
        """See Listener."""
        if self._woken is not None and not self._woken.done():
            self._woken.set_result(None)

    def refuse(self, code: int) -> None:
        """See Listener."""
        self._close_code = code
        self._greeted.set()
        self.wake()

    async def serve(self) -> None:
        """Read, write and beat until one of them ends."""
        await self._hub.join(self)
        work = [self._read(), self._write(), self._beat()]
        tasks = [asyncio.ensure_future(one) for one in work]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                if error := task.exception():
                    raise error
        except OSError:
            return  # the other side is gone
        finally:
            self._hub.leave(self)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    # --- from the page -------------------------------------------------------------------------

    async def _read(self) -> None:
        while True:
            message = await self._receive()
            if message["type"] == "websocket.disconnect":
                return
            if message["type"] == "websocket.receive" and not self._take(message.get("text")):
                self.refuse(NOT_UNDERSTOOD)

    def _take(self, text: str | None) -> bool:
        """Obey a `hello`; False for what no page of ours sends, and for too much of it."""
        now = asyncio.get_running_loop().time()
        self._commands = [at for at in self._commands if now - at < COMMANDS_S] + [now]
        try:
            command = json.loads(text or "")
        except (ValueError, RecursionError):
            return False
        if not isinstance(command, dict) or command.get("t") != "hello":
            return False
        after, epoch, filter_id = (command.get(name) for name in ("after", "e", "f"))
        is_known = isinstance(after, int) and not isinstance(after, bool) and after >= 0
        filters = command.get("filter")
        self.asked = read_filter(filters if isinstance(filters, dict) else {})
        self._position = after if is_known else None
        self._epoch = epoch if isinstance(epoch, str) else ""
        self._filter_id = filter_id if isinstance(filter_id, int) else 0
        self._is_following = False
        self._beat_due = True
        self._greeted.set()
        self.wake()
        return len(self._commands) <= MOST_COMMANDS

    # --- to the page ---------------------------------------------------------------------------

    async def _write(self) -> None:
        try:
            async with asyncio.timeout(HELLO_S):
                await self._greeted.wait()
        except TimeoutError:
            self._close_code = NOT_UNDERSTOOD
        while not self._close_code:
            # made before looking: what happens while we look is not missed
            self._woken = asyncio.get_running_loop().create_future()
            try:
                has_sent = await self._send_next()
            except DatabaseError as error:
                logger.warning("A live page waits for the database: %s", error)
                await asyncio.sleep(1)
                continue
            if not has_sent:
                await self._woken
        await self._send({"type": "websocket.close", "code": self._close_code})

    async def _send_next(self) -> bool:
        """Send the next thing there is to say; False when that was all."""
        hub = self._hub
        feed = hub.feed(self.asked)
        if self._beat_due or hub.is_live != self._told_live:
            self._beat_due, self._told_live = False, hub.is_live
            await self._say_beat(feed)
            return True
        position = self._position
        if position is None or (
            self._is_doubtful(position, feed) and await self._cannot_go_on(position)
        ):
            await self._begin_again()
            return True
        if position < feed.base:
            await self._fill(position, feed.base)
            return True
        self._is_following = True
        if (frame := feed.next_after(position)) is None:
            return False
        await self._send({"type": "websocket.send", "text": frame.text})
        self._move(position, frame.until)
        return self._position != feed.end

    async def _say_beat(self, feed: Feed) -> None:
        """Say how it is fed; who has every frame has all up to the head, even if the filter kept none."""
        hub = self._hub
        if self._is_following and self._position is not None and self._position >= feed.end:
            self._position = max(self._position, hub.head or 0)
        await self._say(t="hb", live=hub.is_live, watching=hub.presence.watching, head=hub.head,
                        s=self._position if self._is_following else None,
                        now=datetime.now(UTC).isoformat())  # fmt: skip

    def _is_doubtful(self, position: int, feed: Feed) -> bool:
        """Say whether the numbers began again, too much was missed to send it after, or we are ahead."""
        if self._epoch != self._hub.epoch:
            return True
        missed = (self._hub.head or 0) - position
        # a filter that keeps little leaves its frames far behind the head, and nothing is missed
        return not 0 <= missed <= MOST_BEHIND and not feed.base <= position <= feed.end

    async def _cannot_go_on(self, position: int) -> bool:
        """Say it for sure: the hub of another process may only have been a moment faster than ours."""
        is_ahead = self._epoch == self._hub.epoch and position > (self._hub.head or 0)
        return not is_ahead or position > (await self._hub.in_thread(read_new, None)).head

    async def _begin_again(self) -> None:
        """Send the newest rows; the page forgets what it had."""
        asked, filter_id, head = self.asked, self._filter_id, self._hub.head or 0
        epoch = self._hub.epoch
        page = await self._hub.newest(asked, head)
        if (asked, filter_id) != (self.asked, self._filter_id):
            return  # the page wants something else by now
        self._position, self._epoch = head, epoch
        text = frame_text("reset", epoch=epoch, after=0, until=head, rows=page.rows)
        await self._send({"type": "websocket.send", "text": f'{text[:-1]},"f":{filter_id}}}'})

    async def _fill(self, position: int, until: int) -> None:
        """Send a page of what is missing from SQL."""
        if self._is_following:
            self._is_following = False
            await self._say(t="lagged", **{"from": position, "to": until})
        page = await self._hub.page(self.asked, position, until)
        if position != self._position:
            return
        text = frame_text("ev", epoch=self._epoch, after=position, until=page.until, rows=page.rows)
        await self._send({"type": "websocket.send", "text": text})
        self._move(position, page.until)

    def _move(self, sent_from: int, until: int) -> None:
        """Go on, unless the page said hello again while we sent."""
        if self._position == sent_from:
            self._position = until

    async def _say(self, **fields: object) -> None:
        text = json.dumps(fields, separators=(",", ":"))
        await self._send({"type": "websocket.send", "text": text})

    async def _beat(self) -> None:
        """Say from time to time that we are there, and who else."""
        while True:
            await asyncio.sleep(HEARTBEAT_S)
            self._beat_due = True
            self.wake()
