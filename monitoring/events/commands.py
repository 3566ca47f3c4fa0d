"""`prism events publish` and `prism events tail`."""

import json
import sys
import time
from argparse import Namespace

from django.db import close_old_connections
from django.utils import timezone

from monitoring.events.actions import incoming, store_events
from monitoring.events.canonical import EventRefused, clean, parse_json, read_strictly
from monitoring.events.filters import EventFilter
from monitoring.events.models import Event
from monitoring.events.rows import as_document
from monitoring.events.wakeup import finish_waking
from prism.core.answer import Answer, CommandFailed
from prism.core.terminal import Terminal, printable

LOOK_EVERY_S = 0.5
PAGE = 500
COLOURS = {"debug": "dim", "info": "", "warning": "yellow", "error": "red", "critical": "red"}


def events(arguments: Namespace, terminal: Terminal) -> Answer:
    """Answer `prism events`."""
    return _publish(arguments) if arguments.what == "publish" else _tail(arguments, terminal)


def _publish(arguments: Namespace) -> Answer:
    """Store one event; the answer has its number."""
    fields = {"id": arguments.id, "service": arguments.service, "type": arguments.type,
              "severity": arguments.severity or "info", "message": arguments.message}  # fmt: skip
    document = {name: value for name, value in fields.items() if value}
    now = timezone.now()
    try:
        if arguments.payload:
            document["payload"] = parse_json(arguments.payload, field="--payload")
        event = read_strictly(clean(document), now=now)
    except EventRefused as error:
        raise CommandFailed(f"--{error.field.lstrip('-')} {error.reason}") from error
    (seq,) = store_events([incoming("cli", event)], now=now)
    finish_waking()
    text = f"Stored as event {seq}." if seq else "This event was stored before."
    return Answer({"seq": seq, "is_new": seq is not None}, text)


def _tail(arguments: Namespace, terminal: Terminal) -> Answer:
    """Show the newest events, oldest of them first, then what comes until Ctrl-C."""
    asked = EventFilter(
        service=arguments.service, type=arguments.type, severity=arguments.severity or ""
    )
    rows = list(Event.objects.for_page(asked)[: max(0, arguments.limit)])[::-1]
    if arguments.no_follow:
        lines = "\n".join(_line(row, terminal) for row in rows)
        return Answer({"events": [as_document(row) for row in rows]}, lines or "No events.")
    position = Event.objects.for_page(EventFilter()).values_list("seq", flat=True).first() or 0
    while True:
        for row in rows:
            as_json = json.dumps(as_document(row), ensure_ascii=False)
            sys.stdout.write(f"{as_json if arguments.json else _line(row, terminal)}\n")
        sys.stdout.flush()
        if not rows:
            time.sleep(LOOK_EVERY_S)
        close_old_connections()
        fitting = Event.objects.fitting(asked).filter(seq__gt=position).order_by("seq")
        rows = list(fitting[:PAGE])
        position = rows[-1].seq if rows else position


def _line(row: Event, terminal: Terminal) -> str:
    severity = terminal.paint(f"{row.severity:<8}", COLOURS[row.severity])
    parts = (f"{row.seq:>7}", f"{row.occurred_at:%Y-%m-%d %H:%M:%S}", severity)
    words = f"{row.service}  {row.type}  {row.message}".rstrip()
    return "  ".join((*parts, printable(words)))
