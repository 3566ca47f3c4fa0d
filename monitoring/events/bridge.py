"""Copies what is published on `prism:events` to the stream; of all workers one does it at a time."""

import logging
import threading
import uuid
from collections import deque
from datetime import datetime, timedelta

from django.db import DatabaseError, connections
from django.utils import timezone

from monitoring.events.bus import CHANNEL, DATA, IDENTITY, STREAM, VIA
from monitoring.events.lease import begin_listening, release_lease, renew_lease, take_lease
from prism.core.redis import PubSub, Redis, RedisUnavailable

logger = logging.getLogger(__name__)

STAND_BY_S = 1.0
LISTEN_S = 0.5
RENEW_EVERY = timedelta(seconds=2)
SILENCE = timedelta(seconds=6)  # without an answer to a PING the connection is dead
BATCH = 500
MOST_UNSENT = 20_000


class Bridge:
    """Listens while it holds the lease. `run_once` returns when it lost it or must stop; raises on failure.

    It does nothing but read and XADD: a subscriber that is slow is cut off by Redis.
    """

    def __init__(self, redis: Redis, name: str, stop: threading.Event) -> None:
        self.redis = redis
        self.name = name
        self.stop = stop
        self._heard_at: datetime | None = None
        # each with the name it keeps when it must be sent again
        self._unsent: deque[tuple[str, bytes]] = deque()

    def run_once(self) -> None:
        """Wait for the lease, then listen."""
        if not take_lease(self.name, timezone.now()):
            self.stop.wait(STAND_BY_S)
            return
        self._heard_at = None
        pubsub = self.redis.pubsub()  # type: ignore[no-untyped-call]
        try:
            pubsub.subscribe(CHANNEL)
            self._wait_for_subscription(pubsub)
            self._listen(pubsub)
        finally:
            pubsub.close()
            if self.stop.is_set():
                release_lease(self.name, heard_at=self._heard_at, now=timezone.now())

    def _wait_for_subscription(self, pubsub: PubSub) -> None:
        deadline = timezone.now() + SILENCE
        while (message := pubsub.get_message(timeout=LISTEN_S)) is None:
            if timezone.now() > deadline:
                raise RedisUnavailable(server=CHANNEL, reason="the subscription is not confirmed")
        logger.debug("subscribed: %s", message)
        self._heard_at = timezone.now()
        begin_listening(self.name, self._heard_at)
        connections.close_all()

    def _listen(self, pubsub: PubSub) -> None:
        renewed_at = timezone.now()
        while not self.stop.is_set():
            self._collect(pubsub)
            self._send()
            now = timezone.now()
            if now - renewed_at < RENEW_EVERY:
                continue
            renewed_at = now
            heard_at = self._heard_at or now
            if now - heard_at > SILENCE:
                raise RedisUnavailable(server=CHANNEL, reason="the subscription is silent")
            if not self._still_mine(heard_at, now):
                logger.warning("Another worker listens on %s now", CHANNEL)
                return
            pubsub.ping()

    def _still_mine(self, heard_at: datetime, now: datetime) -> bool:
        """Renew; while SQL is away nobody else can have taken the lease, so listening goes on."""
        try:
            return renew_lease(self.name, heard_at=heard_at, now=now)
        except DatabaseError as error:
            logger.warning("The bridge listens on without its lease: %s", error)
            return True
        finally:
            connections.close_all()  # not held while listening: the pool is small

    def _collect(self, pubsub: PubSub) -> None:
        """Take what has come, up to a batch; waits only for the first."""
        timeout_s = LISTEN_S
        for _ in range(BATCH):
            message = pubsub.get_message(timeout=timeout_s)
            if message is None:
                return
            timeout_s = 0.0
            self._heard_at = timezone.now()
            if message["type"] == "message":
                self._unsent.append((uuid.uuid4().hex, message["data"]))
        if len(self._unsent) > MOST_UNSENT:
            raise RedisUnavailable(server=STREAM, reason="takes nothing")

    def _send(self) -> None:
        """Add what was collected to the stream; what fails is sent again under the same name."""
        while self._unsent:
            batch = [self._unsent[index] for index in range(min(BATCH, len(self._unsent)))]
            with self.redis.pipeline(transaction=False) as pipeline:
                for copy_id, data in batch:
                    pipeline.xadd(STREAM, {VIA: b"pubsub", IDENTITY: copy_id, DATA: data})
                pipeline.execute()
            for _ in batch:
                self._unsent.popleft()
