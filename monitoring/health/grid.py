"""Draws the rows of the System page in one go: a thousand rows through template nodes take too long.

Everything that is not written here goes through `html.escape`, quotation marks included.
"""

from collections.abc import Iterator, Sequence
from html import escape

from django.utils import timezone
from django.utils.safestring import SafeString

from monitoring.health.cells import NO_NUMBER, Cell, age
from monitoring.health.system import Place, Row


def draw_rows(rows: Sequence[Row], environments: Sequence[str]) -> SafeString:
    """Give the rows of the table's body.

    Each place carries its environment: on a small screen there are no columns to tell it.
    """
    starts = [f'" data-env="{escape(name)}">' for name in environments]
    return SafeString("".join(part for row in rows for part in _row(row, starts)))


def _row(row: Row, starts: Sequence[str]) -> Iterator[str]:
    url = escape(row.url)
    yield (
        f'<tr><th scope="row"><a href="{url}">{escape(row.name)}</a>'
        f'<div class="muted">{escape(row.kind)}</div></th>'
        f'<td class="hide-s muted">{escape(row.project)}</td>'
    )
    for place, start in zip(row.places, starts, strict=True):
        css = "place" if place.cell or place.is_planned else "place empty"
        yield f'<td class="{css}{start}{_place(place, url)}</td>'
    yield f'<td class="hide-s mono">{_version(row)}</td><td class="hide-s">'
    yield str(row.bars or '<span class="none">not probed</span>')
    yield "</td></tr>\n"


def _place(place: Place, url: str) -> str:
    if place.cell is not None:
        return _chip(place.cell, url)
    if place.is_planned:
        return f'<span class="chip planned">{escape(place.words)}</span>'
    return f'<span class="none">{escape(place.words)}</span>'


def _chip(cell: Cell, url: str) -> str:
    """Draw a cell; `url` is escaped already, and its class is a word of ours."""
    stale = " data-stale" if cell.is_stale else ""
    return (
        f'<a class="chip {cell.css}" href="{url}?check={cell.check_id}#reading"'
        f' title="{escape(cell.title)}"{stale}>{escape(cell.label)}</a>'
    )


def _version(row: Row) -> str:
    if row.deployment is None:
        return NO_NUMBER
    since = age(timezone.now() - row.deployment.at)
    return f'{escape(row.deployment.short)}<div class="muted">{since} ago</div>'
