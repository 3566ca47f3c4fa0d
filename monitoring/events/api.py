"""Events in the JSON API: send them, and read them by their numbers."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from ninja import Field, Query, Router, Schema

from monitoring.events.actions import Incoming, incoming, store_events
from monitoring.events.canonical import EventRefused, clean_text, parse_json, read_strictly
from monitoring.events.filters import LONGEST_FILTER, read_filter
from monitoring.events.models import Event, StreamHead
from monitoring.events.rows import as_json_list
from prism.core.api_access import may
from prism.core.tokens import Token

MEBIBYTE = 1024 * 1024
MOST_BODY_BYTES = 4 * MEBIBYTE
MOST_EVENTS = 500
KEY_CHARACTERS = 150

router = Router(tags=["events"])


class EventQuery(Schema):
    """Which events."""

    after: int | None = Field(None, ge=0, le=2**63 - 1, description="Those with a higher number.")
    before: int | None = Field(None, ge=0, le=2**63 - 1, description="Those with a lower number.")
    limit: int = Field(50, ge=1, le=500)
    service: str = Field("", max_length=LONGEST_FILTER)
    type: str = Field("", max_length=LONGEST_FILTER, description="How the type begins.")
    severity: str = Field("", max_length=20, description="The least severity.")
    text: str = Field("", max_length=LONGEST_FILTER)


@router.post("/events", auth=may("events.ingest"), summary="Send events")
def ingest(request: HttpRequest) -> HttpResponse:
    """Store one event, or `{"events": [...]}` or a list of up to 500; answers 202 after the commit.

    Sending the same again is safe with an `id` in each event or an `Idempotency-Key` header.
    """
    now = timezone.now()
    door = _door(request)
    key = _idempotency_key(request)
    arrived: list[Incoming] = []
    for index, (field, document) in enumerate(_documents(request.body)):
        event = read_strictly(document, now=now, field=field)
        arrived.append(incoming(door, event, f"key:{key}:{index}" if key else ""))
    seqs = store_events(arrived, now=now)
    stored = [seq for seq in seqs if seq is not None]
    answer = {"accepted": len(seqs), "stored": len(stored), "repeated": len(seqs) - len(stored)}
    return JsonResponse({**answer, "seqs": seqs}, status=202)


@router.get("/events", auth=may("events.view"), summary="Read events by number")
def events(request: HttpRequest, query: Query[EventQuery]) -> HttpResponse:
    """Give events in the order of their numbers: those `after` one, or the newest (`before` one).

    `head` is the last number there is; `epoch` changes when the numbers begin again.
    """
    rows = Event.objects.fitting(read_filter(query.dict()))
    head = StreamHead.objects.current()
    if query.before is not None:
        rows = rows.filter(seq__lt=query.before)
    if query.after is not None:
        found = list(rows.filter(seq__gt=query.after).order_by("seq")[: query.limit])
    else:
        found = list(rows.order_by("-seq")[: query.limit])[::-1]
    body = f'{{"epoch":"{head.epoch}","head":{head.seq},"items":{as_json_list(found)}}}'
    return HttpResponse(body, content_type="application/json")


def _documents(body: bytes) -> list[tuple[str, Any]]:
    """Take a body apart into events and where each stands in it."""
    document = parse_json(body, field="body", most_bytes=MOST_BODY_BYTES)
    many = document.get("events") if isinstance(document, dict) and len(document) == 1 else document
    if not isinstance(many, list):
        return [("", document)]
    if not many or len(many) > MOST_EVENTS:
        raise EventRefused("events", f"takes 1 to {MOST_EVENTS} events, not {len(many)}")
    return [(f"events.{index}", one) for index, one in enumerate(many)]


def _door(request: HttpRequest) -> str:
    principal = getattr(request, "principal", None)
    return f"token:{principal.name}" if isinstance(principal, Token) else "session"


def _idempotency_key(request: HttpRequest) -> str:
    key = clean_text(request.headers.get("Idempotency-Key", ""))
    if len(key) > KEY_CHARACTERS:
        raise EventRefused("Idempotency-Key", f"may have {KEY_CHARACTERS} characters")
    return key
