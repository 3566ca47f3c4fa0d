"""Reads `stream:events` into SQL: at least once from Redis, exactly once in the table."""

import logging
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any

from django.db import DataError, IntegrityError
from django.utils import timezone

from monitoring.events.actions import Incoming, incoming, publish, quarantine, store_events
from monitoring.events.bus import (
    CONSUMERS,
    STREAM,
    arrived_at,
    door_of,
    identity_of,
    raw_text,
    read_entry,
)
from monitoring.events.canonical import EventRefused
from prism.core.redis import Redis, ResponseError

logger = logging.getLogger(__name__)

BATCH = 1000
BLOCK_MS = 1000  # shorter than the client's time-out, and than a stop may take
RECLAIM_IDLE_MS = (
    5_000  # what another worker has held for so long is taken from it; twice is the same
)
HOUSEKEEPING_S = 2.0
CONSUMER_FORGOTTEN = timedelta(hours=1)
TRIES = 3
# what one entry alone can be guilty of; anything else is the database's fault and is tried for ever
POISON = (DataError, IntegrityError, ValueError, TypeError)

Entry = tuple[str, dict[bytes, bytes]]


class StreamReader:
    """One member of the consumer group. `read_once` is called again and again; it raises what fails.

    An entry is acknowledged only after its event is committed. Whatever happens in between, the entry
    is delivered again, and the table knows its name.
    """

    def __init__(self, redis: Redis, name: str) -> None:
        self.redis = redis
        self.name = name
        self._has_pending = True  # entries of ours that were delivered and not acknowledged
        self._tidied_at = float("-inf")

    def read_once(self) -> int:
        """Read a batch, waiting up to a second for it; say how many entries were dealt with."""
        try:
            return self._read_once()
        except ResponseError as error:
            if not str(error).startswith("NOGROUP"):
                raise
            # a new stream, or Redis lost its data: everything that is there is ours to read
            if not self._has_pending:  # it was there: not the first start of all
                logger.warning("The stream %s has lost its consumer group; making it", STREAM)
            self.make_group()
            self._has_pending = False
            return 0

    def make_group(self) -> None:
        """Make the consumer group, from the beginning of the stream; it may be there already."""
        try:
            self.redis.xgroup_create(STREAM, CONSUMERS, id="0", mkstream=True)
        except ResponseError as error:
            if not str(error).startswith("BUSYGROUP"):
                raise

    def _read_once(self) -> int:
        if time.monotonic() - self._tidied_at > HOUSEKEEPING_S:
            self._tidied_at = time.monotonic()
            self._tidy()
        if self._has_pending:
            entries = self._delivered("0")
            self._has_pending = bool(entries)
        else:
            entries = self._delivered(">")
        if entries:
            self._has_pending = True  # until all of them are acknowledged, should something raise
            self._store(entries)
            self._has_pending = False
        return len(entries)

    def _delivered(self, after: str) -> list[Entry]:
        answer: Any = self.redis.xreadgroup(
            CONSUMERS, self.name, {STREAM: after}, count=BATCH, block=BLOCK_MS
        )
        entries = answer[0][1] if answer else []
        return [(entry_id.decode(), fields or {}) for entry_id, fields in entries]

    def _store(self, entries: Sequence[Entry]) -> None:
        """Commit, then acknowledge; when a batch fails by its content, find the one that is to blame."""
        now = timezone.now()
        good: list[Incoming] = []
        refused: list[tuple[Entry, str]] = []
        for entry_id, fields in entries:
            try:
                if not fields:
                    raise EventRefused("", "was removed from the stream before it was stored")
                event = read_entry(fields, now=arrived_at(entry_id, now))
            except EventRefused as error:
                refused.append(((entry_id, fields), str(error)))
            else:
                good.append(incoming("bus", event, identity_of(entry_id, fields)))
        self._quarantine(refused)
        try:
            store_events(good, now=now)
        except POISON as error:
            if len(entries) == 1:
                self._give_up_after_tries(entries[0], error)
                return
            for entry in entries:
                self._store([entry])
            return
        self.redis.xack(STREAM, CONSUMERS, *(entry_id for entry_id, _ in entries))

    def _quarantine(self, refused: Sequence[tuple[Entry, str]]) -> None:
        """Keep what is no event, and say so in the feed once for the batch."""
        now = timezone.now()
        for (entry_id, fields), reason in refused:
            quarantine(
                door=door_of(fields),
                entry_id=entry_id,
                reason=reason,
                raw=raw_text(fields),
                now=now,
            )
        if refused:
            (first_id, _), reason = refused[0]
            publish(
                "prism", "bus.refused", "warning",
                f"{len(refused)} message(s) could not be read; the first: {reason}",
                {"first_entry": first_id}, event_id=f"refused-{first_id}",
            )  # fmt: skip

    def _give_up_after_tries(self, entry: Entry, error: Exception) -> None:
        """Put a poisonous entry aside after `TRIES` deliveries; until then it stays pending."""
        entry_id, _ = entry
        pending: Any = self.redis.xpending_range(STREAM, CONSUMERS, entry_id, entry_id, 1)
        tries = pending[0]["times_delivered"] if pending else TRIES
        logger.error("The entry %s was not stored, try %d of %d: %r", entry_id, tries, TRIES, error)
        if tries >= TRIES:
            self._quarantine([(entry, f"could not be stored in {tries} tries")])
            self.redis.xack(STREAM, CONSUMERS, entry_id)

    def _tidy(self) -> None:
        """Take over what dead workers left, forget them, and cut off what everybody acknowledged."""
        claimed: Any = self.redis.xautoclaim(
            STREAM, CONSUMERS, self.name, RECLAIM_IDLE_MS, count=BATCH, justid=True
        )
        if claimed:
            self._has_pending = True
        consumers: Any = self.redis.xinfo_consumers(STREAM, CONSUMERS)
        for consumer in consumers:
            is_gone = consumer["idle"] > CONSUMER_FORGOTTEN.total_seconds() * 1000
            if is_gone and not consumer["pending"]:
                self.redis.xgroup_delconsumer(STREAM, CONSUMERS, consumer["name"])
        if (oldest := self._oldest_needed()) is not None:
            self.redis.xtrim(STREAM, minid=oldest, approximate=False)

    def _oldest_needed(self) -> str | None:
        """Give the first id that any group of the stream still needs; None when it cannot be told."""
        needed: list[tuple[int, int]] = []
        groups: Any = self.redis.xinfo_groups(STREAM)
        for group in groups:
            pending: Any = self.redis.xpending(STREAM, group["name"])
            if pending["pending"]:
                needed.append(_numbers(pending["min"]))
            else:
                milliseconds, sequence = _numbers(group["last-delivered-id"])
                needed.append((milliseconds, sequence + 1))
        if not needed:
            return None
        milliseconds, sequence = min(needed)
        return f"{milliseconds}-{sequence}"

    def leave(self) -> None:
        """Leave the group when nothing of ours is pending; the others take over what is."""
        with suppress(ResponseError):
            if not self.redis.xpending_range(STREAM, CONSUMERS, "-", "+", 1, self.name):
                self.redis.xgroup_delconsumer(STREAM, CONSUMERS, self.name)


def _numbers(entry_id: bytes | str) -> tuple[int, int]:
    text = entry_id.decode() if isinstance(entry_id, bytes) else entry_id
    milliseconds, _, sequence = text.partition("-")
    return int(milliseconds), int(sequence)
