"""What arrives, made into an event that every database, browser and terminal can take. Pure.

Two readers: `read_strictly` for the HTTP API, which names what is wrong, and `read_leniently` for what
services publish on Redis, which keeps anything whole as the payload with what could be recognised.
"""

import json
import math
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, NoReturn

from monitoring.events.filters import SEVERITIES

MOST_BYTES = 64 * 1024  # of one event, as sent and as stored
MOST_DEPTH = 32
ID_CHARACTERS, NAME_CHARACTERS, MESSAGE_CHARACTERS = 200, 100, 2000
NEWEST = timedelta(minutes=5)  # clocks differ; what is later than this is a wrong clock
OLDEST = timedelta(days=366)

FIELDS = frozenset({"id", "service", "type", "severity", "message", "payload", "occurred_at"})
# how other loggers and buses call the same things, the most likely first
OTHER_NAMES: Mapping[str, tuple[str, ...]] = {
    "id": ("id", "event_id", "uuid"),
    "service": ("service", "source", "service_name", "app"),
    "type": ("type", "event", "event_type", "kind", "name"),
    "severity": ("severity", "level"),
    "message": ("message", "msg", "text", "description"),
    "occurred_at": ("occurred_at", "timestamp", "time", "ts"),
}
OTHER_SEVERITIES = {
    "trace": "debug", "notice": "info", "success": "info", "warn": "warning", "err": "error",
    "fatal": "critical", "emergency": "critical", "alert": "critical", "crit": "critical",
}  # fmt: skip
_SURROGATE = re.compile("[\ud800-\udfff]")


class EventRefused(ValueError):
    """A message that is no event; `field` says where, as a path such as `events.3.type`."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}" if field else reason)
        self.field = field
        self.reason = reason


class NotJson(EventRefused):
    """The text is no JSON at all; on the bus it is taken for plain words."""


class Canonical(NamedTuple):
    """An event ready to be stored; `event_id` is empty when its sender gave none.

    A tuple, as thousands are made in a second.
    """

    event_id: str
    service: str
    type: str
    severity: str
    message: str
    payload: str
    occurred_at: datetime


def parse_json(raw: bytes | str, *, field: str = "", most_bytes: int = MOST_BYTES) -> Any:
    """Read JSON as RFC 8259 has it: no NaN, no number that overflows, no lone surrogate or NUL kept.

    Raises `EventRefused`.
    """
    if isinstance(raw, str):
        raw = raw.encode("utf-8", "surrogatepass")
    if len(raw) > most_bytes:
        raise EventRefused(field, f"has {len(raw)} bytes; an event may have {most_bytes}")
    try:
        document = _DECODER.decode(raw.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise EventRefused(field, f"is not UTF-8: byte {error.start}") from error
    except EventRefused as error:
        raise EventRefused(field, error.reason) from error
    except json.JSONDecodeError as error:
        raise NotJson(field, f"is not JSON: {error.msg} at character {error.pos}") from error
    except RecursionError as error:
        raise EventRefused(field, f"is nested deeper than {MOST_DEPTH} levels") from error
    except ValueError as error:  # an integer of thousands of digits
        raise EventRefused(field, "holds a number with too many digits") from error
    return document if _is_clean(raw) else clean(document, field=field)


def _is_clean(raw: bytes) -> bool:
    """Say of valid JSON, without walking through it, that `clean` would change and refuse nothing.

    NUL and lone surrogates come in only as escapes, and depth only with brackets.
    """
    return b"\\u" not in raw and raw.count(b"{") + raw.count(b"[") <= MOST_DEPTH


def clean(value: Any, *, field: str = "", depth: int = 0) -> Any:
    """Replace what no database stores and refuse what is nested too deeply; `depth` counts from 0."""
    if depth > MOST_DEPTH:
        raise EventRefused(field, f"is nested deeper than {MOST_DEPTH} levels")
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, dict):
        return {
            clean_text(key): clean(item, field=field, depth=depth + 1)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [clean(item, field=field, depth=depth + 1) for item in value]
    return value


def clean_text(text: str) -> str:
    """Replace NUL by its picture and lone surrogates by the replacement character."""
    if text.isascii():
        return text.replace("\x00", "\u2400") if "\x00" in text else text
    return _SURROGATE.sub("\ufffd", text.replace("\x00", "\u2400"))


def read_strictly(document: Any, *, now: datetime, field: str = "") -> Canonical:
    """Read an event of the API from cleaned JSON; raises `EventRefused` with the field's path."""
    path = f"{field}." if field else ""
    if not isinstance(document, dict):
        raise EventRefused(field or "body", "must be an object")
    for name in document:
        if name not in FIELDS:
            raise EventRefused(f"{path}{name[:NAME_CHARACTERS]}", "is no field of an event")
    severity = document.get("severity", "info")
    if severity not in SEVERITIES:
        raise EventRefused(f"{path}severity", f"must be one of {', '.join(SEVERITIES)}")
    when = document.get("occurred_at")
    occurred_at = now if when is None else _time(when)
    if occurred_at is None:
        raise EventRefused(f"{path}occurred_at", "must be a time such as 2026-11-23T12:00:00Z")
    return Canonical(
        event_id=_strict_text(document, "id", ID_CHARACTERS, path, needed=False),
        service=_strict_text(document, "service", NAME_CHARACTERS, path),
        type=_strict_text(document, "type", NAME_CHARACTERS, path),
        severity=severity,
        message=_strict_text(document, "message", MESSAGE_CHARACTERS, path, needed=False),
        payload=_payload_text(document.get("payload"), f"{path}payload"),
        occurred_at=clamp(occurred_at, now),
    )


def read_leniently(document: Any, *, now: datetime) -> Canonical:
    """Recognise what there is in cleaned JSON of any shape; what is not an event's is the payload whole.

    Raises `EventRefused` only for what is too large.
    """
    if isinstance(document, dict) and (ours := _as_it_is(document, now)) is not None:
        return ours
    # nothing may be lost: a document with anything of its own, or cut to fit, stays whole
    known = document if isinstance(document, dict) else {}
    found = {name: _first(known, other) for name, other in OTHER_NAMES.items()}
    severity = str(found["severity"]).lower() if isinstance(found["severity"], str) else ""
    severity = OTHER_SEVERITIES.get(severity, severity)
    occurred_at = _time(found["occurred_at"]) or now
    message = document if isinstance(document, str) else found["message"]
    return Canonical(
        event_id=_identity(found["id"]),
        service=_short(found["service"], NAME_CHARACTERS) or "unknown",
        type=_short(found["type"], NAME_CHARACTERS) or "message",
        severity=severity if severity in SEVERITIES else "info",
        message=_short(message, MESSAGE_CHARACTERS),
        payload=_payload_text(document, "payload"),
        occurred_at=clamp(occurred_at, now),
    )


def clamp(occurred_at: datetime, now: datetime) -> datetime:
    """Take a time that cannot be true for the time of arrival."""
    return occurred_at if now - OLDEST <= occurred_at <= now + NEWEST else now


def _no_constant(name: str) -> NoReturn:
    raise EventRefused("", f"holds {name}, which is not JSON")


def _finite_float(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise EventRefused("", "holds a number that is too large")
    return number


def _strict_text(
    document: Mapping[str, Any], name: str, most: int, path: str, *, needed: bool = True
) -> str:
    value = document.get(name)
    if value is None and not needed:
        return ""
    if not isinstance(value, str) or (needed and not value.strip()):
        raise EventRefused(f"{path}{name}", "must be a text" if value is not None else "is missing")
    if len(value) > most:
        raise EventRefused(f"{path}{name}", f"may have {most} characters, not {len(value)}")
    return value


# made once: json.loads and json.dumps with options make one for every text
_DECODER = json.JSONDecoder(parse_constant=_no_constant, parse_float=_finite_float)
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _payload_text(payload: Any, field: str) -> str:
    if payload is None:
        return "null"
    text = _ENCODER.encode(payload)
    if len(text) * 4 > MOST_BYTES and len(text.encode()) > MOST_BYTES:
        raise EventRefused(field, f"may have {MOST_BYTES} bytes as JSON")
    return text


def _time(value: Any) -> datetime | None:
    """Read ISO 8601 or a Unix time in seconds or milliseconds; None for anything else."""
    try:
        if isinstance(value, str):
            found = datetime.fromisoformat(value)
            return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return datetime.fromtimestamp(value / 1000 if value > 1e11 else value, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return None


def _first(document: Mapping[str, Any], names: Iterable[str]) -> Any:
    return next((document[name] for name in names if document.get(name) not in (None, "")), None)


def _as_it_is(document: dict[str, Any], now: datetime) -> Canonical | None:
    """Read an event whose every field is stored in its own column without a loss; None for another."""
    if not document.keys() <= FIELDS:
        return None
    try:
        read = read_strictly(document, now=now)
    except EventRefused:
        return None
    when = document.get("occurred_at")
    return read if when is None or _time(when) == read.occurred_at else None


def _short(value: Any, most: int) -> str:
    if value is None or isinstance(value, dict | list):
        return ""
    text = value if isinstance(value, str) else json.dumps(value)
    return text if len(text) <= most else text[: most - 1] + "…"


def _identity(value: Any) -> str:
    """Take an id only when it is one: cut off, two different ones could become the same."""
    text = _short(value, ID_CHARACTERS + 1)
    return text if len(text) <= ID_CHARACTERS else ""
