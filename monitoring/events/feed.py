"""The frames of one filter: encoded once for all sockets, bounded, and each with its range. No Django."""

import json
from bisect import bisect_right
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

MOST_FRAMES = 256
MOST_CHARACTERS = 4_000_000


@dataclass(frozen=True, slots=True)
class Frame:
    """Everything the filter keeps of the numbers after `after` up to and with `until`."""

    after: int
    until: int
    text: str


def frame_text(kind: str, *, epoch: str, after: int, until: int, rows: Sequence[str]) -> str:
    """Write a frame; the rows are JSON already."""
    head = json.dumps({"t": kind, "e": epoch, "p": after, "s": until}, separators=(",", ":"))
    return f'{head[:-1]},"r":[{",".join(rows)}]}}'


class Feed:
    """A bounded queue of frames that all sockets with the same filter read, each at its own position.

    Frames follow each other without a gap from `base` to `end`. Who is behind `base` was too slow and
    reads SQL instead, so a socket that takes nothing costs no memory.
    """

    def __init__(self, at: int) -> None:
        self.base = at
        self.end = at
        self._frames: deque[Frame] = deque()
        self._characters = 0

    def append(self, *, epoch: str, until: int, rows: Sequence[str]) -> None:
        """Add one frame after the last; the oldest go when there are too many."""
        text = frame_text("ev", epoch=epoch, after=self.end, until=until, rows=rows)
        self._frames.append(Frame(self.end, until, text))
        self._characters += len(text)
        self.end = until
        while len(self._frames) > MOST_FRAMES or (
            self._characters > MOST_CHARACTERS and len(self._frames) > 1
        ):
            oldest = self._frames.popleft()
            self._characters -= len(oldest.text)
            self.base = oldest.until

    def next_after(self, position: int) -> Frame | None:
        """Give the first frame that ends after a position, which must not be before `base`."""
        if position >= self.end:
            return None
        if self._frames[-1].after <= position:  # nearly always
            return self._frames[-1]
        index = bisect_right(self._frames, position, key=lambda frame: frame.until)
        return self._frames[index]
