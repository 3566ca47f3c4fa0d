"""Fills a Redis server with the keys of known namespaces, and says what a scan must find there."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field

import redis

BATCH = 5_000  # commands in one pipeline


@dataclass(frozen=True)
class Planted:
    """How many keys each family gets. Every tenth of a hundred of the bounded ones breaks its rule."""

    sessions: int = 40
    immortal_sessions: int = 3
    long_sessions: int = 2
    cache: int = 30
    immortal_cache: int = 1
    cache_hashes: int = 2  # of the wrong type, and short-lived
    ratelimits: int = 20
    immortal_ratelimits: int = 4
    websockets: int = 8
    channel_keys: int = 2
    streams: int = 1
    carts: int = 12
    locks: int = 5

    def times(self, factor: int) -> "Planted":
        """Give the same in more numbers."""
        return Planted(**{name: getattr(self, name) * factor for name in self.__dataclass_fields__})


@dataclass(frozen=True)
class Expected:
    """What a full scan finds under a pattern."""

    keys: int
    types: dict[str, int]
    violations: dict[str, int] = field(default_factory=dict)

    def all_violations(self) -> dict[str, int]:
        """Give every kind, the ones that are not there as 0."""
        return {
            name: self.violations.get(name, 0)
            for name in ("no_expiry", "too_long", "channel_only", "wrong_type")
        }


def expected(planted: Planted) -> dict[str, Expected]:
    """Say what `fill` made, by declared pattern."""
    p = planted
    sessions = p.sessions + p.immortal_sessions + p.long_sessions
    cache = p.cache + p.immortal_cache
    return {
        "session:*": Expected(
            sessions,
            {"string": sessions},
            {"no_expiry": p.immortal_sessions, "too_long": p.long_sessions},
        ),
        "api:cache:*": Expected(
            cache + p.cache_hashes,
            {"string": cache, "hash": p.cache_hashes},
            {"no_expiry": p.immortal_cache, "wrong_type": p.cache_hashes},
        ),
        "ratelimit:*": Expected(
            p.ratelimits + p.immortal_ratelimits,
            {"string": p.ratelimits + p.immortal_ratelimits},
            {"no_expiry": p.immortal_ratelimits},
        ),
        "websocket:*": Expected(p.websockets, {"string": p.websockets}),
        "prism:*": Expected(
            p.channel_keys, {"string": p.channel_keys}, {"channel_only": p.channel_keys}
        ),
        "stream:*": Expected(p.streams, {"stream": p.streams}),
        "channels:*": Expected(0, {}),
    }


def expected_undeclared(planted: Planted) -> dict[str, int]:
    """Say how many keys each suggested pattern stands for."""
    return {"cart:*": planted.carts, "lock:*": planted.locks}


def total(planted: Planted) -> int:
    """Count all keys."""
    declared = sum(one.keys for one in expected(planted).values())
    return declared + sum(expected_undeclared(planted).values())


def fill(client: redis.Redis, planted: Planted, *, value_bytes: int = 64) -> None:
    """Write the keys; in a cluster, through a client that knows it."""
    pipeline = client.pipeline(transaction=False)
    for number, command in enumerate(commands(planted, value_bytes=value_bytes), 1):
        pipeline.execute_command(*command)
        if number % BATCH == 0:
            pipeline.execute()
    pipeline.execute()


def commands(
    planted: Planted, *, value_bytes: int = 64, stretch: int = 1
) -> Iterator[tuple[object, ...]]:
    """Give every command that writes a key; `stretch` makes them live so many times longer."""
    p, value = planted, b"v" * value_bytes
    expiring = (
        (p.sessions, lambda n: f"session:{_token('s', n)}", 3000),
        (p.long_sessions, lambda n: f"session:{_token('long', n)}", 7200),
        (p.cache, lambda n: f"api:cache:{n % 20}:{_token('c', n)}", 1800),
        (p.ratelimits, lambda n: f"ratelimit:{_address(n)}:{_token('r', n)[:6]}", 50),
        (p.websockets, lambda n: f"websocket:{_token('w', n)}", 90),
        (p.channel_keys, lambda n: f"prism:events:{n}", 3000),
        (p.locks, lambda n: f"lock:{_token('l', n)}", 200),
    )
    immortal = (
        (p.immortal_sessions, lambda n: f"session:{_token('immortal', n)}"),
        (p.immortal_cache, lambda n: f"api:cache:immortal:{_token('ci', n)}"),
        (p.immortal_ratelimits, lambda n: f"ratelimit:{_address(n)}:immortal-{n}"),
    )
    for count, name, ttl_s in expiring:
        yield from (("SET", name(number), value, "EX", ttl_s * stretch) for number in range(count))
    for count, name in immortal:
        yield from (("SET", name(number), value) for number in range(count))
    for number in range(p.cache_hashes):  # one command that makes an expiring hash, in any version
        yield "EVAL", _HASH, 1, f"api:cache:hash:{_token('ch', number)}", 600
    for number in range(p.streams):
        yield "XADD", f"stream:events-{number}", "*", "event", "{}"
    for number in range(p.carts):
        yield "HSET", f"cart:{number}:items", "item", "1"


_HASH = "redis.call('HSET', KEYS[1], 'a', '1') return redis.call('EXPIRE', KEYS[1], ARGV[1])"


def _token(kind: str, number: int) -> str:
    return hashlib.sha256(f"{kind}{number}".encode()).hexdigest()[:32]


def _address(number: int) -> str:
    return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
