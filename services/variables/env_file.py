"""Read and write `.env` files as python-dotenv, docker compose and `sh` agree to. Pure.

The programs that read such files disagree about quotes, escapes, `$`, `#` and spaces, each without a
word. Here the file is read as each of them reads it; where they differ, that is an error with the
line. What is written is checked in the same way, so that every program reads what was meant.
"""

from collections.abc import Collection, Iterable, Mapping
from enum import StrEnum
from typing import Protocol

from services.variables.env_readers import compose, node_dotenv, python_dotenv, shell
from services.variables.env_readers.reading import Assignment, EnvFileError

__all__ = [
    "ALL_READERS",
    "PORTABLE",
    "Assignment",
    "EnvFileError",
    "NoCommonForm",
    "Reader",
    "parse",
    "render",
    "write_value",
]

MAX_CHARACTERS = 262_144  # far above any real file, and still read in well under a second


class Reader(StrEnum):
    """A program that reads `.env` files."""

    PYTHON = "python-dotenv"
    COMPOSE = "compose"
    SH = "sh"
    NODE = "node-dotenv"


# What a file is held to when nobody says who reads it. Node's reader undoes no escapes, so that it
# has no form at all for some texts; it is there for those who ask for it.
PORTABLE = (Reader.PYTHON, Reader.COMPOSE, Reader.SH)
ALL_READERS = tuple(Reader)

_READ = {
    Reader.PYTHON: python_dotenv.read,
    Reader.COMPOSE: compose.read,
    Reader.SH: shell.read,
    Reader.NODE: node_dotenv.read,
}
_SAFE = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./:@%+,-")
_HINTS: Mapping[str, str] = {
    "\\": "a backslash",
    "#": "a #",
    "$": "a $",
    "'": "quotes",
    '"': "quotes",
    "`": "backquotes",
}


class NoCommonForm(Exception):
    """A value cannot be written so that all the readers read it; `name` says whose it is."""

    def __init__(self, name: str, readers: Collection[Reader]) -> None:
        self.name, self.readers = name, tuple(readers)
        listed = ", ".join(self.readers)
        super().__init__(f"{name} has a value that no one form gives to all of {listed}")


class Writable(Protocol):
    """What `render` needs of an entry: an Assignment fits, and anything with a comment too."""

    @property
    def name(self) -> str:
        """The variable's name."""

    @property
    def value(self) -> str:
        """The text that every reader must read."""


def parse(text: str, readers: Collection[Reader] = PORTABLE) -> list[Assignment]:
    """Give the assignments of a file, one for each name, the last where a name comes twice.

    Raises EnvFileError with the earliest line that one of the readers refuses or that two read
    differently. Nothing is taken from the environment, and nothing is run.
    """
    if len(text) > MAX_CHARACTERS:
        raise EnvFileError("too-long", 1, f"a file of more than {MAX_CHARACTERS:,} characters")
    if (position := text.find("\0")) >= 0:
        line = text.count("\n", 0, position) + 1
        raise EnvFileError("nul", line, "no variable can hold a NUL character")
    readings: dict[Reader, list[Assignment]] = {}
    refusals: list[tuple[int, Reader, EnvFileError]] = []
    for reader in readers:
        try:
            readings[reader] = _READ[reader](text)
        except EnvFileError as error:
            refusals.append((error.line, reader, error))
    if refusals:
        line, reader, first = min(refusals, key=lambda refusal: refusal[0])
        raise EnvFileError(first.code, line, f"{reader} cannot read it: {first.message}")
    _refuse_disagreement(text, readings)
    return list({found.name: found for found in next(iter(readings.values()))}.values())


def render(
    entries: Iterable[Writable],
    readers: Collection[Reader] = PORTABLE,
    comments: Mapping[str, str] | None = None,
) -> str:
    """Write a file that `parse` with the same readers gives back as it was.

    `comments` are texts by name, written in lines above it. Raises NoCommonForm for a value that
    the readers have no common form for: one with `$` or a backquote next to `'`, or to a doubled
    or final backslash, and one with a carriage return. Write such a file for one reader at a time:
    each of the portable ones has a form for every text without NUL.
    """
    lines: list[str] = []
    for entry in entries:
        if comments and (comment := comments.get(entry.name)):
            lines += [f"# {line}".rstrip() for line in comment.splitlines() or [""]]
        written = write_value(entry.value, readers)
        if written is None:
            raise NoCommonForm(entry.name, readers)
        lines.append(f"{entry.name}={written}")
    return "".join(f"{line}\n" for line in lines)


def write_value(value: str, readers: Collection[Reader] = PORTABLE) -> str | None:
    """Give what stands behind `NAME=`, or None when no form is read by all readers as the value."""
    if "\0" in value:
        return None
    if set(value) <= _SAFE:
        return value
    for form in _forms(value):
        if all(_reads_as(reader, form, value) for reader in readers):
            return form
    return None


def _forms(value: str) -> Iterable[str]:
    """Give the ways to write a value, those that most programs understand first."""
    yield f"'{value}'"
    doubled = value.replace("\\", "\\\\").replace('"', '\\"')
    yield f'"{doubled}"'
    yield '"' + doubled.replace("$", "\\$").replace("`", "\\`") + '"'
    yield '"' + doubled.replace("\r", "\\r").replace("\n", "\\n") + '"'
    yield '"' + doubled.replace("$", "\\$").replace("\r", "\\r").replace("\n", "\\n") + '"'
    yield "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
    yield "'" + value.replace("'", "'\\''") + "'"
    yield f'"{value}"'
    yield f"`{value}`"


def _reads_as(reader: Reader, form: str, value: str) -> bool:
    try:
        found = _READ[reader](f"NAME={form}\nNEXT=1\n")
    except EnvFileError:
        return False
    return [(one.name, one.value) for one in found] == [("NAME", value), ("NEXT", "1")]


def _refuse_disagreement(text: str, readings: Mapping[Reader, list[Assignment]]) -> None:
    longest = max(map(len, readings.values()), default=0)
    for index in range(longest):
        found = {
            reader: (read[index].name, read[index].value) if index < len(read) else None
            for reader, read in readings.items()
        }
        if len(set(found.values())) > 1:
            line = min(read[index].line for read in readings.values() if index < len(read))
            raise EnvFileError("disagreement", line, _difference(text, line, found))


def _difference(text: str, line: int, found: Mapping[Reader, tuple[str, str] | None]) -> str:
    """Say who reads the line unlike whom, and what is likely to be the reason; never the value."""
    groups: dict[tuple[str, str] | None, list[str]] = {}
    for reader, what in found.items():
        groups.setdefault(what, []).append(reader.value)
    sides = " / ".join(" and ".join(names) for names in groups.values())
    written = text.split("\n")[line - 1].partition("=")[2]
    hint = next((word for mark, word in _HINTS.items() if mark in written), "blanks")
    return f"{sides} read it differently, because of {hint}"
