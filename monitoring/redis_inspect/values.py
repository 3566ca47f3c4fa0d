"""Reads a value in pages of a bounded size, whatever is in it.

A page of a string is 4 KiB, of everything else 50 elements. Before elements are read their mean size is looked
at, so that fifty values of twelve megabytes each are told and not fetched. Values are shown as text or as
hexadecimal, never interpreted: no pickle, no decompression.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from monitoring.redis_inspect.describing import Described, Lookups
from monitoring.redis_inspect.masking import readable
from prism.core.redis import Redis

STRING_BYTES = 4096
ELEMENTS = 50
ELEMENT_CHARACTERS = 400
MOST_SHOWN = 600  # a small hash or set comes whole, however few were asked for
PAGE_BYTES = 4 * 1024 * 1024
JSON_DEPTH = 40  # far below where the parser gives up
_PLACE = re.compile(r"[0-9]{1,20}(-[0-9]{1,20})?")
_NESTED = re.compile(r"[\[{]")


@dataclass(frozen=True, slots=True)
class ValuePage:
    """One page of a value. `rows` are name and value; `after` is the next page's place, "" at the end."""

    kind: str
    text: str = ""
    note: str = ""
    rows: list[tuple[str, str]] = field(default_factory=list)
    after: str = ""
    shown_bytes: int = 0


def read_value(
    client: Redis, key: bytes, described: Described, place: str, lookups: Lookups
) -> ValuePage:
    """Read the page at a place, "" for the first. Raises RedisError, NoPermissionError among them."""
    kind = described.key_type or ""
    reader = _READERS.get(kind)
    if reader is None:
        return ValuePage(kind, note=f"values of the type {readable(kind, 40)} are not shown")
    place = place if _PLACE.fullmatch(place) else ""
    if kind != "string" and (note := _too_large(described)):
        return ValuePage(kind, note=note)
    lookups.count(found=True)
    return reader(client, key, described, place)


def _too_large(described: Described) -> str:
    """Say why a page of elements is not fetched, "" when it may be."""
    if not described.size_bytes or not described.length:
        return ""
    mean = described.size_bytes / described.length
    if mean * min(ELEMENTS, described.length) <= PAGE_BYTES:
        return ""
    return f"its elements are about {mean / 1024:,.0f} KiB each: a page of them is not fetched"


def _string(client: Redis, key: bytes, described: Described, place: str) -> ValuePage:
    start = int(place) if place.isdecimal() else 0
    data: bytes = _send(client, "GETRANGE", key, start, start + STRING_BYTES - 1)
    total = described.length or start + len(data)
    end = start + len(data)
    text, form = text_of(data, is_whole=start == 0 and end >= total)
    note = f"bytes {start:,} to {end:,} of {total:,}, {form}" if data else "empty"
    return ValuePage(
        "string",
        text=text,
        note=note,
        after=str(end) if data and end < total else "",
        shown_bytes=len(data),
    )


def _hash(client: Redis, key: bytes, described: Described, place: str) -> ValuePage:
    cursor, found = _send(client, "HSCAN", key, place or 0, "COUNT", ELEMENTS)
    return _elements("hash", list(found.items()), _next(cursor))


def _set(client: Redis, key: bytes, described: Described, place: str) -> ValuePage:
    cursor, members = _send(client, "SSCAN", key, place or 0, "COUNT", ELEMENTS)
    return _elements("set", [(b"", member) for member in members], _next(cursor))


def _zset(client: Redis, key: bytes, described: Described, place: str) -> ValuePage:
    start = _start(place)
    flat = _send(client, "ZRANGE", key, start, start + ELEMENTS - 1, "WITHSCORES")
    pairs = list(zip(flat[1::2], flat[::2], strict=True))
    return _elements("zset", pairs, _further(start, len(pairs), described))


def _list(client: Redis, key: bytes, described: Described, place: str) -> ValuePage:
    start = _start(place)
    found = _send(client, "LRANGE", key, start, start + ELEMENTS - 1)
    pairs = [(str(start + number).encode(), value) for number, value in enumerate(found)]
    return _elements("list", pairs, _further(start, len(pairs), described))


def _stream(client: Redis, key: bytes, described: Described, place: str) -> ValuePage:
    begin = f"({place}" if "-" in place else "-"
    found = _send(client, "XRANGE", key, begin, "+", "COUNT", ELEMENTS)
    pairs = [(entry[0], b" ".join(_fields(entry[1]))) for entry in found]
    last = found[-1][0].decode() if len(found) == ELEMENTS else ""
    return _elements("stream", pairs, last)


_READERS = {
    "string": _string,
    "hash": _hash,
    "set": _set,
    "zset": _zset,
    "list": _list,
    "stream": _stream,
}


def text_of(data: bytes, *, is_whole: bool) -> tuple[str, str]:
    """Write bytes for people, and say in which form: JSON, text or hexadecimal."""
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        # the end of a page may stand within a character
        if len(data) - error.start <= 3 and not is_whole and error.start:
            text = data[: error.start].decode()
        else:
            return hexadecimal(data), "hexadecimal"
    if is_whole and text[:1] in ("{", "[") and (pretty := pretty_json(text)):
        return pretty, "JSON"
    lines = text.replace("\r\n", "\n").split("\n")
    return "\n".join(readable(line, STRING_BYTES) for line in lines), "text"


def pretty_json(text: str) -> str:
    """Lay out JSON that is whole and not too deep; "" for everything else."""
    if len(_NESTED.findall(text)) > 1000 or _depth(text) > JSON_DEPTH:
        return ""
    try:
        laid_out = json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return ""
    return "\n".join(readable(line, STRING_BYTES) for line in laid_out.split("\n"))


def hexadecimal(data: bytes) -> str:
    """Write bytes sixteen a line: place, hexadecimal, and what of them is ASCII."""
    lines = []
    for start in range(0, len(data), 16):
        part = data[start : start + 16]
        ascii_part = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in part)
        lines.append(f"{start:08x}  {part.hex(' '):<47}  {ascii_part}")
    return "\n".join(lines)


def _depth(text: str) -> int:
    deepest = depth = 0
    for character in text:
        if character in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif character in "]}":
            depth -= 1
    return deepest


def _elements(kind: str, pairs: list[tuple[bytes, bytes]], after: str) -> ValuePage:
    shown = pairs[:MOST_SHOWN]
    rows = [
        (readable(name, ELEMENT_CHARACTERS), readable(value, ELEMENT_CHARACTERS))
        for name, value in shown
    ]
    note = f"{len(shown)} elements of this page"
    if len(shown) < len(pairs):
        note = f"the first {len(shown)} of {len(pairs)} elements that came at once"
    return ValuePage(
        kind,
        note=note,
        rows=rows,
        after=after,
        shown_bytes=sum(len(name) + len(value) for name, value in shown),
    )


def _fields(fields: Mapping[bytes, bytes] | None) -> list[bytes]:
    """Write the fields of a stream's entry as name=value."""
    return [name + b"=" + value for name, value in (fields or {}).items()]


def _start(place: str) -> int:
    return int(place) if place.isdecimal() else 0


def _further(start: int, found: int, described: Described) -> str:
    end = start + found
    return str(end) if found == ELEMENTS and end < (described.length or end + 1) else ""


def _next(cursor: int) -> str:
    return str(cursor) if cursor else ""


def _send(client: Redis, *words: Any) -> Any:
    """Send a command; the answer is as redis-py reads it."""
    return client.execute_command(*words)  # type: ignore[no-untyped-call]
