"""Reads tables such as Key Namespaces as declarations of Redis namespaces. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from services.analyses.markdown import Block, blocks, parse
from services.analyses.quantities import seconds

_NO_KEYS = frozenset({"n/a", "na", "-", "\u2013", "\u2014"})
_NO_TTL = frozenset({"none", "no ttl", "never", "no expiry", "persistent", "forever", "infinite"})


@dataclass(frozen=True, slots=True)
class Declaration:
    """One row: the namespace (`session:*`), its keys (`session:{user_id}`), time to live and purpose.

    `ttl` is what the document says; where that is a time, `ttl_min_s` and `ttl_max_s` are its bounds.
    `policy` is one of `range`, `maximum`, `none` (keys stay), `channel_only` (no keys, for `N/A`) and
    `unstated`. `line` counts from 1.
    """

    namespace: str
    pattern: str
    ttl: str
    policy: str
    ttl_min_s: int | None
    ttl_max_s: int | None
    purpose: str
    line: int


def read_declarations(text: str) -> tuple[Declaration, ...]:
    """Give what the tables of a document declare, in order. Never raises for a document that is kept."""
    return declarations_in(blocks(parse(text)))


def declarations_in(found: Sequence[Block]) -> tuple[Declaration, ...]:
    """Give what the tables among the blocks declare."""
    return tuple(
        declaration
        for block in found
        if block.kind == "table" and block.rows
        for declaration in _rows(block)
    )


def _rows(block: Block) -> Iterator[Declaration]:
    header = [cell.casefold() for cell in block.rows[0]]
    if "ttl" not in header or not {"namespace", "pattern"} & set(header):
        return
    for row, line in _whole_rows(block):
        cells = dict(zip(header, row, strict=False))
        namespace = cells.get("namespace", "") or cells.get("pattern", "")
        if not namespace:
            continue
        policy, least, most = _ttl(cells["ttl"])
        pattern = cells.get("pattern", "")
        yield Declaration(
            namespace=namespace,
            pattern=pattern,
            ttl=cells["ttl"],
            policy="channel_only" if _is_channel(pattern) else policy,
            ttl_min_s=least,
            ttl_max_s=most,
            purpose=cells.get("purpose", "") or cells.get("description", ""),
            line=line,
        )


def _whole_rows(block: Block) -> Iterator[tuple[tuple[str, ...], int]]:
    """Give the rows with their lines; a row that was broken over lines is joined again."""
    width = len(block.rows[0])
    begun: tuple[str, ...] = ()
    for line, row in enumerate(block.rows[1:], block.line + 2):
        filled = tuple(cell for cell in row if cell)
        if begun and len(begun) + len(filled) <= width:
            begun += filled
            if len(begun) == width:
                yield begun, line
                begun = ()
        elif len(filled) == 1 and row[0]:
            begun = filled
        else:
            yield row, line
            begun = ()


def _is_channel(pattern: str) -> bool:
    return "channel" in pattern.casefold() and ":" not in pattern


def _ttl(text: str) -> tuple[str, int | None, int | None]:
    plain = text.strip().casefold()
    if plain in _NO_KEYS:
        return "channel_only", None, None
    if plain in _NO_TTL:
        return "none", None, None
    if (span := seconds(text)) is None:
        return "unstated", None, None
    least, most = span
    return ("maximum", None, most) if least == most else ("range", least, most)
