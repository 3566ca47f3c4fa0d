"""Reads a `.env` file as the dotenv package of Node.js does. Pure.

Source: the package's README, "Parsing", and its regular expression's behaviour in Node 20. It skips
what it does not understand; so does this reader. It knows backquotes, expands nothing, and
undoes no escapes but `\\n` and `\\r` in double quotes.
"""

import re

from services.variables.env_readers.reading import Assignment, Lines

# What `\s` and the ends of a line are in JavaScript.
_LINE_ENDS = "\n\r\u2028\u2029"
_SPACES = " \t\v\f\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000\ufeff" + _LINE_ENDS
_ANY = f"[{_SPACES}]*"
_BEGIN = f"(?:\\A|(?<=[{_LINE_ENDS}]))"
_END = f"(?=[{_LINE_ENDS}]|\\Z)"
_TRIMMED = (
    " \t\v\f\u00a0\u1680\u202f\u205f\u3000\ufeff"
    + _LINE_ENDS
    + "".join(map(chr, range(0x2000, 0x200B)))
)
_quoted = "|".join(rf"{_ANY}{quote}(?:\\{quote}|[^{quote}])*{quote}" for quote in "'\"`")
_STATEMENT = re.compile(
    # blanks and line ends before the name are passed over by the search itself
    rf"{_BEGIN}[^\S{_LINE_ENDS}]*(?:export[{_SPACES}]+)?([A-Za-z0-9_.-]+)"
    rf"(?:{_ANY}=[{_SPACES}]*?|:[{_SPACES}]+?)"
    rf"({_quoted}|[^#\r\n]+)?{_ANY}(?:#[^{_LINE_ENDS}]*)?{_END}"
)
_OUTER_QUOTES = re.compile(rf"{_BEGIN}(['\"`])([\s\S]*)\1{_END}")


def read(text: str) -> list[Assignment]:
    """Give the assignments in order, whatever else is in the file."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    lines = Lines(text)
    return [
        Assignment(found.group(1), _value(found.group(2) or ""), lines.number_at(found.start(1)))
        for found in _STATEMENT.finditer(text)
    ]


def _value(written: str) -> str:
    written = written.strip(_TRIMMED)
    is_double = written.startswith('"')
    value = _OUTER_QUOTES.sub(lambda match: match.group(2), written)
    return value.replace("\\n", "\n").replace("\\r", "\r") if is_double else value
