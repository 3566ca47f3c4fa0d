"""The console's own events from its audit trail: catalog changes and log-ins of administrators.

The trail is written in the transaction of the act itself, so it is the outbox: whoever publishes from it
misses nothing, and publishing twice is the same event by its id.
"""

import json
import threading
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Q
from django.utils import timezone

from monitoring.events.actions import CONSOLE, Incoming, incoming, store_events
from monitoring.events.canonical import clean, read_leniently
from prism.core.audit_entry import AuditEntry

LOOK_EVERY_S = 2.0
LOOK_BACK = timedelta(days=1)  # what happened while no worker ran
MOST = 500
# the action of the trail, the type of the event, and what it is in words
CATALOG: Mapping[str, tuple[str, str]] = {
    "catalog.edit": ("catalog.changed", "edited the catalog"),
    "manifest.apply": ("catalog.applied", "applied a manifest"),
    "manifest.revert": ("catalog.reverted", "reverted a change set"),
    "catalog.delete": ("catalog.deleted", "deleted from the catalog"),
}
LOGGED_IN = "login.ok"


class News:
    """Publishes what is new in the trail; each process remembers how far it looked."""

    def __init__(self, stop: threading.Event) -> None:
        self.stop = stop
        self._number: int | None = None

    def run_once(self) -> None:
        """Publish what is new, then wait for two seconds."""
        if not self.publish(timezone.now()):
            self.stop.wait(LOOK_EVERY_S)

    def publish(self, now: datetime) -> int:
        """Publish a page of news; say how many entries were looked at."""
        after = Q(at__gt=now - LOOK_BACK) if self._number is None else Q(number__gt=self._number)
        entries = list(
            AuditEntry.objects.filter(after, action__in=[*CATALOG, LOGGED_IN]).order_by("number")[
                :MOST
            ]
        )
        administrators = _administrators(entries)
        store_events(
            [_event(entry) for entry in entries
             if entry.action in CATALOG or entry.actor_id in administrators],
            now=now,
        )  # fmt: skip
        if entries:
            self._number = entries[-1].number
        return len(entries)


def _administrators(entries: list[AuditEntry]) -> set[int | None]:
    """Give those of the people who logged in who are administrators. No query when nobody did."""
    logged_in = (entry for entry in entries if entry.action == LOGGED_IN)
    people = {entry.actor_id for entry in logged_in if entry.actor_id is not None}
    if not people:
        return set()
    administrators = Q(is_superuser=True) | Q(groups__name="admin")
    return set(User.objects.filter(administrators, pk__in=people).values_list("pk", flat=True))


def _event(entry: AuditEntry) -> Incoming:
    document: dict[str, Any] = {
        "id": f"audit-{entry.number}",
        "service": "prism",
        "occurred_at": entry.at.isoformat(),
        "severity": "info",
        "payload": {"audit_entry": entry.number},
    }
    if entry.action == LOGGED_IN:
        document |= {"type": "admin.login", "message": f"{entry.actor_name} logged in"}
    else:
        kind, words = CATALOG[entry.action]
        details = json.loads(entry.details)
        why = f": {details['message']}" if details.get("message") else ""
        message = f"{entry.actor_name} {words}, {entry.target}{why}"
        document |= {"type": kind, "message": message[:2000]}
        document["payload"] |= {"target": entry.target, "counts": details.get("counts")}
    now = max(timezone.now(), entry.at)
    return incoming(CONSOLE, read_leniently(clean(document), now=now))
