"""Whether wake-ups reach this process: it sends a beat through Redis and must hear it come back."""

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Any

from channels.layers import get_channel_layer

from monitoring.events.presence import Presence
from monitoring.events.wakeup import GROUP, LAYER_ERRORS

logger = logging.getLogger(__name__)

BEAT_EVERY_S = 1.0
DEAF_AFTER_S = 4.0  # without our own beat coming back, the subscription is dead whatever it says
LAYER_S = 2.0


class Pulse:
    """The one channel that a process has on the channel layer.

    `look` is called when there is something new, `tell` when wake-ups begin or cease to come.
    """

    def __init__(
        self, presence: Presence, *, look: Callable[[], None], tell: Callable[[], None]
    ) -> None:
        self.is_live = False
        self._presence = presence
        self._look = look
        self._tell = tell
        self._heard_at = 0.0
        self._listening: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Send beats for ever; listen anew when none comes back."""
        self._heard_at = time.monotonic()
        while True:
            if self._listening is None or self._listening.done():
                self._listening = asyncio.ensure_future(self._listen())
            try:
                async with asyncio.timeout(LAYER_S):
                    await self._send_beat()
            except LAYER_ERRORS as error:
                self._set_live(False, str(error))
            if time.monotonic() - self._heard_at > DEAF_AFTER_S:
                self._set_live(False, "no beat came back")
                await self.stop_listening()
                self._heard_at = time.monotonic()
            await self._presence.renew()
            await asyncio.sleep(BEAT_EVERY_S)

    async def _send_beat(self) -> None:
        beat = {"type": "beat", "hub": self._presence.hub_id, "viewers": self._presence.here}
        await get_channel_layer().group_send(GROUP, beat)

    async def _listen(self) -> None:
        """Take the channel and hear what comes."""
        layer = get_channel_layer()
        try:
            async with asyncio.timeout(LAYER_S):
                channel = await layer.new_channel()
                await layer.group_add(GROUP, channel)
                await self._send_beat()
            self._look()  # what came while we did not listen
            while True:
                self._hear(await layer.receive(channel))
        except LAYER_ERRORS as error:
            self._set_live(False, str(error))

    def _hear(self, message: dict[str, Any]) -> None:
        if message.get("type") == "wake":
            self._look()
        elif message.get("type") == "beat":
            hub, now = str(message.get("hub")), time.monotonic()
            self._presence.hear(hub, message.get("viewers"), now)
            if hub == self._presence.hub_id:
                self._heard_at = now
                self._set_live(True, "")

    def _set_live(self, is_live: bool, reason: str) -> None:
        if self.is_live == is_live:
            return
        self.is_live = is_live
        if is_live:
            logger.info("Live pages are woken through Redis")
        else:
            logger.warning("Live pages are delayed, events are polled from SQL: %s", reason)
        self._look()
        self._tell()

    async def stop_listening(self) -> None:
        """Give the channel back."""
        try:
            async with asyncio.timeout(LAYER_S):
                await get_channel_layer().flush()
        except LAYER_ERRORS as error:
            logger.info("The channel layer was not closed: %s", error)
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.wait([self._listening])
            self._listening = None
