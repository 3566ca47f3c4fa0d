"""The names on Redis that services use, and how an entry of the stream is read. Pure."""

import json
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from monitoring.events.canonical import Canonical, NotJson, clean, clean_text, parse_json
from monitoring.events.canonical import read_leniently as _read

CHANNEL = "prism:events"  # PUBLISH: at most once
STREAM = "stream:events"  # XADD: at least once
CONSUMERS = "prism"  # the consumer group of the workers
# how the bridge marks what it copied from the channel
VIA, IDENTITY, DATA = b"via", b"copy_id", b"data"


def door_of(fields: Mapping[bytes, bytes]) -> str:
    """Say which way an entry came."""
    return "pubsub" if fields.get(VIA) == b"pubsub" else "stream"


def identity_of(entry_id: str, fields: Mapping[bytes, bytes]) -> str:
    """Name an entry so that it has the same name when it is delivered or copied again."""
    copied = fields.get(IDENTITY, b"") if door_of(fields) == "pubsub" else b""
    return copied.decode("ascii", "replace")[:100] or f"entry-{entry_id}"


def arrived_at(entry_id: str, now: datetime) -> datetime:
    """Read when Redis took an entry from its id; never later than now."""
    milliseconds = entry_id.partition("-")[0]
    try:
        return min(datetime.fromtimestamp(int(milliseconds) / 1000, UTC), now)
    except (ValueError, OverflowError, OSError):
        return now


def raw_text(fields: Mapping[bytes, bytes]) -> str:
    """Write an entry as text, for the quarantine."""
    if DATA in fields:
        return fields[DATA].decode("utf-8", "backslashreplace")
    pairs = {_text(name): _text(value) for name, value in fields.items()}
    return json.dumps(pairs, ensure_ascii=False)


def read_entry(fields: Mapping[bytes, bytes], *, now: datetime) -> Canonical:
    """Read one entry: JSON in the field `data` or in the only field, else the fields themselves.

    Raises `EventRefused`.
    """
    if DATA in fields:
        return read_message(fields[DATA], now=now)
    if len(fields) == 1:
        (only,) = fields.values()
        if only.lstrip().startswith(b"{"):
            return read_message(only, now=now)
    document: dict[str, Any] = {_text(name): _text(value) for name, value in fields.items()}
    if b"payload" in fields:
        with suppress(NotJson):  # a payload may be plain words
            document["payload"] = parse_json(fields[b"payload"])
    return _read(clean(document), now=now)


def read_message(raw: bytes, *, now: datetime) -> Canonical:
    """Read what was published: JSON, or else the words themselves. Raises `EventRefused`."""
    try:
        return _read(parse_json(raw), now=now)
    except NotJson:
        return _read(clean_text(raw.decode("utf-8")), now=now)


def _text(value: bytes) -> str:
    return value.decode("utf-8", "backslashreplace")
