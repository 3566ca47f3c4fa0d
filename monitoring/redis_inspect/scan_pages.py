"""Walks the keys of an instance page by page with SCAN, across all its servers, and finds keys again.

A place is written `node.cursor`: the number of the server, and the cursor of SCAN there. The name of a key
that may not be shown may not be in an address either: such a key is found again from the place of its
batch and its fingerprint.
"""

import base64
import binascii
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from monitoring.redis_inspect.topology import Node
from prism.core.redis import Redis

BATCH_KEYS = 100  # about 0.3 ms of the server
PAGE_KEYS = 100
PAGE_S = 0.25
PAGE_BATCHES = 300
FIND_BATCHES = 20  # a rehash moves keys to neighbouring buckets
LONGEST_IN_ADDRESS = 400  # bytes
_PLACE = re.compile(r"(\d{1,4})\.(\d{1,20})")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a walk is: the number of the server, and its cursor."""

    node: int = 0
    cursor: int = 0

    def __str__(self) -> str:
        return f"{self.node}.{self.cursor}"


@dataclass(frozen=True, slots=True)
class FoundKey:
    """A key, and the place of the batch that it was in."""

    key: bytes
    place: Place


@dataclass(frozen=True, slots=True)
class KeyPage:
    """Some keys; `next` is None at the end of the last server. `scanned` keys were looked at."""

    keys: list[FoundKey]
    next: Place | None
    scanned: int


def read_place(text: str) -> Place:
    """Read a place out of an address; what makes no sense is the beginning."""
    found = _PLACE.fullmatch(text)
    return Place(int(found[1]), int(found[2])) if found else Place()


def load_key_page(
    nodes: Sequence[Node], place: Place, *, pattern: str, wanted: Callable[[bytes], bool]
) -> KeyPage:
    """Collect about a page of keys, or give what a quarter of a second found. Raises RedisError."""
    deadline = time.monotonic() + PAGE_S
    keys: list[FoundKey] = []
    scanned = batches = 0
    at: Place | None = place
    while at is not None and len(keys) < PAGE_KEYS and batches < PAGE_BATCHES:
        if batches and time.monotonic() > deadline:
            break
        cursor, batch = scan(nodes[min(at.node, len(nodes) - 1)].client(), at.cursor, pattern)
        keys += [FoundKey(key, at) for key in dict.fromkeys(batch) if wanted(key)]
        scanned += BATCH_KEYS
        batches += 1
        at = _after(at, cursor, len(nodes))
    return KeyPage(keys, at, scanned)


def walk(nodes: Sequence[Node], pattern: str, count: int) -> Iterator[tuple[Node, list[bytes]]]:
    """Give every batch of every server once, at the speed at which they are taken."""
    for node in nodes:
        client, cursor = node.client(), 0
        while True:
            cursor, batch = scan(client, cursor, pattern, count)
            yield node, batch
            if not cursor:
                break


def scan(
    client: Redis, cursor: int, pattern: str = "", count: int = BATCH_KEYS
) -> tuple[int, list[bytes]]:
    """Send one SCAN; the pattern does not make it shorter for the server, only its answer."""
    words: list[Any] = [cursor, "COUNT", count]
    words += ["MATCH", pattern.encode("utf-8", "surrogateescape")] if pattern else []
    found: Any = client.execute_command("SCAN", *words)  # type: ignore[no-untyped-call]
    return int(found[0]), list(found[1])


def reference_of(found: FoundKey, *, is_masked: bool, fingerprint: str) -> str:
    """Name a key for an address: by itself, or where it may not be told by its place and fingerprint."""
    if is_masked or len(found.key) > LONGEST_IN_ADDRESS:
        return f"p.{found.place}.{fingerprint}"
    return "k." + base64.urlsafe_b64encode(found.key).decode().rstrip("=")


def find_key(
    nodes: Sequence[Node], reference: str, *, fingerprint: Callable[[bytes], str]
) -> bytes | None:
    """Find the key that an address means; None when it makes no sense or the key is not there any more."""
    kind, _, rest = reference.partition(".")
    if kind == "k":
        try:
            return base64.urlsafe_b64decode(rest + "=" * (-len(rest) % 4))
        except (binascii.Error, ValueError):
            return None
    place_text, _, mark = rest.rpartition(".")
    if kind != "p" or not _PLACE.fullmatch(place_text) or len(mark) < 32:
        return None
    at: Place | None = read_place(place_text)
    for _ in range(FIND_BATCHES):
        if at is None or at.node >= len(nodes):
            return None
        cursor, batch = scan(nodes[at.node].client(), at.cursor)
        for key in batch:
            if fingerprint(key) == mark:
                return key
        at = _after(at, cursor, len(nodes))
    return None


def node_of_key(nodes: Sequence[Node], key: bytes) -> Node:
    """Give the server of a cluster that has a key; asks each, a wrong one says MOVED."""
    if len(nodes) == 1:
        return nodes[0]
    slot = key_slot(key)
    for node in nodes:
        ranges: Any = node.client().execute_command("CLUSTER", "SLOTS")  # type: ignore[no-untyped-call]
        for first, last, primary, *_ in ranges:
            if first <= slot <= last:
                host, port = primary[0].decode(), int(primary[1])
                place = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
                return next((one for one in nodes if one.address == place), node)
        return node
    return nodes[0]


def key_slot(key: bytes) -> int:
    """Give the slot of a key: CRC16 of what stands in its first {braces}, else of all of it."""
    start = key.find(b"{")
    if start >= 0:
        end = key.find(b"}", start + 1)
        if end > start + 1:
            key = key[start + 1 : end]
    return binascii.crc_hqx(key, 0) % 16_384


def _after(at: Place, cursor: int, nodes: int) -> Place | None:
    """Go on on this server, then on the next, then nowhere."""
    if cursor:
        return Place(at.node, cursor)
    return Place(at.node + 1, 0) if at.node + 1 < nodes else None
