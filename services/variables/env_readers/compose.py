"""Reads a `.env` file as docker compose 2 does, without what it would take from elsewhere. Pure.

Source: Docker's "Syntax for environment files in Docker Compose" and the cases of compose-go's tests.
A `$` that compose would replace by something is an error here: the file alone does not say by what.
"""

import re

from services.variables.env_readers.reading import (
    Assignment,
    EnvFileError,
    read_statements,
)

_BLANKS = "\t\v\f\r \u0085\u00a0"
_SPACE = re.compile(r"[\s\u0085]*")
_COMMENT = re.compile(r"#[^\n]*")
_EXPORT = re.compile(r"export\s+")
_QUOTED = {
    quote: re.compile(rf"{quote}((?:\\.|[^{quote}\\])*+){quote}", re.DOTALL) for quote in "'\""
}
_ANY_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPE = re.compile(r"\\([abcfnrtv$\"\\]|0\d{0,3})")
_MEANING = {
    "a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", '"': '"', "\\": "\\"
}  # fmt: skip
_LIVE_DOLLAR = re.compile(r"\$(?=[A-Za-z_{$])")
_HELD_DOLLAR = "\0"  # a text with NUL is refused before any reader sees it


def read(text: str) -> list[Assignment]:
    """Give the assignments in order; raise EnvFileError where compose refuses the file."""
    text = text.removeprefix("\ufeff")
    return read_statements(text, _SPACE, _COMMENT, _statement)


def _statement(text: str, start: int, line: int) -> tuple[Assignment, int]:
    if export := _EXPORT.match(text, start):
        start = export.end()
    name, position = _name(text, start, line)
    while text[position : position + 1] and text[position] in _BLANKS:
        position += 1
    first = text[position : position + 1]
    if first in _QUOTED:
        quoted = _QUOTED[first].match(text, position)
        if quoted is None:
            raise EnvFileError("unterminated-quote", line, "the quote that opens here never closes")
        inside = _unescaped_quotes(quoted.group(1), first)
        if first == '"':
            inside = _without_escapes(inside, line)
        return Assignment(name, inside, line), quoted.end()
    end = text.find("\n", position)
    end = len(text) if end < 0 else end
    value = text[position:end].partition(" #")[0].rstrip()
    return Assignment(name, _without_dollars(value, line), line), end


def _name(text: str, start: int, line: int) -> tuple[str, int]:
    for position in range(start, len(text)):
        character = text[position]
        if character in _BLANKS or character.isalnum() or character in "_.-[]":
            continue
        if character == "\n":
            break
        name = text[start:position].rstrip()
        if character not in "=:" or " " in name or not name:
            break
        return name, position + 1
    raise EnvFileError("name", line, "no name with = begins here")


def _unescaped_quotes(inside: str, quote: str) -> str:
    """Take the backslash from escaped quotes; every other escape stays for now."""

    def meant(escape: re.Match[str]) -> str:
        return quote if escape.group(1) == quote else escape.group()

    return _ANY_ESCAPE.sub(meant, inside)


def _without_escapes(inside: str, line: int) -> str:
    """Undo the escapes in double quotes; an escaped dollar is one, a bare one may be live."""
    value = _ESCAPE.sub(_unescaped, inside)
    return _without_dollars(value, line).replace(_HELD_DOLLAR, "$")


def _unescaped(escape: re.Match[str]) -> str:
    what = escape.group(1)
    if what == "$":
        return _HELD_DOLLAR
    if what in _MEANING:
        return _MEANING[what]
    octal = what[1:]
    is_byte = len(octal) == 3 and octal.isdigit() and max(octal) <= "7" and int(octal, 8) <= 255
    return chr(int(octal, 8)) if is_byte else escape.group()


def _without_dollars(value: str, line: int) -> str:
    if _LIVE_DOLLAR.search(value):
        raise EnvFileError(
            "interpolation", line, "docker compose replaces what follows $; use single quotes"
        )
    return value
