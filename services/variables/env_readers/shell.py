"""Reads a `.env` file as a POSIX shell does with `. ./.env`, as long as it only assigns. Pure.

Source: POSIX, Shell Command Language, sections 2.2 (Quoting), 2.3 (Token Recognition) and 2.9.1.
Whatever would run something, or take a value from elsewhere, is an error.
"""

import re

from services.variables.env_readers.reading import (
    Assignment,
    EnvFileError,
    read_statements,
)

_SPACE = re.compile(r"(?:[ \t\n]|\\\n)*")
_COMMENT = re.compile(r"#[^\n]*")
_START = re.compile(r"(?P<export>export[ \t]+)?(?P<name>[A-Za-z_][A-Za-z0-9_]*)=")
_SINGLE = re.compile(r"'([^']*)'")
_DOUBLE = re.compile(r'"((?:\\.|[^"\\])*+)"', re.DOTALL)
_DOUBLE_ESCAPE = re.compile(r'\\([$`"\\\n])')
_REST = re.compile(r"[ \t]*(?:(?<=[ \t])#[^\n]*)?(?:\n|\Z)")
_OPERATORS = ";&|<>()"
_PATTERNS = "*?["  # `export` is a command, so its words are also file name patterns


def read(text: str) -> list[Assignment]:
    """Give the assignments in order; raise EnvFileError for anything but a plain assignment."""
    if text.startswith("\ufeff"):
        raise EnvFileError("byte-order-mark", 1, "sh takes the byte order mark for part of a name")
    return read_statements(text, _SPACE, _COMMENT, _statement)


def _statement(text: str, start: int, line: int) -> tuple[Assignment, int]:
    head = _START.match(text, start)
    if head is None:
        _refuse_carriage_return(text, start, line)
        raise EnvFileError("name", line, "sh sees a command here, not an assignment")
    value, position = _word(text, head.end(), line, is_exported=bool(head["export"]))
    rest = _REST.match(text, position)
    if rest is None:
        _refuse_carriage_return(text, position, line)
        raise EnvFileError(
            "unquoted-space", line, "sh would run what follows the space; use quotes"
        )
    return Assignment(head["name"], value, line), rest.end()


def _refuse_carriage_return(text: str, position: int, line: int) -> None:
    is_last = position == len(text) - 1
    if text.startswith("\r\n", position) or (is_last and text[position] == "\r"):
        raise EnvFileError(
            "carriage-return", line, "sh keeps the carriage return at the line's end"
        )


def _word(text: str, position: int, line: int, *, is_exported: bool) -> tuple[str, int]:
    """Read one word: pieces with and without quotes, up to a blank or the line's end."""
    pieces: list[str] = []
    begins_part = True  # at the start, and after a colon, ~ is somebody's home
    while position < len(text) and text[position] not in " \t\n":
        character = text[position]
        if character in "'\"":
            piece, position = _quoted(text, position, line)
        elif character == "\\":
            piece = text[position + 1 : position + 2]
            if not piece:
                raise EnvFileError("escape", line, "nothing follows the backslash")
            piece, position = ("" if piece == "\n" else piece), position + 2
        else:
            _refuse_carriage_return(text, position, line)
            _refuse_live(character, line, begins_part=begins_part, is_exported=is_exported)
            piece, position = character, position + 1
        begins_part = character == ":"
        pieces.append(piece)
    return "".join(pieces), position


def _quoted(text: str, position: int, line: int) -> tuple[str, int]:
    pattern = _SINGLE if text[position] == "'" else _DOUBLE
    quoted = pattern.match(text, position)
    if quoted is None:
        raise EnvFileError("unterminated-quote", line, "the quote that opens here never closes")
    inside = quoted.group(1)
    if pattern is _DOUBLE:
        bare = re.sub(r"\\.", "", inside, flags=re.DOTALL)
        if "$" in bare or "`" in bare:
            raise EnvFileError("interpolation", line, "sh replaces $ and ` here; use single quotes")
        inside = _DOUBLE_ESCAPE.sub(lambda m: "" if m.group(1) == "\n" else m.group(1), inside)
    return inside, quoted.end()


def _refuse_live(character: str, line: int, *, begins_part: bool, is_exported: bool) -> None:
    if character in "$`":
        raise EnvFileError("interpolation", line, "sh replaces $ and ` here; use single quotes")
    if character in _OPERATORS:
        raise EnvFileError(
            "shell-character", line, f"{character} means something to sh; use quotes"
        )
    if character == "~" and begins_part:
        raise EnvFileError("shell-character", line, "sh replaces ~ by a home directory; use quotes")
    if is_exported and character in _PATTERNS:
        raise EnvFileError("shell-character", line, f"{character} is a pattern to sh; use quotes")
