"""Hold a value to the format that its definition asks for. Pure; says what is wrong, never the value."""

import re
from collections.abc import Callable, Mapping, Sequence

MAX_PATTERN_CHARACTERS = 200
MAX_MATCHED_CHARACTERS = 1_000
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*(?=://)", re.IGNORECASE)
_URL = re.compile(r"[a-z][a-z0-9+.-]*://[^\s/?#]+\S*", re.IGNORECASE)
_INTEGER = re.compile(r"[+-]?\d{1,40}")
_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(?:\.[^@\s.]+)+")
_BOOLEANS = frozenset({"true", "false", "yes", "no", "on", "off", "1", "0"})
# A repeated group that repeats inside can take forever; no pattern of ours needs one.
_NESTED_REPEAT = re.compile(r"[*+}]\)?[*+{]|\)[*+{]")


def _is_port(value: str) -> bool:
    return value.isascii() and value.isdecimal() and len(value) <= 5 and 1 <= int(value) <= 65_535


_CHECKS: Mapping[str, tuple[Callable[[str], bool], str]] = {
    "url": (
        lambda value: bool(_URL.fullmatch(value)),
        "not an address such as https://example.com",
    ),
    "port": (_is_port, "not a port from 1 to 65535"),
    "integer": (lambda value: bool(_INTEGER.fullmatch(value)), "not a whole number"),
    "boolean": (lambda value: value.lower() in _BOOLEANS, "neither true nor false"),
    "email": (lambda value: bool(_EMAIL.fullmatch(value)), "not an e-mail address"),
}
_SYNONYMS = {"uri": "url", "int": "integer", "number": "integer", "bool": "boolean"}


def fault_of(value: str, format: str, allowed_values: Sequence[str]) -> str:
    """Say what is wrong with a value, "" when nothing is.

    `format` is `url`, `port`, `integer`, `boolean`, `email`, `enum` (which says that only
    `allowed_values` will do), `pattern:REGULAR EXPRESSION`, or an example address, whose scheme
    is then asked for. Any other text is for people and checks nothing.
    """
    if allowed_values and value not in allowed_values:
        return "not one of the allowed values"
    word = format.strip().casefold()
    if check := _CHECKS.get(_SYNONYMS.get(word, word)):
        accepts, message = check
        return "" if accepts(value) else message
    if word.startswith("pattern:"):
        return _pattern_fault(value, format.strip()[len("pattern:") :].strip())
    if wanted := _SCHEME.match(format.strip()):
        found = _SCHEME.match(value)
        if found is None or found.group().casefold() != wanted.group().casefold():
            return f"not an address that begins with {wanted.group()[:100]}://"
    return ""


def format_fault(format: str) -> str:
    """Say what is wrong with a format itself, "" when it can be checked or is for people."""
    word = format.strip()
    if not word.casefold().startswith("pattern:"):
        return ""
    return "" if _compiled(word[len("pattern:") :].strip()) else "the pattern cannot be used"


def _pattern_fault(value: str, pattern: str) -> str:
    compiled = _compiled(pattern)
    if compiled is None or len(value) > MAX_MATCHED_CHARACTERS:
        return ""
    return "" if compiled.fullmatch(value) else "does not fit the pattern"


def _compiled(pattern: str) -> re.Pattern[str] | None:
    if len(pattern) > MAX_PATTERN_CHARACTERS or _NESTED_REPEAT.search(pattern):
        return None
    try:
        return re.compile(pattern)
    except re.error:
        return None
