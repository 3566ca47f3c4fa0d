"""What is kept of a value that was seen: how it is, and a keyed fingerprint, never the value. Pure."""

import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from services.catalog.names import VARIABLE_NAME
from services.catalog.references import parse_references
from services.variables.effective import Entry
from services.variables.value_formats import fault_of

LENGTH_STEPS = (8, 16, 32, 64)  # characters; a class says no more than between which of them
MAX_VARIABLES = 2_000


class Seen(StrEnum):
    """How a variable was found; what is in none of these is missing."""

    EMPTY = "empty"
    PLACEHOLDER = "placeholder"
    EXAMPLE = "example"
    DEFAULT = "default"
    STATED = "stated"
    REFERENCE = "reference"
    PRESERVED = "preserved"
    SET = "set"


@dataclass(frozen=True, slots=True)
class Seeing:
    """What is kept of one variable. `length_class` is "", "1-7", "8-15" and so on to "64+".

    `fingerprints` are by the name of their key, the current one first. `match` is the text of the catalog that a value which is no secret was equal to; `fault` says
    what is wrong with the value in words that do not hold it.
    """

    name: str
    state: Seen
    length_class: str
    fingerprints: Mapping[str, str]
    fault: str
    match: str = ""


_PLACEHOLDER = re.compile(
    r"(?:change|replace|fill|set)[-_ ]?(?:me|this|it|in)(?:[-_ .!].*)?|x{3,}|\*{3,}|\.{3}|todo|tbd|fixme"
    r"|placeholder|your[-_ ].+|my[-_ ]?secret|secret|password|passwd|none|null|nil|undefined|dummy"
    r"|<[^<>]*>|\[[^\[\]]*\]|example|insert[-_ ].+",
    re.IGNORECASE,
)
PRESERVED = object()  # stands for a value that is there and was not shown


def fingerprint_key(secret: str) -> bytes:
    """Derive the key of the fingerprints, so that nothing else that is keyed gives one away."""
    return hmac.new(secret.encode(), b"prism.variables.fingerprint", hashlib.sha256).digest()


def fingerprint_of(value: str, key: bytes) -> str:
    """Give 32 hexadecimal digits that are the same for the same value and key."""
    return hmac.new(key, value.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()[:32]


def look_at(
    values: Mapping[str, str | object], entries: Iterable[Entry], keys: Mapping[str, bytes]
) -> list[Seeing]:
    """Give what is kept of each value, by name; names that no environment can have are left out.

    `keys` are the keys of the fingerprints by their names, the current one first.
    """
    known = {entry.name: entry for entry in entries}
    names = sorted(name for name in values if VARIABLE_NAME.fullmatch(name))
    return [_seeing(name, values[name], known.get(name), keys) for name in names[:MAX_VARIABLES]]


def _seeing(
    name: str, value: str | object, entry: Entry | None, keys: Mapping[str, bytes]
) -> Seeing:
    if not isinstance(value, str):
        return Seeing(name, Seen.PRESERVED, "", {}, "")
    if not value:
        return Seeing(name, Seen.EMPTY, "", {}, "")
    state = _state(value, entry)
    is_checked = entry is not None and state is not Seen.REFERENCE
    fault = fault_of(value, entry.format, entry.allowed_values) if entry and is_checked else ""
    match = value if entry and not entry.is_secret and value in _told(entry) else ""
    prints = {key_name: fingerprint_of(value, key) for key_name, key in keys.items()}
    return Seeing(name, state, length_class(value), prints, fault, match)


def _state(value: str, entry: Entry | None) -> Seen:
    if entry is not None:
        if not entry.is_secret and entry.origin == "value" and value == entry.text:
            return Seen.STATED
        if value in entry.allowed_values:
            return Seen.DEFAULT if value == entry.default else Seen.SET
        if value == entry.default:
            return Seen.DEFAULT
        if value == entry.example:
            return Seen.EXAMPLE
    if any(reference.kind != "malformed" for reference in parse_references(value)):
        return Seen.REFERENCE
    return Seen.PLACEHOLDER if _PLACEHOLDER.fullmatch(value.strip()) else Seen.SET


def _told(entry: Entry) -> tuple[str, ...]:
    """Give the values that the catalog itself tells of a variable."""
    stated = (entry.text,) if entry.origin == "value" else ()
    return (*stated, entry.default, entry.example, *entry.allowed_values)


def length_class(value: str) -> str:
    """Say about how long a value is, and no more."""
    low = 1
    for step in LENGTH_STEPS:
        if len(value) < step:
            return f"{low}-{step - 1}" if value else ""
        low = step
    return f"{low}+"
