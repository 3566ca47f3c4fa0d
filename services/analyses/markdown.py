"""Parses an analysis document's Markdown, within limits, into tokens. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.token import Token

# The owner's documents have 3,000 to 10,000 characters; a page of 100,000 renders in half a second.
MAX_CHARACTERS = 100_000
# A table of a hundred columns and no cells costs more than its text is long.
MAX_TOKENS = 50_000
MAX_NESTING = 20

_WEB = re.compile(r"https?://[^/\s\\@]+(?:[/?#]\S*)?", re.IGNORECASE)
_MAIL = re.compile(r"mailto:[^\s/\\]+", re.IGNORECASE)
_DOCUMENT = re.compile(r"(?:\./)?([A-Za-z0-9][\w.-]{0,150}\.md)(?:#[\w.%-]*)?")
_PLACE = re.compile(r"#[\w.%-]{1,200}")
_LINE_ENDS = re.compile(r"\r\n?|\n")


class DocumentRefused(Exception):
    """The text cannot be kept or shown as a document; the message says why and where."""


@dataclass(frozen=True, slots=True)
class Block:
    """One readable piece: the headings above it, its lines of plain text, or a table's rows.

    `line` counts from 1. A table has `rows`, its header first; everything else has `lines`.
    """

    path: tuple[str, ...]
    kind: str  # paragraph, item or table
    line: int
    lines: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


def decode(content: bytes, *, name: str) -> str:
    """Read a file's bytes as the text to keep, byte order mark and line ends included.

    Raises DocumentRefused.
    """
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise DocumentRefused(f"{name} is not UTF-8 on line {line}") from error
    refuse_unfit(text, name=name)
    return text


def refuse_unfit(text: str, *, name: str) -> None:
    """Raise DocumentRefused for what no database keeps or no page can show."""
    if "\0" in text:
        line = len(_LINE_ENDS.findall(text, 0, text.index("\0"))) + 1
        raise DocumentRefused(f"{name} has a NUL character on line {line}")
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise DocumentRefused(f"{name} has half a surrogate pair in it")
    if not text.strip("\ufeff \t\r\n"):
        raise DocumentRefused(f"{name} is empty")
    if len(text) > MAX_CHARACTERS:
        raise DocumentRefused(
            f"{name} has {len(text):,} characters; a document has at most {MAX_CHARACTERS:,}"
        )
    if len(parse(text)) > MAX_TOKENS:
        raise DocumentRefused(f"{name} has too many list items or table cells to show")


def parse(text: str) -> list[Token]:
    """Give the tokens of CommonMark with tables and strike-through; raw HTML stays text."""
    return _parser().parse(text.removeprefix("\ufeff"))


def is_link(url: str) -> bool:
    """Say whether an address may become a link: the web, mail, a place here, another document."""
    return any(shape.fullmatch(url) for shape in (_WEB, _MAIL, _PLACE, _DOCUMENT))


def linked_document(url: str) -> str:
    """Give the file name when a link leads to another document of the folder, else ""."""
    found = _DOCUMENT.fullmatch(url)
    return found[1] if found else ""


def plain_text(inline: Token) -> str:
    """Give what a reader sees of an inline token, without marks; a line break stays one."""
    parts = []
    for child in inline.children or ():
        if child.type in ("softbreak", "hardbreak"):
            parts.append("\n")
        elif child.type in ("text", "code_inline", "image"):
            parts.append(child.content)
    return "".join(parts)


def blocks(tokens: Sequence[Token]) -> list[Block]:
    """Give paragraphs, list items and tables in order, each with the headings above it."""
    found: list[Block] = []
    path: list[tuple[int, str]] = []
    rows: list[list[str]] = []
    table_line = items = 0
    for at, token in enumerate(tokens):
        if token.type == "table_open":
            rows, table_line = [], _line(token)
        elif token.type == "tr_open":
            rows.append([])
        elif token.type == "table_close":
            shape = tuple(tuple(row) for row in rows)
            found.append(Block(_texts(path), "table", table_line, rows=shape))
        elif token.type == "hr" and not items:
            path = path[:1]  # what follows belongs to no section, such as the dates at the end
        elif token.type in ("list_item_open", "list_item_close"):
            items += token.nesting
        elif token.type == "inline":
            before = tokens[at - 1].type
            text = plain_text(token)
            if before == "heading_open":
                level = int(tokens[at - 1].tag[1])
                path = [pair for pair in path if pair[0] < level]
                path.append((level, text.strip()))
            elif before in ("th_open", "td_open"):
                rows[-1].append(text.strip())
            else:
                kind = "item" if items else "paragraph"
                lines = tuple(text.split("\n"))
                found.append(Block(_texts(path), kind, _line(token), lines=lines))
    return found


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "maxNesting": MAX_NESTING})
    parser.enable(["table", "strikethrough"])
    parser.validateLink = is_link  # type: ignore[method-assign]
    return parser


def _line(token: Token) -> int:
    return token.map[0] + 1 if token.map else 0


def _texts(path: Sequence[tuple[int, str]]) -> tuple[str, ...]:
    return tuple(text for _, text in path)
