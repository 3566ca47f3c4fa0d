"""The options of each kind of check: which there are, and what they may be. Pure."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

Rule = tuple[Callable[[Any], bool], str]  # what holds of it, and how it is said

RECORDS = {"A": 1, "NS": 2, "CNAME": 5, "MX": 15, "TXT": 16, "AAAA": 28}  # RFC 1035, RFC 3596
MOST_REDIRECTS = 3
LONGEST_S = 366 * 86_400
MOST_CHARACTERS = 1024


def is_number(value: Any, most: float) -> bool:
    """Say whether it is a number from 0 to `most`; JSON's true and false are none."""
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= most


_TEXT: Rule = (
    lambda value: isinstance(value, str) and 0 < len(value) <= MOST_CHARACTERS,
    f"text of at most {MOST_CHARACTERS:,} characters",
)
_SECONDS: Rule = (lambda value: is_number(value, LONGEST_S), "a number of seconds, at most a year")
_PATH: Rule = (lambda value: isinstance(value, str) and value.startswith("/"), "a path: /version")
OPTIONS: Mapping[str, Mapping[str, Rule]] = {
    "http": {
        "redirects": (
            lambda value: isinstance(value, int) and is_number(value, MOST_REDIRECTS),
            f"0 to {MOST_REDIRECTS}",
        ),
        "version_path": _PATH,
    },
    "tcp": {
        "send": _TEXT,
        "expect": _TEXT,
        "tls": (lambda value: isinstance(value, bool), "true or false"),
    },
    "tls": {},
    "dns": {
        "record": (
            lambda value: isinstance(value, str) and value.upper() in RECORDS,
            f"one of {', '.join(RECORDS)}",
        ),
        "expect": _TEXT,
        "resolver": _TEXT,
    },
    "redis": {"connection_variable": _TEXT},
    "postgres": {"connection_variable": _TEXT},
    "websocket": {},
    "heartbeat": {"expect_every_s": _SECONDS, "grace_s": _SECONDS},
}


def mistakes_in(kind: str, options: Mapping[str, Any]) -> Iterator[str]:
    """Say what is wrong with the options of a check, one sentence each; nothing when all is well."""
    known = OPTIONS.get(kind, {})
    for name, value in options.items():
        if name not in known:
            there_are = ", ".join(known) or "none"
            yield f"{kind} checks have no option {name[:50]}; there are: {there_are}"
        elif not known[name][0](value):
            yield f"{name} must be {known[name][1]}"
