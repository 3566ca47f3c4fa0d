"""Walks a namespace and deletes its keys or lets them expire, re-checking every key just before."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from monitoring.redis_inspect.describing import NO_EXPIRY, Lookups, describe
from monitoring.redis_inspect.key_access import KeyAccess
from monitoring.redis_inspect.models import RemovalChoice
from monitoring.redis_inspect.scan_pages import walk
from monitoring.redis_inspect.topology import Node
from prism.core.redis import Redis, RedisError

BATCH_KEYS = 250  # about a millisecond of the server, freed in the background
MOST_KEYS = 10_000
PLAN_S = 5.0
CARRY_OUT_S = 20.0


@dataclass(slots=True)
class Counted:
    """What a plan would touch. `is_whole` is false when the time or the cap ended the walk."""

    keys: int = 0
    size_bytes: int = 0
    seen: int = 0
    is_whole: bool = True


@dataclass(slots=True)
class Changed:
    """What was done, and of how many keys the expiry was looked at just before."""

    keys: int = 0
    looked_at: int = 0
    is_whole: bool = True


def count_keys(
    nodes: Sequence[Node], access: KeyAccess, pattern: str, choice: str, lookups: Lookups
) -> Counted:
    """Look at what a plan would touch, without touching it: at most 10,000 keys or five seconds."""
    counted, deadline = Counted(), time.monotonic() + PLAN_S
    for node, keys, seen in _batches(nodes, access, pattern):
        counted.seen += seen
        for one in describe(node.client(), keys, lookups):
            if not one.is_gone and (choice == RemovalChoice.ALL or one.has_no_expiry):
                counted.keys += 1
                counted.size_bytes += one.size_bytes or 0
        if counted.keys >= MOST_KEYS or time.monotonic() > deadline:
            counted.keys = min(counted.keys, MOST_KEYS)
            counted.is_whole = False
            break
    return counted


def change_keys(
    nodes: Sequence[Node],
    access: KeyAccess,
    pattern: str,
    choice: str,
    *,
    most: int,
    ttl_s: int | None,
    changed: Changed,
) -> None:
    """Delete up to `most` keys, or let them expire in `ttl_s`; `changed` is true at any moment.

    Raises RedisError in the middle; what was done until then is in `changed`.
    """
    deadline = time.monotonic() + CARRY_OUT_S
    done: set[bytes] = set()  # SCAN may give a key twice; a key that was deleted may come back
    for node, keys, _ in _batches(nodes, access, pattern):
        fresh = [key for key in keys if key not in done]
        ready = _rechecked(node.client(), fresh, choice)[: most - changed.keys]
        changed.looked_at += len(fresh)
        done |= set(ready)
        _send(node.client(), ready, ttl_s, changed)
        if changed.keys >= most:
            return
        if time.monotonic() > deadline:
            changed.is_whole = False
            return


def _batches(
    nodes: Sequence[Node], access: KeyAccess, pattern: str
) -> Iterator[tuple[Node, list[bytes], int]]:
    """Give the keys of this namespace and of no other, batch by batch."""
    for node, batch in walk(nodes, pattern, BATCH_KEYS):
        keys = [key for key in dict.fromkeys(batch) if access.to(key).namespace == pattern]
        yield node, keys, len(batch)


def _rechecked(client: Redis, keys: list[bytes], choice: str) -> list[bytes]:
    """Keep the keys that still are what was planned."""
    if not keys:
        return []
    pipeline = client.pipeline(transaction=False)
    for key in keys:
        pipeline.execute_command("PTTL", key)  # type: ignore[no-untyped-call]
    lives = zip(keys, pipeline.execute(), strict=True)
    if choice == RemovalChoice.ALL:
        return [key for key, ttl_ms in lives if ttl_ms >= NO_EXPIRY]
    return [key for key, ttl_ms in lives if ttl_ms == NO_EXPIRY]


def _send(client: Redis, keys: list[bytes], ttl_s: int | None, changed: Changed) -> None:
    """One command a key, all in one exchange: a cluster takes no other. A refused one hides no other's deed."""
    if not keys:
        return
    pipeline = client.pipeline(transaction=False)
    for key in keys:
        if ttl_s is None:
            pipeline.execute_command("UNLINK", key)  # type: ignore[no-untyped-call]
        else:
            pipeline.execute_command("PEXPIRE", key, ttl_s * 1000)  # type: ignore[no-untyped-call]
    answers = pipeline.execute(raise_on_error=False)
    changed.keys += sum(answer for answer in answers if isinstance(answer, int))
    for answer in answers:
        if isinstance(answer, RedisError):
            raise answer
