"""Pages of the JSON API: an opaque cursor that says after which row to go on."""

import base64
import binascii
import json
from collections.abc import Callable
from typing import Any, TypeVar

from django.db import models
from ninja import Field, Schema

DEFAULT_ITEMS = 50
MOST_ITEMS = 200

Row = TypeVar("Row", bound=models.Model)


class CursorInvalid(ValueError):
    """The cursor is not one that this API gave out."""


class PageQuery(Schema):
    """Which page: how many items, and the `next_cursor` of the page before."""

    limit: int = Field(DEFAULT_ITEMS, ge=1, le=MOST_ITEMS, description="How many items at most.")
    cursor: str = Field("", max_length=500, description="The `next_cursor` of the page before.")


def page_of(
    rows: models.QuerySet[Row], query: PageQuery, *, order_by: str, as_item: Callable[[Row], Any]
) -> dict[str, Any]:
    """Give one page as `{"items": [...], "next_cursor": text or null}`. One query and its prefetches.

    `order_by` is a unique, never changing column: rows that come and go between two pages shift nothing.
    """
    ordered = rows.order_by(order_by)
    if query.cursor:
        ordered = ordered.filter(**{f"{order_by}__gt": _position(query.cursor)})
    found = list(ordered[: query.limit + 1])
    page = found[: query.limit]
    has_more = len(found) > query.limit
    return {
        "items": [as_item(row) for row in page],
        "next_cursor": _cursor(getattr(page[-1], order_by)) if has_more else None,
    }


def _cursor(position: str | int) -> str:
    return base64.urlsafe_b64encode(json.dumps([position]).encode()).decode().rstrip("=")


def _position(cursor: str) -> str | int:
    try:
        document = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError, RecursionError) as error:
        raise CursorInvalid from error
    if not isinstance(document, list) or len(document) != 1:
        raise CursorInvalid
    position = document[0]
    if isinstance(position, bool) or not isinstance(position, str | int):
        raise CursorInvalid
    if isinstance(position, str) and ("\x00" in position or not position.isprintable()):
        raise CursorInvalid
    return position
