"""What a scan counts while keys stream by: per namespace, in memory that does not grow with the keys. Pure."""

import random
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from heapq import heappush, heappushpop
from typing import Any

from monitoring.redis_inspect.clusters import Undeclared
from monitoring.redis_inspect.judging import (
    TTL_BUCKETS,
    TTL_EDGES_MS,
    VIOLATIONS,
    longest_ms,
    violations_of,
)
from monitoring.redis_inspect.namespaces import Matcher, Namespace

BIGGEST = 10  # keys that are named for each namespace
SAMPLES = 20  # keys that are named for each kind of violation
Name = Callable[[bytes, Namespace | None], str]


@dataclass(slots=True)
class Counts:
    """The figures of one namespace. `ttl_keys` and `ttl_bytes` count by bucket of remaining time."""

    keys: int = 0
    size_bytes: int = 0
    immortal: int = 0
    immortal_bytes: int = 0
    types: dict[str, list[int]] = field(default_factory=dict)  # type: [keys, bytes]
    ttl_keys: list[int] = field(default_factory=lambda: [0] * TTL_BUCKETS)
    ttl_bytes: list[int] = field(default_factory=lambda: [0] * TTL_BUCKETS)
    violations: dict[str, int] = field(default_factory=lambda: dict.fromkeys(VIOLATIONS, 0))
    samples: dict[str, list[Any]] = field(default_factory=dict)
    biggest: list[Any] = field(default_factory=list)  # a heap of [bytes, name, type, ttl_ms]

    def to_json(self) -> dict[str, Any]:
        """Give what `Counts(**…)` takes."""
        return {name: getattr(self, name) for name in self.__slots__}

    def biggest_first(self) -> list[dict[str, Any]]:
        """Name the biggest keys."""
        names = ("bytes", "key", "type", "ttl_ms")
        return [dict(zip(names, row, strict=True)) for row in sorted(self.biggest, reverse=True)]


class Tally:
    """Counts keys into their namespaces. `name` says how a key's name may be kept."""

    def __init__(self, namespaces: Sequence[Namespace], name: Name) -> None:
        self.namespaces = list(namespaces)
        self.counts = [Counts() for _ in self.namespaces]
        self.nobody = Counts()
        self.undeclared = Undeclared()
        self._name = name
        self._index_of = Matcher(self.namespaces).index_of
        self._rules = [_rules(namespace) for namespace in self.namespaces]
        self._random = random.Random()  # noqa: S311 - which keys are shown as examples

    @property
    def keys(self) -> int:
        """How many keys were counted."""
        return sum(counts.keys for counts in self.counts) + self.nobody.keys

    @property
    def size_bytes(self) -> int:
        """How many bytes they take."""
        return sum(counts.size_bytes for counts in self.counts) + self.nobody.size_bytes

    def add(self, key: bytes, size_bytes: int, ttl_ms: int | None, key_type: str) -> None:
        """Count one key. A TTL of -1 is none; None and "" are what could not be asked. A hot path."""
        index = self._index_of(key)
        counts = self.counts[index] if index >= 0 else self.nobody
        counts.keys += 1
        counts.size_bytes += size_bytes
        if key_type:
            of_type = counts.types.get(key_type)
            if of_type is None:
                counts.types[key_type] = [1, size_bytes]
            else:
                of_type[0] += 1
                of_type[1] += size_bytes
        if ttl_ms is not None:
            if ttl_ms < 0:
                counts.immortal += 1
                counts.immortal_bytes += size_bytes
            else:
                bucket = bisect_left(TTL_EDGES_MS, ttl_ms)
                counts.ttl_keys[bucket] += 1
                counts.ttl_bytes[bucket] += size_bytes
        if len(counts.biggest) < BIGGEST or size_bytes > counts.biggest[0][0]:
            self._remember_big(counts, index, key, size_bytes, ttl_ms, key_type)
        if index < 0:
            self.undeclared.add(key, size_bytes, ttl_ms, key_type)
            return
        must_expire, longest, wanted_type, is_channel = self._rules[index]
        if (
            is_channel
            or (must_expire and ttl_ms is not None and (ttl_ms < 0 or ttl_ms > longest))
            or (wanted_type and key_type != wanted_type)
        ):
            self._judge(counts, index, key, size_bytes, ttl_ms, key_type)

    def _judge(
        self,
        counts: Counts,
        index: int,
        key: bytes,
        size_bytes: int,
        ttl_ms: int | None,
        key_type: str,
    ) -> None:
        namespace = self.namespaces[index]
        for violation in violations_of(namespace, key_type=key_type, ttl_ms=ttl_ms):
            counts.violations[violation] += 1
            kept = counts.samples.setdefault(violation, [])
            row = {"bytes": size_bytes, "type": key_type, "ttl_ms": ttl_ms}
            if len(kept) < SAMPLES:
                kept.append({"key": self._name(key, namespace), **row})
            elif (place := self._random.randrange(counts.violations[violation])) < SAMPLES:
                kept[place] = {"key": self._name(key, namespace), **row}

    def _remember_big(
        self,
        counts: Counts,
        index: int,
        key: bytes,
        size_bytes: int,
        ttl_ms: int | None,
        key_type: str,
    ) -> None:
        namespace = self.namespaces[index] if index >= 0 else None
        row = [size_bytes, self._name(key, namespace), key_type, -2 if ttl_ms is None else ttl_ms]
        if len(counts.biggest) < BIGGEST:
            heappush(counts.biggest, row)
        else:
            heappushpop(counts.biggest, row)

    def to_json(self) -> dict[str, Any]:
        """Give what `resume` takes."""
        return {
            "patterns": [namespace.pattern for namespace in self.namespaces],
            "counts": [counts.to_json() for counts in self.counts],
            "nobody": self.nobody.to_json(),
            "undeclared": self.undeclared.to_json(),
        }

    def resume(self, document: dict[str, Any]) -> None:
        """Go on from what another tally of the same namespaces had counted."""
        if document["patterns"] != [namespace.pattern for namespace in self.namespaces]:
            raise ValueError("the namespaces changed since the scan was paused")
        self.counts = [Counts(**one) for one in document["counts"]]
        self.nobody = Counts(**document["nobody"])
        self.undeclared = Undeclared.from_json(document["undeclared"])


def _rules(namespace: Namespace) -> tuple[bool, float, str, bool]:
    longest = longest_ms(namespace)
    is_channel = not violations_are_about_values(namespace)
    return (
        namespace.must_expire,
        float("inf") if longest is None else longest,
        namespace.key_type,
        is_channel,
    )


def violations_are_about_values(namespace: Namespace) -> bool:
    """Say whether a key is allowed at all."""
    return violations_of(namespace, key_type="", ttl_ms=None) == ()
