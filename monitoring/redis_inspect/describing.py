"""Describes keys without looking at their values: type, time to live, bytes, how many elements."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from prism.core.redis import NoPermissionError, Redis

NOT_PERMITTED = "not permitted"
LENGTHS = {"string": "STRLEN", "hash": "HLEN", "list": "LLEN", "set": "SCARD", "zset": "ZCARD",
           "stream": "XLEN"}  # fmt: skip
GONE_TTL = -2
NO_EXPIRY = -1


@dataclass(frozen=True, slots=True)
class Described:
    """One key. None is what this user may not ask; `is_gone` when it vanished meanwhile."""

    key_type: str | None
    ttl_ms: int | None
    size_bytes: int | None
    is_gone: bool = False
    length: int | None = None
    encoding: str | None = None
    idle_s: int | None = None

    @property
    def has_no_expiry(self) -> bool:
        """Say whether it lives for ever."""
        return self.ttl_ms == NO_EXPIRY


@dataclass(slots=True)
class Lookups:
    """What our questions added to the server's own counters."""

    hits: int = 0
    misses: int = 0

    def count(self, *, found: bool, times: int = 1) -> None:
        """Count questions about one key."""
        if found:
            self.hits += times
        else:
            self.misses += times


def describe(client: Redis, keys: Sequence[bytes], lookups: Lookups) -> list[Described]:
    """Ask TYPE, PTTL and MEMORY USAGE of all keys in one exchange. Raises RedisError."""
    if not keys:
        return []
    pipeline = client.pipeline(transaction=False)
    for key in keys:
        pipeline.execute_command("TYPE", key)  # type: ignore[no-untyped-call]
        pipeline.execute_command("PTTL", key)  # type: ignore[no-untyped-call]
        pipeline.execute_command("MEMORY", "USAGE", key, "SAMPLES", 5)  # type: ignore[no-untyped-call]
    answers = pipeline.execute(raise_on_error=False)
    return [
        _described(answers[at], answers[at + 1], answers[at + 2], lookups)
        for at in range(0, len(answers), 3)
    ]


def describe_more(client: Redis, key: bytes, lookups: Lookups) -> Described:
    """Describe one key, with its length, encoding and idle time: two exchanges."""
    (short,) = describe(client, [key], lookups)
    if short.is_gone or short.key_type is None:
        return short
    pipeline = client.pipeline(transaction=False)
    pipeline.execute_command("OBJECT", "ENCODING", key)  # type: ignore[no-untyped-call]
    pipeline.execute_command("OBJECT", "IDLETIME", key)  # type: ignore[no-untyped-call]
    command = LENGTHS.get(short.key_type)
    if command:
        pipeline.execute_command(command, key)  # type: ignore[no-untyped-call]
    encoding, idle, *length = pipeline.execute(raise_on_error=False)
    for answer in (encoding, idle, *length):
        if not isinstance(answer, NoPermissionError):
            lookups.count(found=True)
    return Described(
        short.key_type,
        short.ttl_ms,
        short.size_bytes,
        length=length[0] if length and isinstance(length[0], int) else None,
        encoding=encoding.decode(errors="replace") if isinstance(encoding, bytes) else None,
        idle_s=idle if isinstance(idle, int) else None,
    )


def _described(kind: Any, ttl: Any, size: Any, lookups: Lookups) -> Described:
    key_type = kind.decode(errors="replace") if isinstance(kind, bytes) else None
    ttl_ms = ttl if isinstance(ttl, int) else None
    if key_type is not None:
        lookups.count(found=key_type != "none")
    if ttl_ms is not None:
        lookups.count(found=ttl_ms != GONE_TTL)
    return Described(
        key_type=key_type,
        ttl_ms=ttl_ms,
        size_bytes=size if isinstance(size, int) else None,
        is_gone=key_type == "none" or ttl_ms == GONE_TTL,
    )
