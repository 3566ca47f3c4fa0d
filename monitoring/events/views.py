"""The page of events, which is a paged list by itself and live with JavaScript; and that of one event."""

import json
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from monitoring.events.filters import SEVERITIES, read_filter
from monitoring.events.links import links_of
from monitoring.events.models import Event, QuarantinedMessage, StreamHead
from prism.core.access import console_view
from services.catalog.models import Service

PAGE_ROWS = 100
LARGEST_SEQ = 2**63 - 1


@require_safe
@console_view("events.view")
def events(request: HttpRequest) -> HttpResponse:
    """Show the newest events that the address asks for; `?before=N` those before a number."""
    asked = read_filter(request.GET)
    before = _number(request.GET.get("before"))
    head = StreamHead.objects.current()
    rows = list(Event.objects.for_page(asked, before=before).defer("payload")[: PAGE_ROWS + 1])
    has_older = len(rows) > PAGE_ROWS
    rows = rows[:PAGE_ROWS]
    context = {
        "rows": rows,
        "head": head,
        "asked": asked,
        "query": urlencode(asked.as_query()),
        "older": rows[-1].seq if has_older else None,
        "before": before,
        "severities": SEVERITIES,
        "quarantined": QuarantinedMessage.objects.count(),
        "now": timezone.now(),
    }
    return render(request, "events/events.html", context)


@require_safe
@console_view("events.view")
def event(request: HttpRequest, seq: int) -> HttpResponse:
    """Show one event whole."""
    row = Event.objects.filter(seq=seq).first() if seq <= LARGEST_SEQ else None
    if row is None:
        raise Http404("There is no such event, or it was too old to keep.")
    payload = json.loads(row.payload)
    context = {
        "event": row,
        "payload": json.dumps(payload, ensure_ascii=False, indent=2),
        "has_payload": payload is not None,
        "service": Service.objects.filter(name=row.service).first(),
        "links": links_of(row, payload),
    }
    return render(request, "events/event.html", context)


def _number(text: str | None) -> int | None:
    """Read a number of an event; None for anything that is none."""
    if not text or not text.isascii() or not text.isdecimal() or len(text) > 18:
        return None
    return int(text)
