"""The catalog's own pages in a real Chromium: small screens, no JavaScript, keyboard, live search."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Windows

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

PHONE = {"viewport": {"width": 360, "height": 740}}
PAGES = {
    "home": "/",
    "home-check": "/?check=no-owner",
    "catalog-checks": "/checks/",
    "service": "/services/blackroad-backend/",
    "files": "/services/blackroad-backend/files/",
    "database": "/services/postgres/",
    "planned-service": "/services/web-app/",
    "project": "/projects/blackroad-core/",
    "roadmap": "/roadmap/",
    "graph": "/graph/",
    "impact": "/graph/?focus=postgres",
    "search": "/search?q=redis",
    "search-nothing": "/search?q=nothing-like-this",
}


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_page_fits_a_phone_in_both_themes(
    windows: Windows, screenshots: Callable[[Page, str], None], name: str, scheme: str
) -> None:
    page = windows.open(PAGES[name], color_scheme=scheme, **PHONE)

    screenshots(page, f"{name}-{scheme}-360")
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_whole_without_javascript(windows: Windows, name: str) -> None:
    page = windows.open(PAGES[name], java_script_enabled=False)

    expect(page.locator("h1")).to_be_visible()
    expect(page.locator("main .card, main p").first).to_be_visible()


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_id_is_unique_and_every_text_has_contrast(
    windows: Windows, screenshots: Callable[[Page, str], None], name: str, scheme: str
) -> None:
    page = windows.open(PAGES[name], color_scheme=scheme)

    screenshots(page, f"{name}-{scheme}")
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map((element) => element.id)")
    assert sorted(set(ids)) == sorted(ids)
    assert page.evaluate(FAINT_TEXTS) == []


def test_a_file_is_copied_as_it_is_downloaded(windows: Windows) -> None:
    page = windows.open(PAGES["files"], permissions=["clipboard-read", "clipboard-write"])
    button = page.locator('[data-copy="railway-toml-text"]')

    button.click()

    expect(button).to_have_text("Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    answer = page.request.get(page.url + "railway-toml/")
    assert copied == answer.text()
    expect(button).to_have_text("Copy")


def test_search_answers_while_somebody_types_and_arrows_walk_the_hits(windows: Windows) -> None:
    page = windows.open("/search")
    box = page.get_by_label("Search the catalog")

    box.press_sequentially("redis", delay=20)
    expect(page.locator("#services-title")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/search\?q=redis$"))  # a moment after the hits
    box.press("ArrowDown")
    expect(page.locator("[data-hit]").first).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.locator("[data-hit]").nth(1)).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(box).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")

    page.wait_for_url("**/services/redis/")


def test_enter_searches_without_javascript(windows: Windows) -> None:
    page = windows.open("/search", java_script_enabled=False)

    page.get_by_label("Search the catalog").fill("redis")
    page.keyboard.press("Enter")

    expect(page.locator("#services-title")).to_be_visible()


def test_a_click_on_a_service_in_the_graph_shows_what_breaks(windows: Windows) -> None:
    page = windows.open("/graph/")

    page.locator("[data-name=postgres]").click()

    page.wait_for_url("**/graph/?focus=postgres")
    expect(page.locator("h1")).to_have_text("What breaks if postgres stops")
    expect(page.locator("#breaks-title")).to_be_visible()


def test_the_graph_is_walked_by_keyboard(windows: Windows) -> None:
    page = windows.open("/graph/")
    first = page.locator("a.box").first

    first.focus()
    expect(page.locator("path.marked").first).to_be_attached()
    page.keyboard.press("Enter")

    page.wait_for_url("**/graph/?focus=*")


def test_on_a_phone_the_service_in_question_is_in_view(windows: Windows) -> None:
    page = windows.open("/graph/?focus=postgres", **PHONE)
    page.locator("[data-graph]").scroll_into_view_if_needed()

    expect(page.locator("a.box.focus")).to_be_in_viewport(ratio=0.9)


def test_a_finding_leads_to_the_service_and_the_service_to_its_dependants(
    windows: Windows,
) -> None:
    page = windows.open("/services/postgres/")

    page.locator("#impact").get_by_role("link", name="blackroad-backend").click()
    page.wait_for_url("**/services/blackroad-backend/")
    page.locator("#impact").get_by_role("link", name="Graph").click()

    page.wait_for_url("**/graph/?focus=blackroad-backend")


# Texts in main whose contrast with what is behind them is below 4.5:1 (WCAG 2.2, 1.4.3).
FAINT_TEXTS = """() => {
  const rgb = (colour) => {
    const canvas = Object.assign(document.createElement("canvas"), { width: 1, height: 1 });
    const context = canvas.getContext("2d");
    context.fillStyle = colour;
    context.fillRect(0, 0, 1, 1);
    return [...context.getImageData(0, 0, 1, 1).data];
  };
  const light = ([r, g, b]) => [r, g, b]
    .map((part) => part / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
    .reduce((sum, part, index) => sum + part * [0.2126, 0.7152, 0.0722][index], 0);
  const behind = (element) => {
    for (let here = element; here; here = here.parentElement) {
      const colour = rgb(getComputedStyle(here).backgroundColor);
      if (colour[3] > 250) return colour;
    }
    return rgb("white");
  };
  const faint = [];
  for (const element of document.querySelectorAll("main *")) {
    const text = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    if (!text || element.closest("svg, .visually-hidden, option, select")) continue;
    const one = light(rgb(getComputedStyle(element).color));
    const other = light(behind(element));
    const contrast = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    if (contrast < 4.5) faint.push(`${element.className}: ${element.textContent.trim().slice(0, 40)} ${contrast}`);
  }
  return faint;
}"""
