"""Documents and runs in a real Chromium: hostile Markdown, small screens, no JavaScript, keyboard."""

import itertools
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Windows
from tests.browser.test_pages import FAINT_TEXTS, PHONE
from tests.browser.xss_payloads import PAYLOADS

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

PAGE, EDIT = "/services/redis/analysis/", "/services/redis/analysis/edit/"
HOSTILE_PAGE = "/services/web-app/analysis/"
_numbers = itertools.count(1)
PLACES = (
    "{}",
    "# {}",
    "- {}",
    "> {}",
    "**{}**",
    "`{}`",
    "[a]({})",
    "[a](<{}>)",
    "![{}](https://evil.example/x.png)",
    "![a]({})",
    "<{}>",
    "| {} | b |\n|---|---|\n| {} | c |",
    "~~~{}\n{}\n~~~",
    "[r]: {}\n\n[r]",
)
HOSTILE = "# Hostile\n\n" + "\n\n".join(
    place.replace("{}", payload.replace("\n", " "))
    for payload in PAYLOADS
    for place in PLACES
)  # fmt: skip
BENIGN = """\
# Service Analysis: Redis

**Status**: ACTIVE
**Last Analyzed**: 2026-02-01

## Configuration

- **Memory**: 300MB

## Key Namespaces

| Namespace | Pattern | TTL | Purpose |
|---|---|---|---|
| `session:*` | `session:{user_id}` | 1 hour | Who is logged in, and a long text that goes on for a while |

## Usage

```
a line of code that is much wider than a telephone, and has to scroll by itself and not the whole page
```

Next Review: 2026-04-01
"""


def write(windows: Windows, text: str) -> Page:
    """Save a text through the form; give the page of the document."""
    page = windows.open(EDIT)
    page.get_by_label("Markdown").fill(text)
    page.get_by_label("What changed?").fill(f"Text {next(_numbers)}")
    page.get_by_role("button", name="Save").click()
    page.wait_for_url(f"**{PAGE}")
    return page


def test_hostile_markdown_does_nothing_and_asks_nobody(windows: Windows) -> None:
    asked: list[str] = []
    page = windows.open(f"{HOSTILE_PAGE}edit/")
    page.set_default_timeout(30_000)  # the preview and the revision have 500 paragraphs each
    page.context.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda dialog: asked.append(f"dialog {dialog.message}"))
    page.get_by_label("Markdown").fill(HOSTILE)
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("#preview")).to_be_visible()
    page.locator("#preview").get_by_role("button", name="Save").click()
    page.wait_for_url(f"**{HOSTILE_PAGE}")
    page.goto(f"{HOSTILE_PAGE}revisions/")
    page.locator(".documents a").first.click()
    page.wait_for_url("**/revisions/*/")
    page.goto(HOSTILE_PAGE)

    assert page.evaluate("window.pwned") is None
    assert [url for url in asked if not url.startswith(windows.base_url)] == []
    document = page.locator("article.document")
    assert document.evaluate(
        "e => e.querySelectorAll('script, style, img, svg, iframe, object, form, input, base, meta').length"
    ) == 0  # fmt: skip
    handlers = """e => [...e.querySelectorAll('*')].flatMap(x => [...x.attributes])
        .filter(a => a.name.startsWith('on') || ['style', 'src', 'srcdoc', 'action'].includes(a.name))
        .map(a => a.name)"""
    assert document.evaluate(handlers) == []
    schemes = "e => [...new Set([...e.querySelectorAll('a')].map(a => a.protocol))]"
    assert set(document.evaluate(schemes)) <= {"http:", "https:", "mailto:"}
    assert document.locator("text=alert(1)").count() > 10


def test_a_document_is_edited_previewed_kept_and_compared_without_javascript(
    windows: Windows,
) -> None:
    page = windows.open(EDIT, java_script_enabled=False)
    page.get_by_label("Markdown").fill(BENIGN)
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("#preview strong").first).to_have_text("Status")
    page.locator("#write").get_by_role("button", name="Save").click()
    page.wait_for_url(f"**{PAGE}")

    expect(page.get_by_text("The document says 300MB")).to_be_visible()
    expect(page.get_by_text("review due")).to_be_visible()
    page.get_by_role("link", name="Revisions").click()
    page.locator(".documents a").first.click()
    expect(page.locator("tr.added").first).to_be_visible()


def test_a_review_by_keyboard_makes_the_document_current(windows: Windows) -> None:
    page = write(windows, BENIGN.replace("300MB", "256MB"))
    expect(page.locator(".subtitle")).to_contain_text("stale")

    page.get_by_role("button", name="Keep as true").focus()
    page.keyboard.press("Enter")

    expect(page.locator(".subtitle")).to_contain_text("holds")


def test_two_people_tick_a_run_at_once_and_the_second_learns_it(windows: Windows) -> None:
    first = windows.open("/runbooks/")
    first.get_by_role("link", name="Redis memory").click()
    first.get_by_label("What for?").fill("INC-7")
    first.get_by_role("button", name="Start a run").click()
    first.wait_for_url("**/runs/*/")
    second = windows.open(first.url.removeprefix(windows.base_url))

    first.get_by_label("Note on step 1").fill("nothing evicted")
    first.locator("#step-1").get_by_role("button", name="Done").click()
    expect(first.locator("#step-1 .chip")).to_have_text("done")
    second.locator("#step-1").get_by_role("button", name="Skip").click()

    expect(second.locator(".messagelist")).to_contain_text("Step 1 is done, by")
    expect(second.locator("#step-1")).to_contain_text("nothing evicted")
    second.get_by_role("button", name="Abandoned").click()
    expect(second.locator(".subtitle")).to_contain_text("abandoned")
    first.reload()
    expect(first.get_by_role("button", name="Done")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_fits_a_phone_and_has_contrast_in_both_themes(
    windows: Windows, screenshots: Callable[[Page, str], None], scheme: str
) -> None:
    write(windows, BENIGN)
    page = windows.open("/analyses/", color_scheme=scheme, **PHONE)
    for name, path in {
        "analyses": "/analyses/",
        "analysis": PAGE,
        "analysis-missing": "/services/agents-api/analysis/",
        "analysis-edit": EDIT,
        "analysis-revisions": f"{PAGE}revisions/",
        "analysis-revision": f"{PAGE}revisions/2/",
        "runbooks": "/runbooks/",
        "runbook": "/runbooks/1/",
        "plan": "/plans/1/",
    }.items():
        page.goto(path)

        screenshots(page, f"{name}-{scheme}-360")
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, name
        ids = page.evaluate("[...document.querySelectorAll('[id]')].map((element) => element.id)")
        assert sorted(set(ids)) == sorted(ids), name
        assert page.evaluate(FAINT_TEXTS) == [], name
