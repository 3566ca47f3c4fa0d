"""Reads a `.env` file as python-dotenv 1.2 does with `interpolate=False`, from a file on disk. Pure.

Source: python-dotenv's documentation, "File format", and the cases of its own tests. A binding
that it warns of and skips is an error here.
"""

import re

from services.variables.env_readers.reading import (
    Assignment,
    EnvFileError,
    read_statements,
)

_BLANK = r"[^\S\n]*"
_SPACE = re.compile(r"\s*")
_START = re.compile(
    rf"(?:export[^\S\n]+)?+(?:'(?P<quoted>[^'\n]+)'|(?P<bare>[^=#\s']+[^=#\s]*)){_BLANK}"
)
_EQUALS = re.compile(rf"={_BLANK}")
_COMMENT_LINE = re.compile(r"(?:export[^\S\n]+)?#[^\n]*")
_QUOTED = {
    quote: re.compile(rf"{quote}((?:\\.|[^{quote}\\])*+){quote}", re.DOTALL) for quote in "'\""
}
_ESCAPES = {"'": re.compile(r"\\([\\'])"), '"': re.compile(r"\\([\\'\"abfnrtv])")}
_MEANING = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
# The blanks are tried from their first one only: a long run of them would take its square.
_INLINE_COMMENT = re.compile(r"(?<!\s)\s++#.*")
_REST = re.compile(rf"(?:{_BLANK}#[^\n]*)?{_BLANK}(?:\n|\Z)")


def read(text: str) -> list[Assignment]:
    """Give the assignments in order; raise EnvFileError where python-dotenv would skip a line."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    return read_statements(text, _SPACE, _COMMENT_LINE, _binding)


def _binding(text: str, start: int, line: int) -> tuple[Assignment, int]:
    key = _START.match(text, start)
    if key is None:
        raise EnvFileError("name", line, "no name begins here")
    equals = _EQUALS.match(text, key.end())
    if equals is None:
        raise EnvFileError("no-equals-sign", line, "a name without = has no value")
    value, position = _value(text, equals.end(), line, is_apart=len(equals.group()) > 1)
    rest = _REST.match(text, position)
    if rest is None:
        raise EnvFileError("trailing-text", line, "something follows the closing quote")
    return Assignment(key["quoted"] or key["bare"], value, line), rest.end()


def _value(text: str, position: int, line: int, *, is_apart: bool) -> tuple[str, int]:
    """Read the value; with `is_apart`, blanks stand before it, and a # begins a comment."""
    first = text[position : position + 1]
    if first in ("", "\n") or (first == "#" and is_apart):
        return "", position
    if first in _QUOTED:
        quoted = _QUOTED[first].match(text, position)
        if quoted is None:
            raise EnvFileError("unterminated-quote", line, "the quote that opens here never closes")
        return _ESCAPES[first].sub(_unescaped, quoted.group(1)), quoted.end()
    end = text.find("\n", position)
    end = len(text) if end < 0 else end
    return _INLINE_COMMENT.sub("", text[position:end]).rstrip(), end


def _unescaped(escape: re.Match[str]) -> str:
    return _MEANING.get(escape.group(1), escape.group(1))
