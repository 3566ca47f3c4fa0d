"""Whatever the Markdown says, what is rendered has no script, no handler, no unsafe address."""

import os
import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.analyses.rendering import (
    ATTRIBUTES,
    CLASSES,
    PLACE,
    SCHEMES,
    TAGS,
    render,
    sanitize,
    slug,
)
from tests.browser.xss_payloads import PAYLOADS
from tests.services.analyses.making import REDIS

EXAMPLES = int(os.environ.get("PRISM_TEST_MARKDOWN_EXAMPLES", "150"))
PIECES = [
    *("<script>", "</script>", "<img src=x onerror=alert(1)>", "<svg/onload=alert(1)>", "<!--", "-->"),
    *("[a](", "![a](", "javascript:alert(1)", "JaVa\tScRiPt:alert(1)", "java&#10;script:alert(1)"),
    *("data:text/html,<script>", "vbscript:x", "//evil.example/", "https://ok.example/?q=\"onx=1"),
    *(")", "]", "[x]: ", "[x]", "<", ">", "\"", "'", " onclick=alert(1) ", " style=color:red "),
    *("`", "```", "\n", "\n\n", "    ", "- ", "> ", "# ", "| a | b |\n|---|--:|\n", "| ", "|", "**"),
    *("&lt;script&gt;", "&#x6a;avascript:", "\\", "\x00", "\ufeff", "\u2028", "<https://", "<a@b.c>"),
    *("~~", "<a href='javascript:1'>", "</div></article>", "{{ x }}", "{% x %}", "é", "🙂", "a"),
]  # fmt: skip
HOSTILE = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=8)), max_size=40).map(
    "".join
)


class Reader(HTMLParser):
    """Collects every tag, attribute and address as a browser would see them."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.complaints: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in TAGS:
            self.complaints.append(f"<{tag}>")
        if tag not in ("br", "hr"):
            self.open.append(tag)
        for name, value in attrs:
            self._judge(tag, name, value or "")

    def _judge(self, tag: str, name: str, value: str) -> None:
        if name == "class":
            if not set(value.split()) <= CLASSES.get(tag, frozenset()):
                self.complaints.append(f"{tag} class={value}")
        elif name not in ATTRIBUTES.get(tag, frozenset()):
            self.complaints.append(f"{tag} {name}={value}")
        elif name == "href":
            scheme = re.match(r"([a-z][a-z0-9+.-]*):", value.strip().lower())
            is_here = value.startswith(("#" + PLACE, "/analyses/"))
            if not (scheme[1] in SCHEMES if scheme else is_here):
                self.complaints.append(f"href {value}")
        elif name == "id" and not value.startswith(PLACE):
            self.complaints.append(f"id {value}")

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.complaints.append(f"</{tag}> closes nothing")

    def handle_comment(self, data: str) -> None:
        self.complaints.append("comment")

    def handle_decl(self, decl: str) -> None:
        self.complaints.append("declaration")

    def handle_pi(self, data: str) -> None:
        self.complaints.append("processing instruction")


def complaints(html: str) -> list[str]:
    reader = Reader()
    reader.feed(html)
    reader.close()
    return reader.complaints + [f"<{tag}> stays open" for tag in reader.open]


def test_the_reader_of_these_tests_complains():
    assert complaints('<p onclick="x">a</p>') == ["p onclick=x"]
    assert complaints("<script>x</script>") == ["<script>"]
    assert complaints('<a href="javascript:x">a</a>') == ["href javascript:x"]
    assert complaints("<p>") == ["<p> stays open"]


@settings(max_examples=EXAMPLES, deadline=None)
@given(HOSTILE)
def test_any_text_renders_without_anything_that_acts(text):
    assert complaints(render(text).html) == []


@settings(max_examples=EXAMPLES // 2, deadline=None)
@given(HOSTILE)
def test_the_second_line_alone_holds_too(html):
    assert complaints(sanitize(html)) == []


@pytest.mark.parametrize("payload", PAYLOADS)
@pytest.mark.parametrize(
    "place", ["{}", "[a]({})", "![{}](x)", "# {}", "| {} |\n|---|\n| {} |", "<{}>", "`{}`", "```{}\n{}\n```"]
)  # fmt: skip
def test_known_attacks_stay_text(payload, place):
    assert complaints(render(place.replace("{}", payload)).html) == []


def test_html_is_shown_as_text():
    html = render("<b onclick=x>bold</b> & <!-- note -->").html

    assert html == "<p>&lt;b onclick=x&gt;bold&lt;/b&gt; &amp; &lt;!-- note --&gt;</p>\n"


@pytest.mark.parametrize(
    ("markdown", "href"),
    [
        ("[a](https://x.example/y?z=1#w)", "https://x.example/y?z=1#w"),
        ("<https://x.example/>", "https://x.example/"),
        ("[a](mailto:ops@x.example)", "mailto:ops@x.example"),
        ("[a](redis.md)", "/analyses/redis.md"),
        ("[a](./redis.md#usage)", "/analyses/redis.md"),
        ("[a](#Key-Namespaces)", "#doc-key-namespaces"),
    ],
)
def test_these_become_links(markdown, href):
    assert f'href="{href}"' in render(markdown).html


@pytest.mark.parametrize(
    "target",
    [
        *("javascript:alert(1)", "data:text/html,x", "vbscript:x", "file:///etc/passwd", "ftp://x/"),
        *("//evil.example/x", "/admin/logout/", "../secret.md", "https://good.example@evil.example/"),
        *("https:evil.example", "https:\\\\evil.example", "/\\evil.example", "x.md?next=//evil"),
    ],
)  # fmt: skip
def test_these_do_not(target):
    assert "<a" not in render(f"[a](<{target}>)").html


def test_an_image_is_a_link_and_never_loads():
    html = render(
        "![a chart](https://x.example/c.png) ![b](data:image/png;base64,AA) ![c](c.png)"
    ).html

    assert "<img" not in html
    assert ">image: a chart</a>" in html


def test_a_link_outside_tells_nobody_where_it_came_from():
    assert 'rel="noopener noreferrer nofollow external"' in render("[a](https://x.example/)").html


def test_headings_stand_below_the_pages_own_and_have_places_of_their_own():
    rendered = render("# Title\n\n## Same\n\n## Same\n\n###### Deep\n")

    assert [(h.level, h.text, h.id) for h in rendered.headings] == [
        (2, "Title", "doc-title"),
        (3, "Same", "doc-same"),
        (3, "Same", "doc-same-1"),
        (6, "Deep", "doc-deep"),
    ]
    assert all(f'id="{h.id}"' in rendered.html for h in rendered.headings)


def test_the_owners_kind_of_document_renders_whole():
    html = render(REDIS).html

    assert "<strong>Status</strong>: ✅ ACTIVE (Production)<br>" in html
    assert '<div class="scroll" tabindex="0" role="region" aria-label="Table">' in html
    assert "<td><code>session:{user_id}</code></td>" in html
    assert 'href="/analyses/blackroad-backend.md"' in html
    assert complaints(html) == []


def test_a_number_column_is_a_class_and_no_style():
    html = render("| a |\n|--:|\n| 1 |\n").html

    assert '<td class="num">1</td>' in html
    assert "style" not in html


def test_deep_nesting_ends():
    for text in (">" * 20_000 + "a", "- " * 10_000 + "a", "[" * 20_000, "*a _b " * 5_000):
        assert complaints(render(text).html) == []


def test_a_slug_is_the_one_of_git_hosts():
    assert slug("Key Namespaces & TTLs (2026)") == "key-namespaces--ttls-2026"
