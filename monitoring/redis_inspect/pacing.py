"""How gently a scan goes: keys per batch, pauses between batches, and when others suffer. Pure."""

from collections import deque
from dataclasses import dataclass, field

FIRST_COUNT, LEAST_COUNT, MOST_COUNT = 100, 20, 1000
SLOWEST_STEP, FASTEST_STEP = 0.5, 1.25  # how much one batch may change the next
GENTLE_MS = 0.18  # a batch of some forty keys: nobody else waits longer than that
FULL_SPEED_MS = 10.0  # where speed is asked for, the server should not wait for us
BATCHES = 7
WINDOW = 100  # PINGs that the percentile is of: about ten seconds
ENOUGH = 10  # PINGs before anything is concluded
FEW = 5
REST_PINGS = 20  # while the scan waits, before it concludes that it is not to blame
FLOOR_MS = 5.0  # what nobody notices
TIMES_IDLE = 10.0
TIMES_WORST = 2.0  # of the slowest PING before: a machine that is busy anyway is slow now and then


@dataclass(slots=True)
class Pace:
    """How many keys to ask for, so that a batch takes `target_ms`; `duty` is the share of time at work."""

    duty: float = 0.25
    target_ms: float = GENTLE_MS
    count: int = FIRST_COUNT
    _recent: deque[float] = field(default_factory=lambda: deque(maxlen=BATCHES))

    def __post_init__(self) -> None:
        if self.duty >= 1 and self.target_ms == GENTLE_MS:
            self.target_ms = FULL_SPEED_MS

    def took(self, batch_ms: float, keys: int) -> None:
        """Follow what a batch took, as seen from here, without the way to the server and back.

        The median of a few batches decides: one that waited for a processor says nothing of the server.
        """
        self._recent.append(batch_ms / max(keys, 1))
        wanted = self.target_ms / max(quantile(list(self._recent), 0.5), 1e-6)
        step = min(FASTEST_STEP, max(SLOWEST_STEP, wanted / self.count))
        self.count = round(min(MOST_COUNT, max(LEAST_COUNT, self.count * step)))

    def rest_s(self, batch_s: float) -> float:
        """Give how long to sleep after a batch."""
        return batch_s * (1 - self.duty) / self.duty


@dataclass(slots=True)
class Neighbours:
    """What other clients feel, by PINGs on a second connection; all times in ms.

    The scan waits when the 99th percentile is above ten times that of the idle server, and 5 ms at
    least, until the last few are fast again.
    """

    idle_ms: float = 0.0
    idle_worst_ms: float = 0.0
    recent: deque[float] = field(default_factory=lambda: deque(maxlen=WINDOW))
    slowest_ms: float = 0.0

    @property
    def limit_ms(self) -> float:
        """Above which others suffer, more than they did before the scan."""
        return max(FLOOR_MS, TIMES_IDLE * self.idle_ms, TIMES_WORST * self.idle_worst_ms)

    @property
    def p50_ms(self) -> float:
        """The median of the recent PINGs."""
        return quantile(list(self.recent), 0.5)

    @property
    def p99_ms(self) -> float:
        """The 99th percentile of the recent PINGs."""
        return quantile(list(self.recent), 0.99)

    def felt(self, ping_ms: float) -> None:
        """Take in one PING."""
        self.recent.append(ping_ms)
        self.slowest_ms = max(self.slowest_ms, ping_ms)

    def suffer(self) -> bool:
        """Say whether the scan is to wait."""
        return len(self.recent) >= ENOUGH and self.p99_ms > self.limit_ms

    def rest(self) -> None:
        """Begin to look at PINGs while the scan waits."""
        self.recent.clear()

    def recovered(self) -> bool:
        """Say whether a waiting scan may go on: the last few PINGs were fast, or it is not to blame.

        When PINGs stay as slow while the scan waits, something else makes them slow; from then on that
        is what this server is like without us.
        """
        last = list(self.recent)[-FEW:]
        if len(last) == FEW and max(last) <= self.limit_ms:
            return True
        if len(self.recent) < REST_PINGS:
            return False
        self.idle_worst_ms = max(self.recent)
        self.recent.clear()
        return True


def quantile(values: list[float], share: float) -> float:
    """Give the value below which that share lies; 0 for none."""
    if not values:
        return 0.0
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * (len(ordered) - 1) + 0.5))]
