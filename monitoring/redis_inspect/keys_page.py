"""The pages of keys: a list by namespace, and one key."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from monitoring.redis_inspect.describing import NOT_PERMITTED, Described, Lookups, describe
from monitoring.redis_inspect.key_access import Access, KeyAccess
from monitoring.redis_inspect.models import RedisInstance
from monitoring.redis_inspect.namespaces import Namespace
from monitoring.redis_inspect.own_lookups import count_lookups
from monitoring.redis_inspect.scan_pages import (
    FoundKey,
    KeyPage,
    Place,
    find_key,
    load_key_page,
    node_of_key,
    reference_of,
)
from monitoring.redis_inspect.topology import Node, topology_of
from monitoring.redis_inspect.words import NONE, duration, memory

UNDECLARED = "undeclared"


@dataclass(frozen=True, slots=True)
class KeyRow:
    """One key of the list."""

    reference: str
    access: Access
    key_type: str
    ttl: str
    is_forever: bool
    size: str


@dataclass(frozen=True, slots=True)
class KeysPage:
    """A page of keys of one namespace; `chosen` is None for all keys."""

    rows: list[KeyRow]
    scanned: int
    next: Place | None
    chosen: Namespace | None


@dataclass(frozen=True, slots=True)
class OneKey:
    """A key that was found again."""

    key: bytes
    node: Node
    access: Access


def load_keys_page(
    instance: RedisInstance, access: KeyAccess, *, asked: str, place: Place, now: datetime
) -> KeysPage:
    """Walk on from a place and describe what is found. Raises NoAddress and RedisError."""
    chosen = next((one for one in access.namespaces if one.pattern == asked), None)
    nodes = topology_of(instance).nodes
    page = load_key_page(
        nodes,
        place,
        pattern=chosen.pattern if chosen else "",
        wanted=_wanted(access, asked, chosen),
    )
    lookups = Lookups()
    described = _describe(nodes, page, lookups)
    count_lookups(instance, hits=lookups.hits, misses=lookups.misses, now=now)
    rows = [
        _row(found, one, access)
        for found, one in zip(page.keys, described, strict=True)
        if not one.is_gone
    ]
    return KeysPage(rows, page.scanned, page.next, chosen)


def find_one_key(instance: RedisInstance, access: KeyAccess, reference: str) -> OneKey | None:
    """Find the key that an address means. Raises NoAddress and RedisError."""
    nodes = topology_of(instance).nodes
    key = find_key(nodes, reference, fingerprint=access.fingerprint)
    if key is None:
        return None
    return OneKey(key, node_of_key(nodes, key), access.to(key))


def ttl_words(ttl_ms: int | None) -> str:
    """Say how long a key lives on."""
    if ttl_ms is None:
        return NOT_PERMITTED
    if ttl_ms < 0:
        return "no expiry" if ttl_ms == -1 else "gone"
    return duration(ttl_ms / 1000) if ttl_ms >= 1000 else f"{ttl_ms} ms"


def _wanted(access: KeyAccess, asked: str, chosen: Namespace | None) -> Callable[[bytes], bool]:
    """Leave out what another namespace has, by its longer prefix."""
    if chosen:
        return lambda key: access.to(key).namespace == chosen.pattern
    if asked == UNDECLARED:
        return lambda key: not access.to(key).namespace
    return lambda _: True


def _describe(nodes: Sequence[Node], page: KeyPage, lookups: Lookups) -> list[Described]:
    """Ask each server about its keys; the order is that of the page."""
    by_node: dict[int, list[bytes]] = {}
    for found in page.keys:
        by_node.setdefault(min(found.place.node, len(nodes) - 1), []).append(found.key)
    known: dict[bytes, Described] = {}
    for number, keys in by_node.items():
        known.update(zip(keys, describe(nodes[number].client(), keys, lookups), strict=True))
    return [known[found.key] for found in page.keys]


def _row(found: FoundKey, described: Described, access: KeyAccess) -> KeyRow:
    seen = access.to(found.key)
    return KeyRow(
        reference=reference_of(
            found, is_masked=seen.is_masked, fingerprint=access.fingerprint(found.key)
        ),
        access=seen,
        key_type=described.key_type or NOT_PERMITTED,
        ttl=ttl_words(described.ttl_ms),
        is_forever=described.has_no_expiry,
        size=memory(described.size_bytes) if described.size_bytes is not None else NONE,
    )
