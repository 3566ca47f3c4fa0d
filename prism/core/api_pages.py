"""Pages of the JSON API: an opaque cursor that says after which row to go on."""

import base64
import binascii
import json
from collections.abc import Callable
from typing import Any, TypeVar

from django.db import connection, models
from ninja import Field, Schema

DEFAULT_ITEMS = 50
MOST_ITEMS = 200

Row = TypeVar("Row", bound=models.Model)


class CursorInvalid(ValueError):
    """The cursor is not one that this API gave out."""


NO_NUL = r"^[^\x00]*$"  # PostgreSQL neither keeps a text with NUL nor looks for one


class PageQuery(Schema):
    """Which page: how many items, and the `next_cursor` of the page before."""

    limit: int = Field(DEFAULT_ITEMS, ge=1, le=MOST_ITEMS, description="How many items at most.")
    cursor: str = Field("", max_length=500, description="The `next_cursor` of the page before.")


def page_of(
    rows: models.QuerySet[Row], query: PageQuery, *, order_by: str, as_item: Callable[[Row], Any]
) -> dict[str, Any]:
    """Give one page as `{"items": [...], "next_cursor": text or null}`. One query and its prefetches.

    `order_by` is a unique, never changing column, with `-` for the greatest first: rows that come and go
    between two pages shift nothing.
    """
    column = order_by.removeprefix("-")
    ordered = rows.order_by(order_by)
    if query.cursor:
        position = _position(query.cursor, rows.model._meta.get_field(column))
        beyond = "lt" if order_by.startswith("-") else "gt"
        ordered = ordered.filter(**{f"{column}__{beyond}": position})
    found = list(ordered[: query.limit + 1])
    page = found[: query.limit]
    has_more = len(found) > query.limit
    return {
        "items": [as_item(row) for row in page],
        "next_cursor": _cursor(getattr(page[-1], column)) if has_more else None,
    }


def _cursor(position: str | int) -> str:
    return base64.urlsafe_b64encode(json.dumps([position]).encode()).decode().rstrip("=")


def _position(cursor: str, field: Any) -> str | int:
    """Read where a page began; raises CursorInvalid for what cannot stand in the column."""
    try:
        document = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError, RecursionError) as error:
        raise CursorInvalid from error
    if not isinstance(document, list) or len(document) != 1:
        raise CursorInvalid
    position = document[0]
    if isinstance(field, models.IntegerField):  # every automatic number is one
        least, most = connection.ops.integer_field_range(field.get_internal_type())
        if type(position) is int and least <= position <= most:
            return position
    elif isinstance(position, str) and position.isprintable():
        return position
    raise CursorInvalid
