"""Renders an analysis document as HTML that is safe to show, whoever wrote the Markdown. Pure.

1. Raw HTML is text, and only the links of `is_link` become links: the parser's doing.
2. The tokens are brought to what the console's pages allow: no style attributes, headings below the
   page's own, images as links to them.
3. The sanitizer drops whatever is not on the list below, in case 1 and 2 ever miss something.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

from services.analyses.markdown import linked_document, parse, plain_text

TAGS = frozenset(
    [
        *("h2", "h3", "h4", "h5", "h6", "p", "br", "hr", "ul", "ol", "li", "blockquote", "pre"),
        *("code", "em", "strong", "s", "a", "div"),
        *("table", "thead", "tbody", "tr", "th", "td"),
    ]
)
ATTRIBUTES: Mapping[str, frozenset[str]] = {
    "a": frozenset({"href", "rel"}),
    "ol": frozenset({"start"}),
    "th": frozenset({"scope"}),
    "pre": frozenset({"tabindex"}),
    "div": frozenset({"tabindex", "role", "aria-label"}),
    **{f"h{level}": frozenset({"id"}) for level in range(2, 7)},
}
CLASSES: Mapping[str, frozenset[str]] = {
    "div": frozenset({"scroll"}),
    "td": frozenset({"num"}),
    "th": frozenset({"num"}),
}
SCHEMES = frozenset({"http", "https", "mailto"})
OUTSIDE = "noopener noreferrer nofollow external"
PLACE = "doc-"  # before every id, so that no heading takes the name of a part of the page
MAX_HEADINGS = 200

_TASK = re.compile(r"\[([ xX])\]\s")
_FIELD_LINE = re.compile(r"[^\W_][\w /-]{0,39}:\s+\S")


@dataclass(frozen=True, slots=True)
class Heading:
    """One heading of the document: its level on the page (2 to 6), its text and its id."""

    level: int
    text: str
    id: str


@dataclass(frozen=True, slots=True)
class Rendered:
    """A document as HTML, with its headings for the table of contents."""

    html: str
    headings: tuple[Heading, ...]


@lru_cache(maxsize=64)
def render(text: str) -> Rendered:
    """Give the document as safe HTML; the same text is rendered once in a process."""
    tokens = parse(text)
    headings = _name_headings(tokens)
    for token in tokens:
        _adapt(token)
    renderer = MarkdownIt("commonmark", {"html": False})
    html = renderer.renderer.render(_wrapped(tokens), renderer.options, {})
    return Rendered(sanitize(html), tuple(headings))


def sanitize(html: str) -> str:
    """Drop every tag, attribute and address scheme that a document has no use for."""
    return nh3.clean(
        html,
        tags=set(TAGS),
        clean_content_tags={"script", "style"},
        attributes={tag: set(names) for tag, names in ATTRIBUTES.items()},
        allowed_classes={tag: set(names) for tag, names in CLASSES.items()},
        url_schemes=set(SCHEMES),
        link_rel=None,
        strip_comments=True,
    )


def slug(text: str) -> str:
    """Give a heading's place as GitHub does: lower case, words joined by hyphens."""
    normal = unicodedata.normalize("NFKC", text).strip().lower()
    return re.sub(r"\s", "-", re.sub(r"[^\w\s-]", "", normal))[:80]


def _name_headings(tokens: Sequence[Token]) -> list[Heading]:
    """Move the headings below the page's own and give each an id of its own."""
    headings: list[Heading] = []
    taken: dict[str, int] = {}
    for at, token in enumerate(tokens):
        if token.type not in ("heading_open", "heading_close"):
            continue
        level = min(6, int(token.tag[1]) + 1)
        token.tag = f"h{level}"
        if token.type == "heading_close" or len(headings) >= MAX_HEADINGS:
            continue
        text = plain_text(tokens[at + 1]).replace("\n", " ").strip()
        place = slug(text) or "section"
        taken[place] = taken.get(place, 0) + 1
        again = f"-{taken[place] - 1}" if taken[place] > 1 else ""
        heading = Heading(level, text, f"{PLACE}{place}{again}")
        token.attrs = {"id": heading.id}
        headings.append(heading)
    return headings


def _adapt(token: Token) -> None:
    """Bring one token, and those inside, to what the console's pages allow."""
    if token.type in ("th_open", "td_open"):
        is_number = "right" in str(token.attrs.get("style", ""))
        token.attrs = {"class": "num"} if is_number else {}
        if token.tag == "th":
            token.attrs["scope"] = "col"
    elif token.type in ("fence", "code_block"):
        token.type, token.info = "code_block", ""
        token.attrs = {}
    elif token.type == "inline" and token.children:
        _adapt_inline(token)


def _adapt_inline(token: Token) -> None:
    children = token.children or []
    is_fields = _is_fields(children)
    adapted: list[Token] = []
    for child in children:
        if child.type == "link_open":
            child.attrs = _link(str(child.attrs.get("href", "")))
        elif child.type == "softbreak" and is_fields:
            child.type, child.tag = "hardbreak", "br"
        elif child.type == "image":
            adapted += _image(child)
            continue
        adapted.append(child)
    if adapted and adapted[0].type == "text" and (task := _TASK.match(adapted[0].content)):
        box = "☐ " if task[1] == " " else "☑ "
        adapted[0].content = box + adapted[0].content[task.end() :]
    token.children = adapted


def _is_fields(children: Sequence[Token]) -> bool:
    """Say whether every line is `Label: value`, as in the head of a document."""
    holder = Token("inline", "", 0, children=list(children))
    lines = plain_text(holder).split("\n")
    return len(lines) > 1 and all(_FIELD_LINE.match(line.strip()) for line in lines)


def _link(href: str) -> dict[str, str | int | float]:
    if href.startswith("#"):
        return {"href": f"#{PLACE}{href[1:].lower()}"}
    if name := linked_document(href):
        return {"href": f"/analyses/{name}"}
    return {"href": href, "rel": OUTSIDE}


def _image(child: Token) -> list[Token]:
    """Show an image as words: the pages load nothing from outside, and documents bring no files."""
    words = child.content or "without a description"
    source = str(child.attrs.get("src", ""))
    text = Token("text", "", 0, content=f"image: {words}")
    if not source.lower().startswith(("http://", "https://")):
        return [text]
    opened = Token("link_open", "a", 1, attrs=_link(source))
    return [opened, text, Token("link_close", "a", -1)]


def _wrapped(tokens: Sequence[Token]) -> list[Token]:
    """Let wide tables and code scroll by themselves, by keyboard too."""
    wrapped: list[Token] = []
    for token in tokens:
        if token.type == "table_open":
            region: dict[str, str | int | float] = {
                "class": "scroll",
                "tabindex": 0,
                "role": "region",
                "aria-label": "Table",
            }
            wrapped += [Token("div_open", "div", 1, attrs=region, block=True), token]
        elif token.type == "table_close":
            wrapped += [token, Token("div_close", "div", -1, block=True)]
        else:
            if token.type == "code_block":
                token.attrs = {"tabindex": 0}
            wrapped.append(token)
    return wrapped
