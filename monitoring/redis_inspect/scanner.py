"""Walks the keys of one server, in batches and with pauses, and counts them into a tally.

A pass is a generator that gives control back after each batch, so that whoever runs it can save, pause
or stop; what was not counted yet is asked again when it goes on.
"""

import random
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

import hiredis

from monitoring.redis_inspect.asking import SCRIPT, Found, Page, Questions, Refused, page, scan
from monitoring.redis_inspect.pacing import FIRST_COUNT, Neighbours, Pace
from monitoring.redis_inspect.tally import Tally
from monitoring.redis_inspect.watching import Watcher
from monitoring.redis_inspect.wire import Wire, packed

SCRIPT_TARGET_MS = 0.5  # a script is one turn of the server, nobody else is served meanwhile
CURSOR_BITS = 48


@dataclass(slots=True)
class Place:
    """Where a scan stands on one server; `total` is what DBSIZE said at the start."""

    address: str
    total: int = 0
    cursor: int = 0
    keys: int = 0
    is_done: bool = False

    def to_json(self) -> dict[str, Any]:
        """Give what `Place(**…)` takes."""
        return asdict(self)


@dataclass(slots=True)
class Pass:
    """One walk over one server. Raises Refused when SCAN is, RedisUnavailable when the server is gone."""

    wire: Wire
    place: Place
    tally: Tally
    pace: Pace
    watcher: Watcher
    questions: Questions = field(default_factory=Questions)
    use_script: bool = False
    script_command: bytes = b"EVAL_RO"

    @property
    def neighbours(self) -> Neighbours:
        """What other clients feel."""
        return self.watcher.neighbours

    def full(self) -> Iterator[None]:
        """Visit every key once, or now and then twice where the server's table grows meanwhile."""
        return self._by_script() if self.use_script else self._by_pipeline()

    def sample(self, wanted: int) -> Iterator[None]:
        """Visit about that many keys from random places of the table, each once.

        The first keys of a SCAN are the same every time; a cursor may begin anywhere.
        """
        if self.place.total <= wanted:
            yield from self.full()
            return
        seen: set[bytes] = set()
        tries_left = 4 * wanted // FIRST_COUNT + 16
        while len(seen) < wanted and tries_left:
            tries_left -= 1
            self.wire.send(scan(random.getrandbits(CURSOR_BITS), FIRST_COUNT))
            _, keys = page(self.wire.read(1)[0])
            new = [key for key in dict.fromkeys(keys) if key not in seen]
            seen.update(new)
            began = time.perf_counter()
            self.wire.send(self.questions.of(new))
            self.watcher.look()
            replies = self.wire.read(len(new) * self.questions.width)
            self._count(self.questions.found(new, replies))
            yield from self._breathe(time.perf_counter() - began, len(new))
        self.place.is_done = True

    def _by_pipeline(self) -> Iterator[None]:
        """1. Ask for the sizes, times and types of a page, and for the next page, in one write.
        2. At full speed, count the page before while the server works.
        3. Read the replies; otherwise count them now, which is a part of the rest. Rest.
        """  # fmt: skip
        wire, questions, place = self.wire, self.questions, self.place
        wire.send(scan(place.cursor, self.pace.count))
        cursor, keys = page(wire.read(1)[0])
        waiting: tuple[list[bytes], list[Any]] = ([], [])
        while True:
            began = time.perf_counter()
            asked = questions.of(keys)
            wire.send(asked + scan(cursor, self.pace.count) if cursor else asked)
            width = questions.width
            self._count(questions.found(*waiting))
            self.watcher.look()
            replies = wire.read(len(keys) * width + bool(cursor))
            took_s = time.perf_counter() - began
            following: Page = page(replies.pop()) if cursor else (0, [])
            if questions.width != width:  # a question was dropped while these were on their way
                replies = questions.without_dropped(replies, width)
            waiting = keys, replies
            if not cursor:
                break
            counting = time.perf_counter()
            if self.pace.duty < 1:  # a second busy process would take processors from the others
                self._count(questions.found(*waiting))
                waiting, place.cursor = ([], []), cursor
            rested_s = time.perf_counter() - counting
            yield from self._breathe(took_s, len(keys), rested_s)
            place.cursor, (cursor, keys) = cursor, following
        self._count(questions.found(*waiting))
        place.is_done = True
        yield

    def _by_script(self) -> Iterator[None]:
        """Let the server put each batch together; falls back to the pipeline where it may not."""
        self.pace.target_ms = min(self.pace.target_ms, SCRIPT_TARGET_MS)
        digest = self._load_script()
        if digest is None:
            self.use_script = False
            yield from self._by_pipeline()
            return
        place = self.place
        while not place.is_done:
            began = time.perf_counter()
            words = (digest[0], digest[1], b"0", b"%d" % place.cursor, b"%d" % self.pace.count)
            self.wire.send(packed(words))
            self.watcher.look()
            (reply,) = self.wire.read(1)
            if isinstance(reply, hiredis.ReplyError):
                raise Refused(str(reply))
            took_s = time.perf_counter() - began
            (place.cursor, _), found = self.questions.found_by_script(reply)
            self._count(found)
            place.is_done = place.cursor == 0
            yield from self._breathe(took_s, len(found))

    def _load_script(self) -> tuple[bytes, bytes] | None:
        """Run it once by its text, which keeps it there; give how to call it, None where it may not run."""
        for by_text, by_hash in ((b"EVAL_RO", b"EVALSHA_RO"), (b"EVAL", b"EVALSHA")):
            reply = self.wire.ask(by_text, b"return redis.sha1hex(ARGV[1])", b"0", SCRIPT)
            if isinstance(reply, hiredis.ReplyError):
                continue
            tried = self.wire.ask(by_text, SCRIPT, b"0", b"0", b"1")
            if isinstance(tried, hiredis.ReplyError):
                continue
            self.questions.found_by_script(tried)  # its lookups count, its keys come again
            return by_hash, reply
        return None

    def _count(self, found: Iterator[Found] | list[Found]) -> None:
        add, before = self.tally.add, self.place.keys
        for key, size_bytes, ttl_ms, key_type in found:
            add(key, size_bytes, ttl_ms, key_type)
            before += 1
        self.place.keys = before

    def _breathe(self, took_s: float, keys: int, rested_s: float = 0.0) -> Iterator[None]:
        self.pace.took(max(0.0, took_s * 1000 - self.neighbours.idle_ms), keys)
        yield
        if self.pace.duty < 1:
            time.sleep(max(0.0, self.pace.rest_s(took_s) - rested_s))
        self.watcher.wait_while_others_suffer()
