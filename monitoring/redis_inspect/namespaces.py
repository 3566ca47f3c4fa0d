"""Namespaces: what keys there should be, and which of them a key belongs to. Pure."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from services.catalog.names import RedisType, Sensitivity, TtlPolicy

MINUTE_S, HOUR_S = 60, 3600
_WILDCARD = re.compile(r"[*?\[\\]")


@dataclass(frozen=True, slots=True)
class Namespace:
    """One declaration; the fields are those of the catalog's `RedisNamespace`."""

    pattern: str
    key_template: str = ""
    purpose: str = ""
    owner: str = ""
    ttl_policy: TtlPolicy = TtlPolicy.NONE
    ttl_min_s: int | None = None
    ttl_max_s: int | None = None
    key_type: str = ""
    sensitivity: Sensitivity = Sensitivity.NORMAL
    is_default: bool = False

    @property
    def prefix(self) -> str:
        """The literal text that the pattern begins with."""
        return literal_prefix(self.pattern)

    @property
    def must_expire(self) -> bool:
        """Whether a key without an expiry breaks the policy."""
        return self.ttl_policy in (TtlPolicy.RANGE, TtlPolicy.MAXIMUM, TtlPolicy.SLIDING)

    @property
    def hides_names(self) -> bool:
        """Whether the names of the keys may not be shown."""
        return self.sensitivity != Sensitivity.NORMAL


def _default(
    pattern: str, key: str, purpose: str, policy: TtlPolicy, key_type: str = "", **more: object
) -> Namespace:
    declared = Namespace(pattern, key, purpose, "", policy, key_type=key_type, is_default=True)
    return replace(declared, **more)  # type: ignore[arg-type]


# What the console itself keeps in Redis; a declaration of the same pattern replaces one of these.
DEFAULTS: tuple[Namespace, ...] = (
    _default("session:*", "session:{session_key}", "Cached sessions; SQL holds the truth",
             TtlPolicy.SLIDING, RedisType.STRING, ttl_max_s=HOUR_S, sensitivity=Sensitivity.SECRET),
    _default("api:cache:*", "api:cache:{endpoint}:{params_hash}", "Cached JSON API responses",
             TtlPolicy.RANGE, RedisType.STRING, ttl_min_s=5 * MINUTE_S, ttl_max_s=HOUR_S),
    _default("ratelimit:*", "ratelimit:{ip}:{endpoint}", "Rate limiter state",
             TtlPolicy.MAXIMUM, RedisType.STRING, ttl_max_s=MINUTE_S,
             sensitivity=Sensitivity.PRIVATE),
    _default("websocket:*", "websocket:{connection_id}", "Who has a live page open",
             TtlPolicy.SLIDING, ttl_max_s=5 * MINUTE_S),
    _default("prism:*", "channels prism:events, prism:live", "The event bus: channels, no keys",
             TtlPolicy.CHANNEL_ONLY),
    _default("stream:*", "stream:events", "Events on their way in, delivered at least once",
             TtlPolicy.NONE, RedisType.STREAM),
    _default("channels:*", "channels:{group}", "Wake-ups of live pages",
             TtlPolicy.MAXIMUM, ttl_max_s=24 * HOUR_S),
)  # fmt: skip


def in_force(declared: Iterable[Namespace]) -> list[Namespace]:
    """Lay the declared namespaces over the console's own; in the order of the defaults, then by pattern."""
    by_pattern = {namespace.pattern: namespace for namespace in declared}
    first = [by_pattern.pop(default.pattern, default) for default in DEFAULTS]
    return first + sorted(by_pattern.values(), key=lambda namespace: namespace.pattern)


def literal_prefix(pattern: str) -> str:
    """Give the text before the first wildcard; `a:*` has `a:`."""
    found = _WILDCARD.search(pattern)
    return pattern[: found.start()] if found else pattern


class Matcher:
    """Says for a key which of the namespaces it belongs to.

    The longest literal prefix wins, then the longest pattern, then the first by name. Patterns are
    those of Redis: `*`, `?`, `[a-c]`, `[^a]` and a backslash before a character that means itself.
    """

    def __init__(self, namespaces: Sequence[Namespace]) -> None:
        ranked = sorted(enumerate(namespaces), key=lambda pair: _rank(pair[1].pattern))
        # group number of the expression -> index of the namespace; 0 stands for no group
        self._index = (-1, *(index for index, _ in ranked))
        branches = [b"(%b)" % _expression(namespace.pattern) for _, namespace in ranked]
        self._match = re.compile(b"|".join(branches) or b"(?!)", re.DOTALL).match

    def index_of(self, key: bytes) -> int:
        """Give the index of the namespace, -1 for a key that nobody declared."""
        found = self._match(key)
        return self._index[found.lastindex or 0] if found else -1


def overlaps(namespaces: Sequence[Namespace]) -> list[tuple[Namespace, Namespace]]:
    """List the pairs that can match one key, the winner first."""
    ranked = sorted(namespaces, key=lambda namespace: _rank(namespace.pattern))
    return [
        (winner, other)
        for place, winner in enumerate(ranked)
        for other in ranked[place + 1 :]
        if _may_share(winner, other)
    ]


def _rank(pattern: str) -> tuple[int, int, str]:
    return -len(literal_prefix(pattern)), -len(pattern), pattern


def _may_share(winner: Namespace, other: Namespace) -> bool:
    """Say whether one prefix begins with the other; more cannot be told of two patterns cheaply."""
    if not _WILDCARD.search(other.pattern):
        return Matcher([winner]).index_of(other.pattern.encode()) == 0
    if not _WILDCARD.search(winner.pattern):
        return Matcher([other]).index_of(winner.pattern.encode()) == 0
    return winner.prefix.startswith(other.prefix)


def _expression(pattern: str) -> bytes:
    """Write a glob of Redis as a regular expression over bytes; `prefix*` needs only its prefix."""
    raw = pattern.encode("utf-8", "surrogateescape")
    prefix = literal_prefix(pattern).encode("utf-8", "surrogateescape")
    if raw == prefix + b"*":
        return re.escape(prefix)
    first, *others = [b"".join(chunk) for chunk in _chunks(raw)]
    if not others:
        return b"(?:%b)\\Z" % first
    # what a star skipped is not tried again: many stars would take for ever
    middle = b"".join(b"(?>.*?%b)" % chunk for chunk in others[:-1])
    return b"(?:%b%b.*%b)\\Z" % (first, middle, others[-1])


def _chunks(raw: bytes) -> list[list[bytes]]:
    """Split a glob at its stars; each chunk is a list of expressions of one byte."""
    chunks: list[list[bytes]] = [[]]
    position = 0
    while position < len(raw):
        character = raw[position : position + 1]
        position += 1
        if character == b"*":
            chunks.append([])
        elif character == b"?":
            chunks[-1].append(b".")
        elif character == b"[" and (end := raw.find(b"]", position + 1)) > 0:
            chunks[-1].append(_character_class(raw[position:end]))
            position = end + 1
        else:
            if character == b"\\" and position < len(raw):
                character = raw[position : position + 1]
                position += 1
            chunks[-1].append(re.escape(character))
    return chunks


def _character_class(inside: bytes) -> bytes:
    negation, members = (b"^", inside[1:]) if inside[:1] == b"^" else (b"", inside)
    escaped = re.sub(rb"([\\\[\]^&~|])", rb"\\\1", members)
    try:
        re.compile(b"[%b%b]" % (negation, escaped))
    except re.error:  # a range from high to low, which Redis reads as from low to high
        return b"."
    return b"[%b%b]" % (negation, escaped)
