"""Plain makers of events for tests."""

import itertools
from datetime import datetime
from typing import Any

from django.utils import timezone

from monitoring.events.actions import Incoming, incoming, store_events
from monitoring.events.canonical import read_strictly

_numbers = itertools.count(1)


def make_incoming(*, door: str = "test", now: datetime | None = None, **over: Any) -> Incoming:
    """Make an event that has arrived: an info from docs-site unless told."""
    document = {"service": "docs-site", "type": "deploy.success", **over}
    document.setdefault("message", f"message {next(_numbers)}")
    return incoming(door, read_strictly(document, now=now or timezone.now()))


def store(count: int = 1, **over: Any) -> list[int | None]:
    """Store so many alike; give their numbers."""
    now = timezone.now()
    return store_events([make_incoming(now=now, **over) for _ in range(count)], now=now)
