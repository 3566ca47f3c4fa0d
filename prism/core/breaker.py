"""The circuit breaker of one Redis server in one process: decides whether it is worth asking."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from redis import exceptions

logger = logging.getLogger(__name__)

FAILURES_TO_OPEN = 3
OPEN_S = 5.0


class RedisUnavailable(exceptions.ConnectionError):
    """One exchange with a Redis server could not be made; says which server and why, never a password."""

    def __init__(self, *, server: str, reason: str) -> None:
        super().__init__(f"Redis at {server}: {reason}")
        self.server = server
        self.reason = reason


@dataclass(frozen=True, slots=True)
class BreakerState:
    """What a page or `prism doctor` may say about a server."""

    server: str
    is_answering: bool
    failures: int
    last_reason: str


class Breaker:
    """Skips a server for 5 seconds after 3 failures in a row, then lets one caller try.

    A failure costs one time-out, so whoever meets a server that hangs loses at most three of them;
    everybody after that loses nothing until the next try. Safe for threads.
    """

    def __init__(self, server: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.server = server
        self._clock = clock
        self._lock = threading.Lock()
        self._failures = 0
        self._skip_until = 0.0
        self._last_reason = ""

    def check(self) -> None:
        """Raise RedisUnavailable at once when the server is skipped."""
        with self._lock:
            if self._failures < FAILURES_TO_OPEN:
                return
            now = self._clock()
            if now < self._skip_until:
                raise RedisUnavailable(
                    server=self.server, reason=f"skipped after: {self._last_reason}"
                )
            self._skip_until = now + OPEN_S  # this caller tries; the others go on skipping

    @contextmanager
    def watch(self) -> Iterator[None]:
        """Count how one exchange ends; an error that the server itself sent is an answer."""
        try:
            yield
        except RedisUnavailable:
            raise  # counted where it was first seen
        except exceptions.ResponseError:
            self.answered()
            raise
        except (exceptions.ConnectionError, exceptions.TimeoutError) as error:
            reason = f"{type(error).__name__}: {error}"
            self._failed(reason)
            raise RedisUnavailable(server=self.server, reason=reason) from error

    def answered(self) -> None:
        """Forget the failures: the server has just sent something."""
        if not self._failures:
            return
        with self._lock:
            was_skipping, self._failures = self._failures >= FAILURES_TO_OPEN, 0
        if was_skipping:
            logger.warning("Redis at %s answers again", self.server)

    def _failed(self, reason: str) -> None:
        with self._lock:
            self._failures += 1
            self._last_reason = reason
            has_just_opened = self._failures == FAILURES_TO_OPEN
            if self._failures >= FAILURES_TO_OPEN:
                self._skip_until = self._clock() + OPEN_S
        if has_just_opened:
            logger.warning(
                "Redis at %s failed %d times and is skipped for %d s at a time: %s",
                self.server, FAILURES_TO_OPEN, OPEN_S, reason,
            )  # fmt: skip

    def state(self) -> BreakerState:
        """Say how the server was last seen; asks nothing."""
        with self._lock:
            return BreakerState(
                server=self.server,
                is_answering=self._failures < FAILURES_TO_OPEN,
                failures=self._failures,
                last_reason=self._last_reason if self._failures else "",
            )
