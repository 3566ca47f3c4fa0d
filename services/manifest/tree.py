"""The text of a manifest as a tree of nodes that know where they stand in it. Pure.

`services.manifest.parse` builds it. Nothing is expanded and nothing has a type yet: `no`, `22:22` and
`1.0` are the texts that were written, and quotes and escapes are resolved.

Offsets are character indexes into the text that was given (a byte-order mark counts); lines and
columns count from 1. What `end` means:
- a plain or quoted scalar, a flow collection: just after its last character;
- a block scalar (`|`, `>`): the start of the first line that is not part of it, blank lines included;
- a block mapping or block sequence: the `end` of its last value, so comments after it are outside;
- a value that was left out (`key:`): `start == end`, just after the colon or dash.
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias

Style = Literal["plain", "single", "double", "literal", "folded"]


@dataclass(slots=True)
class Scalar:
    """One text as it was written, quotes and escapes resolved, with no type."""

    text: str
    style: Style
    start: int
    end: int
    line: int
    column: int


@dataclass(slots=True)
class Entry:
    """One `key: value` of a mapping."""

    key: Scalar
    value: "Node"


@dataclass(slots=True)
class Mapping:
    """Entries in the order in which they were written; `flow` is true for `{a: b}`."""

    entries: list[Entry]
    start: int
    end: int
    line: int
    column: int
    flow: bool


@dataclass(slots=True)
class Sequence:
    """Items in the order in which they were written; `flow` is true for `[a, b]`."""

    items: "list[Node]"
    start: int
    end: int
    line: int
    column: int
    flow: bool


Node: TypeAlias = Scalar | Mapping | Sequence


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in the text where no node stands."""

    line: int
    column: int
