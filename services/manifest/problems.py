"""What is wrong with a manifest, where, and how much of it is told. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

MAX_PROBLEMS = 1_000  # a hostile file must not fill the memory with complaints about itself
SHOWN_LENGTH = 60


class Located(Protocol):
    """Something that stands at a line and column of the text, such as a node."""

    @property
    def line(self) -> int:
        """The line, from 1."""

    @property
    def column(self) -> int:
        """The column, from 1."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to correct, at a line and column counted from 1."""

    file: str
    line: int
    column: int
    path: str
    message: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}:{self.column}"
        return f"{where} {self.path}: {self.message}" if self.path else f"{where}: {self.message}"


class ManifestInvalid(Exception):
    """The text is not a manifest; `problems` says everything that is wrong with it, in order."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


class ReadingStopped(Exception):
    """Nothing more can be told about this text; the report holds what was found."""


class Report:
    """Collects the problems and warnings of one file."""

    def __init__(self, file_name: str) -> None:
        self.file_name = shown_part(file_name)
        self._problems: list[Problem] = []
        self._warnings: list[Problem] = []
        self._is_full = False

    def problem(self, place: Located, path: str, message: str) -> None:
        """Note a problem; raise ReadingStopped when there are more than MAX_PROBLEMS."""
        if len(self._problems) == MAX_PROBLEMS:
            self._is_full = True
            raise ReadingStopped
        self._problems.append(self._located(place, path, message))

    def warning(self, place: Located, path: str, message: str) -> None:
        """Note something that does not stop the import but that the author should know."""
        if len(self._warnings) < MAX_PROBLEMS:
            self._warnings.append(self._located(place, path, message))

    def stop(self, place: Located, path: str, message: str) -> ReadingStopped:
        """Note a problem after which nothing can be read, and give the exception to raise."""
        self.problem(place, path, message)
        return ReadingStopped()

    @property
    def found_problems(self) -> bool:
        """Whether the text is not a manifest."""
        return bool(self._problems)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """The problems sorted by position; the last one says when there were more."""
        ordered = sorted(self._problems, key=_position)
        if self._is_full:
            last = ordered[-1]
            ordered.append(
                Problem(
                    last.file,
                    last.line,
                    last.column,
                    "",
                    f"more than {MAX_PROBLEMS:,} problems; the rest of the file was not examined",
                )
            )
        return tuple(ordered)

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """The warnings sorted by position."""
        return tuple(sorted(self._warnings, key=_position))

    def _located(self, place: Located, path: str, message: str) -> Problem:
        return Problem(self.file_name, place.line, place.column, path, message)


def shown(text: str) -> str:
    """Quote a piece of the file for a message: on one line, not too long, safe on a terminal."""
    cut = text if len(text) <= SHOWN_LENGTH else text[: SHOWN_LENGTH - 1] + "…"
    return f'"{_printable(cut)}"'


def shown_part(text: str) -> str:
    """Write one key as a part of a dotted path, safe on a terminal."""
    cut = text if len(text) <= SHOWN_LENGTH else text[: SHOWN_LENGTH - 1] + "…"
    return _printable(cut)


def joined(path: str, key: str) -> str:
    """Extend a dotted path by one key."""
    return f"{path}.{shown_part(key)}" if path else shown_part(key)


def _printable(text: str) -> str:
    """Replace what could move a cursor or hide text (controls, bidirectional marks) by escapes."""
    if text.isprintable():
        return text
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode("ascii")
        for letter in text
    )


def _position(problem: Problem) -> tuple[int, int]:
    return problem.line, problem.column
