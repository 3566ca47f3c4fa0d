"""Turns the names of undeclared keys into patterns that could be declared. Pure.

1. What looks like an id, an address or a number becomes a mask: `cart:7:items` is `cart:{number}:items`.
2. Templates are counted, at most MOST_TEMPLATES of them; what comes later adds to one overflow.
3. Where a place holds too many different words, they become one `{*}`.
4. Templates that begin with the same words up to the first mask are one suggestion.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from monitoring.redis_inspect.credentials import harmless_prefix

MOST_TEMPLATES = 10_000
MOST_SUGGESTIONS = 100
MOST_WORDS = 20  # different words in one place, above which they are values, not names
LONGEST_NAME = 200  # bytes of a name that are looked at
OVERFLOW = "{other}"
USUAL_TTL_S = (60, 300, 900, 3600, 6 * 3600, 86_400, 7 * 86_400, 30 * 86_400)
MASK = re.compile(r"\{[a-z*]+\}")

_DELIMITER = re.compile(r"([:/|])")
# Longest first: an id is not to be taken for the number that it begins with.
_MASKS = re.compile(
    r"(?P<uuid>[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12})"
    r"|(?P<email>[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4})"
    r"|(?P<ip>(?<![\w.])\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}(?![\w.]))"
    r"|(?P<date>(?<!\d)\d{4}-\d{2}-\d{2}(?!\d))"
    r"|(?P<hex>(?<![0-9a-zA-Z])(?=[0-9a-f]*[a-f])(?=[0-9a-f]*\d)[0-9a-f]{8,}(?![0-9a-zA-Z]))"
    r"|(?P<id>(?<![0-9a-zA-Z])(?=[a-zA-Z0-9_-]*\d)(?=[a-zA-Z0-9_-]*[A-Z])(?=[a-zA-Z0-9_-]*[a-z])"
    r"[a-zA-Z0-9_-]{16,}(?![0-9a-zA-Z]))"
    r"|(?P<number>(?<![a-zA-Z0-9])-?\d+(?![a-zA-Z0-9]))"
)


@dataclass(slots=True)
class Group:
    """What the keys of one template have in common."""

    keys: int = 0
    size_bytes: int = 0
    immortal: int = 0
    longest_ms: int = 0
    types: dict[str, int] = field(default_factory=dict)

    def add(self, size_bytes: int, ttl_ms: int | None, key_type: str) -> None:
        """Count one key."""
        self.keys += 1
        self.size_bytes += size_bytes
        if ttl_ms is not None and ttl_ms < 0:
            self.immortal += 1
        elif ttl_ms is not None and ttl_ms > self.longest_ms:
            self.longest_ms = ttl_ms
        if key_type:
            self.types[key_type] = self.types.get(key_type, 0) + 1

    def merge(self, other: "Group") -> None:
        """Add another group's keys."""
        self.keys += other.keys
        self.size_bytes += other.size_bytes
        self.immortal += other.immortal
        self.longest_ms = max(self.longest_ms, other.longest_ms)
        for key_type, count in other.types.items():
            self.types[key_type] = self.types.get(key_type, 0) + count


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A pattern that could be declared, and what is known of its keys."""

    pattern: str
    templates: tuple[str, ...]
    group: Group

    @property
    def ttl_max_s(self) -> int | None:
        """The longest remaining time, rounded up to a usual value; None when nearly all live for ever."""
        if self.group.immortal > 0.95 * self.group.keys or not self.group.longest_ms:
            return None
        longest_s = -(-self.group.longest_ms // 1000)
        return next((usual for usual in USUAL_TTL_S if longest_s <= usual), longest_s)

    @property
    def key_type(self) -> str:
        """The type, where all keys have the same."""
        return next(iter(self.group.types)) if len(self.group.types) == 1 else ""


class Undeclared:
    """Counts undeclared keys by template, in bounded memory."""

    def __init__(self) -> None:
        self.groups: dict[str, Group] = {}

    def add(self, key: bytes, size_bytes: int, ttl_ms: int | None, key_type: str) -> None:
        """Count one key."""
        template = template_of(key)
        group = self.groups.get(template)
        if group is None:
            if len(self.groups) >= MOST_TEMPLATES:
                template = OVERFLOW
            group = self.groups.setdefault(template, Group())
        group.add(size_bytes, ttl_ms, key_type)

    def suggestions(self) -> list[Suggestion]:
        """Give the patterns, the one with the most bytes first; what is over the limit is one of its own."""
        collapsed = _collapse(self.groups)
        by_pattern: dict[str, list[str]] = defaultdict(list)
        for template in collapsed:
            by_pattern[pattern_of(template)].append(template)
        found = [
            Suggestion(pattern, tuple(sorted(templates)[:10]), _sum(collapsed, templates))
            for pattern, templates in by_pattern.items()
        ]
        found.sort(key=lambda one: (-one.group.size_bytes, -one.group.immortal, one.pattern))
        if len(found) <= MOST_SUGGESTIONS:
            return found
        rest = Group()
        for one in found[MOST_SUGGESTIONS - 1 :]:
            rest.merge(one.group)
        return [*found[: MOST_SUGGESTIONS - 1], Suggestion("*", (OVERFLOW,), rest)]

    def to_json(self) -> dict[str, Any]:
        """Give what `from_json` takes."""
        return {
            name: [one.keys, one.size_bytes, one.immortal, one.longest_ms, one.types]
            for name, one in self.groups.items()
        }

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> "Undeclared":
        """Go on where another left off."""
        undeclared = cls()
        undeclared.groups = {name: Group(*values) for name, values in document.items()}
        return undeclared


def template_of(key: bytes) -> str:
    """Write a key's name with masks; bytes that are no text are shown as `\\xff`."""
    prefix = harmless_prefix(key[:LONGEST_NAME])
    text = (prefix or key[:LONGEST_NAME]).decode("utf-8", "backslashreplace")
    if prefix is not None and len(prefix) < len(key):
        text += "{secret}"  # what follows the word for a credential may be one
    elif len(key) > LONGEST_NAME:
        text += "…"
    printable = text if text.isprintable() else "".join(map(_escaped, text))
    return _MASKS.sub(lambda found: f"{{{found.lastgroup}}}", printable)


def _escaped(character: str) -> str:
    return character if character.isprintable() else character.encode("unicode_escape").decode()


def pattern_of(template: str) -> str:
    """Give the glob that the keys of a template match: the words before the first mask, then `*`.

    A name of several words without a mask stands for its siblings: `feature:beta` is `feature:*`.
    """
    if template == OVERFLOW:
        return "*"
    if found := MASK.search(template):
        before = template[: found.start()]
        return escape(before) + "*" if before else escape_masked(template)
    head, delimiter, _ = template.rpartition(":")
    if delimiter and head:
        return escape(head + delimiter) + "*"
    return escape(template.removesuffix("…")) + ("*" if template.endswith("…") else "")


def escape_masked(template: str) -> str:
    """Write a template that begins with a mask as a glob."""
    return re.sub(r"\*+", "*", "*".join(escape(part) for part in MASK.split(template)))


def escape(text: str) -> str:
    """Make a text mean itself in a glob; a byte that is no text may be any."""
    return re.sub(r"([*?\[\]])", r"\\\1", re.sub(r"\\x[0-9a-f]{2}", "?", text)).replace("\\?", "?")


def _collapse(groups: dict[str, Group]) -> dict[str, Group]:
    """Replace words by `{*}` where one place holds more than MOST_WORDS different ones."""
    rows = [(_DELIMITER.split(template), group) for template, group in groups.items()]
    depth = max((len(parts) for parts, _ in rows), default=0)
    for place in range(0, depth, 2):
        words: dict[tuple[str, ...], set[str]] = defaultdict(set)
        for parts, _ in rows:
            if len(parts) > place and not MASK.search(parts[place]):
                words[_place(parts, place)].add(parts[place])
        for parts, _ in rows:
            is_many = len(words.get(_place(parts, place), ())) > MOST_WORDS
            if len(parts) > place and is_many and parts != [OVERFLOW]:
                parts[place] = "{*}"
    merged: dict[str, Group] = {}
    for parts, group in rows:
        merged.setdefault("".join(parts), Group()).merge(group)
    return merged


def _place(parts: list[str], place: int) -> tuple[str, ...]:
    """Name a place by what stands before it; first words are told apart by whether they are alone."""
    return (*parts[:place], "" if place or len(parts) == 1 else "more")


def _sum(groups: dict[str, Group], templates: Iterable[str]) -> Group:
    total = Group()
    for template in templates:
        total.merge(groups[template])
    return total
