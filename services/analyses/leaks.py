"""Finds what looks like a secret's value in a document, which must not be kept. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from services.catalog.attention import PUBLIC_WORDS, SECRET_ENDINGS

# Words and signs that show an example: nobody's password has `your-` or `<` in it.
_EXAMPLE = re.compile(
    r"\$|\{|<|\.\.\.|…|\*\*|xxx|your|change|example|placeholder|dummy|redacted|openssl|getenv|environ"
    r"|^(?:user(?:name)?|pass(?:word|wd)?|pw|secret|token|key|test|postgres|redis|default|none|null|true"
    r"|false|set|unset|required|generated|auto\w*|n/a)$",
    re.IGNORECASE,
)
_IN_ADDRESS = re.compile(
    r"[a-z][a-z0-9+.-]{1,20}://[^\s/:@`'\"]{0,200}:([^\s/@`'\"]{1,300})@", re.I
)
_ASSIGNED = re.compile(
    r"\b([A-Z][A-Z0-9_]{2,100})[`*\"']{0,3}\s*[=:]\s*[`*\"']{0,3}([^\s`\"'|]{8,400})"
)
_KNOWN_SHAPES = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----|\b(?:gh[pousr]_[A-Za-z0-9]{30,}|github_pat_\w{30,}"
    r"|sk[_-](?:live|test|proj|ant)[_-][\w-]{16,}|AKIA[A-Z0-9]{16}|xox[abpr]-[\w-]{10,}"
    r"|eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}|glpat-[\w-]{16,}|AIza[\w-]{30,})"
)


@dataclass(frozen=True, slots=True)
class Leak:
    """A line, counted from 1, that looks as if a secret stood in it; never the secret itself."""

    line: int
    what: str


def find_leaks(text: str) -> list[Leak]:
    """Give the lines that hold a password in an address, a secret's value, or a known kind of key."""
    return [
        Leak(number, what) for number, line in enumerate(text.splitlines(), 1) for what in _in(line)
    ]


def _in(line: str) -> Iterator[str]:
    if any(not _EXAMPLE.search(password) for password in _IN_ADDRESS.findall(line)):
        yield "a password in an address"
    for name, value in _ASSIGNED.findall(line):
        if (
            name.endswith(SECRET_ENDINGS)
            and not any(word in name for word in PUBLIC_WORDS)
            and not _EXAMPLE.search(value)
        ):
            yield f"a value of {name}"
    if _KNOWN_SHAPES.search(line):
        yield "a key"
