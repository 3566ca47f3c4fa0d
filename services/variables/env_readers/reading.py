"""What every reader of a `.env` file gives back, and how it refuses. Pure."""

import re
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Assignment:
    """One `NAME=value` of a file; `line` counts from 1. The value is in no repr: it may be a secret."""

    name: str
    value: str
    line: int = 0

    def __repr__(self) -> str:
        return f"Assignment({self.name!r}, line={self.line})"


class EnvFileError(Exception):
    """A `.env` file cannot be read: `code` names why, `line` says where. Never holds a value."""

    def __init__(self, code: str, line: int, message: str) -> None:
        super().__init__(f"line {line}: {message} ({code})")
        self.code, self.line, self.message = code, line, message


class Lines:
    """Numbers the lines of a text for positions that only grow, so that each character is counted once."""

    def __init__(self, text: str) -> None:
        self._text, self._position, self._line = text, 0, 1

    def number_at(self, position: int) -> int:
        """Give the number of the line, from 1, on which a position of the text is."""
        self._line += self._text.count("\n", self._position, position)
        self._position = position
        return self._line


def read_statements(
    text: str,
    space: re.Pattern[str],
    comment: re.Pattern[str],
    read_one: Callable[[str, int, int], tuple[Assignment, int]],
) -> list[Assignment]:
    """Read one statement after the other, passing over what is between them.

    `space` matches nothing as well; `read_one` begins at a position and its line, and gives
    where it ended.
    """
    found: list[Assignment] = []
    lines = Lines(text)
    position = 0
    while True:
        between = space.match(text, position)
        position = between.end() if between else position
        if position == len(text):
            return found
        if passed := comment.match(text, position):
            position = passed.end()
            continue
        assignment, position = read_one(text, position, lines.number_at(position))
        found.append(assignment)
