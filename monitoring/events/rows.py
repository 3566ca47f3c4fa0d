"""An event as JSON, the same for the API, the sockets and the command line."""

import json
from collections.abc import Iterable
from typing import Any

from monitoring.events.models import Event


def as_document(row: Event) -> dict[str, Any]:
    """Give one event with its payload parsed."""
    return {**_head(row), "payload": json.loads(row.payload)}


def as_row_json(row: Event) -> str:
    """Write what a list shows of an event; its payload stays where it is."""
    return json.dumps(_head(row), ensure_ascii=False, separators=(",", ":"))


def as_json_list(rows: Iterable[Event]) -> str:
    """Write events as a JSON list; a payload is JSON already and is copied."""
    return f"[{','.join(f'{as_row_json(row)[:-1]},{_PAYLOAD}{row.payload}}}' for row in rows)}]"


_PAYLOAD = '"payload":'


def _head(row: Event) -> dict[str, Any]:
    return {
        "seq": row.seq,
        "id": row.event_id,
        "service": row.service,
        "type": row.type,
        "severity": row.severity,
        "message": row.message,
        "occurred_at": row.occurred_at.isoformat(),
        "received_at": row.received_at.isoformat(),
    }
