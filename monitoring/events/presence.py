"""Who has the page open: `websocket:{connection_id}` in Redis, and how many on all web processes."""

import logging
import time

from prism.core.redis import RedisError, async_client

logger = logging.getLogger(__name__)

RENEW_EVERY_S = 30.0
LIFE_S = 90
FORGET_AFTER_S = 7.0  # of a hub that beats every second


class Presence:
    """Keeps the keys of this process alive and adds up what the beats of the others say."""

    def __init__(self, hub_id: str) -> None:
        self.hub_id = hub_id
        self._mine: set[str] = set()
        self._new: set[str] = set()
        self._gone: set[str] = set()
        self._viewers: dict[str, tuple[int, float]] = {}
        self._renewed_at = 0.0
        self._redis = async_client("presence")

    @property
    def here(self) -> int:
        """Say how many sockets are open on this process."""
        return len(self._mine)

    @property
    def watching(self) -> int:
        """Say how many sockets are open on all processes that were heard lately."""
        now = time.monotonic()
        others = (
            count
            for hub, (count, heard_at) in self._viewers.items()
            if hub != self.hub_id and now - heard_at < FORGET_AFTER_S
        )
        return len(self._mine) + sum(others)

    def join(self, connection_id: str) -> None:
        """Note a socket."""
        self._mine.add(connection_id)
        self._new.add(connection_id)

    def leave(self, connection_id: str) -> None:
        """Note that it closed."""
        self._mine.discard(connection_id)
        self._new.discard(connection_id)
        self._gone.add(connection_id)

    def hear(self, hub: str, viewers: object, now: float) -> None:
        """Note what the beat of a process says."""
        if isinstance(viewers, int):
            self._viewers[hub] = (viewers, now)
        for other, (_, heard_at) in list(self._viewers.items()):
            if now - heard_at > FORGET_AFTER_S:
                del self._viewers[other]

    async def renew(self) -> None:
        """Write what changed, and everything from time to time; without Redis nobody is written."""
        now = time.monotonic()
        is_due = now - self._renewed_at >= RENEW_EVERY_S
        written = set(self._mine) if is_due else set(self._new)
        gone = set(self._gone)
        if not written and not gone:
            return
        try:
            async with self._redis.pipeline(transaction=False) as pipeline:
                for connection_id in written:
                    pipeline.set(f"websocket:{connection_id}", self.hub_id, ex=LIFE_S)
                for connection_id in gone:
                    pipeline.delete(f"websocket:{connection_id}")
                await pipeline.execute()
        except RedisError as error:
            logger.info("Who watches was not written: %s", error)
            return
        self._new -= written
        self._gone -= gone
        self._renewed_at = now if is_due else self._renewed_at

    async def close(self) -> None:
        """Close the connections."""
        await self._redis.aclose()
