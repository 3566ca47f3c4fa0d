"""What the hub reads from SQL: what is new by number, pages for who is behind, the newest for who is new."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import close_old_connections

from monitoring.events.filters import EventFilter
from monitoring.events.models import Event, StreamHead
from monitoring.events.rows import as_row_json

PAGE = 500
NEWEST_ROWS = 200

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class NewEvents:
    """What there is after a number: `until` is how far this reaches, `head` the last number there is."""

    epoch: str
    head: int
    until: int
    events: list[tuple[Event, str]]


@dataclass(frozen=True, slots=True)
class Page:
    """The rows of one filter up to and with a number, as JSON."""

    until: int
    rows: list[str]


def in_thread(
    read: Callable[Parameters, Result],
) -> Callable[Parameters, Result]:
    """Let a read run in any thread: it leaves no connection behind."""

    @wraps(read)
    def reading(*arguments: Parameters.args, **named: Parameters.kwargs) -> Result:
        try:
            return read(*arguments, **named)
        finally:
            close_old_connections()

    return reading


@in_thread
def read_new(after: int | None) -> NewEvents:
    """Read a page of what is new; with None only where the end is. One or two queries."""
    head = StreamHead.objects.current()
    if after is None or head.seq <= after:
        return NewEvents(str(head.epoch), head.seq, head.seq, [])
    until = min(head.seq, after + PAGE)
    rows = Event.objects.between(after, until).defer("payload")
    return NewEvents(str(head.epoch), head.seq, until, [(row, as_row_json(row)) for row in rows])


@in_thread
def read_page(asked: EventFilter, after: int, until: int) -> Page:
    """Read what a filter keeps between two numbers, a page of it."""
    rows = list(Event.objects.between(after, until).fitting(asked).defer("payload")[:PAGE])
    reached = rows[-1].seq if len(rows) == PAGE else until
    return Page(reached, [as_row_json(row) for row in rows])


@in_thread
def read_newest(asked: EventFilter, until: int) -> Page:
    """Read the newest that a filter keeps, in their order."""
    rows = list(Event.objects.for_page(asked, before=until + 1).defer("payload")[:NEWEST_ROWS])
    return Page(until, [as_row_json(row) for row in reversed(rows)])
