"""The shell around every page, in a real Chromium: theme, navigation, search, small screens, CSP."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Windows, log_in

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

PHONE = {"viewport": {"width": 360, "height": 740}}
SERVICES, USERS = "/admin/services/service/", "/admin/auth/user/"
PAGES = {
    "home": "/",
    "roadmap": "/roadmap/",
    "graph": "/graph/",
    "search": "/search?q=redis",
    "manifest": "/manifest/",
    "change sets": "/manifest/changes/",
    "audit": "/audit/",
    "account": "/account/",
    "second factor": "/account/second-factor/",
    "change password": "/admin/password_change/",
    "all records": "/admin/",
    "one app": "/admin/services/",
    "change list": SERVICES,
    "filtered change list": f"{SERVICES}?q=nothing-has-this-name",
    "change form with inlines": f"{SERVICES}1/change/",
    "add form": f"{SERVICES}add/",
    "popup": "/admin/services/project/add/?_popup=1",
    "history": f"{SERVICES}1/history/",
    "archive": f"{SERVICES}1/archive/",
    "people": USERS,
    "person": f"{USERS}1/change/",
    "password of a person": f"{USERS}1/password/",
    "delete a person": f"{USERS}1/delete/",
    "history of a person": f"{USERS}1/history/",
    "add a person": f"{USERS}add/",
    "tokens": "/admin/core/token/",
    "add a token": "/admin/core/token/add/",
}


def theme_of(page: Page) -> str:
    """Give the background that is really drawn: "light" or "dark"."""
    colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
    return {"rgb(246, 247, 251)": "light", "rgb(11, 16, 32)": "dark"}[colour]


def open_account_menu(page: Page) -> None:
    """Open the menu behind the account's name."""
    page.locator("details.menu > summary").click()


def overflow(page: Page) -> int:
    """Say by how many pixels the page is wider than the window."""
    return int(page.evaluate("document.documentElement.scrollWidth - innerWidth"))


def test_a_person_logs_in_and_out(windows: Windows) -> None:
    page = windows.open("/admin/login/", anonymous=True)

    log_in(page)
    open_account_menu(page)
    page.get_by_role("button", name="Log out").click()

    expect(page.get_by_role("heading", name="Log in")).to_be_visible()


@pytest.mark.parametrize("system", ["light", "dark"])
def test_the_theme_follows_the_system_until_it_is_chosen(windows: Windows, system: str) -> None:
    page = windows.open(SERVICES, color_scheme=system)
    other = {"light": "dark", "dark": "light"}[system]
    assert theme_of(page) == system

    open_account_menu(page)
    page.get_by_role("button", name=other.capitalize()).click()

    assert theme_of(page) == other
    page.goto("/manifest/")
    assert theme_of(page) == other
    open_account_menu(page)
    expect(page.get_by_role("button", name=other.capitalize())).to_have_attribute(
        "aria-pressed", "true"
    )
    page.get_by_role("button", name="System").click()
    assert theme_of(page) == system


def test_the_chosen_theme_is_there_before_the_page_is_drawn(windows: Windows) -> None:
    page = windows.open(SERVICES)
    page.evaluate("localStorage.setItem('prism-theme', 'dark')")
    page.add_init_script(
        "new MutationObserver(() => { if (document.body) window.themeAtBody ??="
        " document.documentElement.dataset.theme; }).observe(document, {childList: true, subtree: true})"
    )

    page.goto("/manifest/")

    assert page.evaluate("window.themeAtBody") == "dark"


def test_a_choice_in_one_tab_reaches_the_other(windows: Windows) -> None:
    page = windows.open(SERVICES, color_scheme="light")
    beside = page.context.new_page()
    beside.goto("/manifest/")

    open_account_menu(page)
    page.get_by_role("button", name="Dark").click()

    expect(beside.locator("html")).to_have_attribute("data-theme", "dark")


@pytest.mark.parametrize("keys", ["/", "Control+k"])
def test_a_key_puts_the_cursor_into_the_search_box(windows: Windows, keys: str) -> None:
    page = windows.open("/manifest/")

    page.keyboard.press(keys)
    page.keyboard.type("redis")
    page.keyboard.press("Enter")

    page.wait_for_url("**/search?q=redis")


def test_a_slash_that_is_typed_stays_a_slash(windows: Windows) -> None:
    page = windows.open(SERVICES)
    page.locator("#searchbar").click()

    page.keyboard.type("a/b")

    expect(page.locator("#searchbar")).to_have_value("a/b")


def test_the_first_tab_stop_skips_to_the_content(windows: Windows) -> None:
    page = windows.open("/manifest/")

    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")

    expect(page.locator("main")).to_be_focused()


@pytest.mark.parametrize("has_javascript", [True, False])
def test_the_menu_of_a_small_screen_opens_by_keyboard(
    windows: Windows, has_javascript: bool
) -> None:
    page = windows.open("/manifest/", java_script_enabled=has_javascript, **PHONE)
    services = page.get_by_role("navigation", name="Main").get_by_role("link", name="Services")
    expect(services).to_be_hidden()

    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(services).to_be_visible()
    services.focus()
    page.keyboard.press("Enter")

    page.wait_for_url(f"**{SERVICES}")


def test_escape_closes_what_is_open_and_gives_the_focus_back(windows: Windows) -> None:
    page = windows.open("/manifest/", **PHONE)
    page.get_by_label("Menu").click()

    page.keyboard.press("Escape")

    expect(page.get_by_role("navigation", name="Main")).to_be_hidden()
    expect(page.get_by_label("Menu")).to_be_focused()


def test_filters_fold_away_on_a_small_screen_without_javascript(windows: Windows) -> None:
    page = windows.open(SERVICES, java_script_enabled=False, **PHONE)
    filters = page.get_by_role("navigation", name="Filter")
    expect(filters).to_be_hidden()

    page.locator(".filter-switch summary").click()

    expect(filters).to_be_visible()


def test_the_autocomplete_of_a_form_works_under_the_policy(windows: Windows) -> None:
    page = windows.open(f"{SERVICES}add/")

    page.locator(".select2-selection").first.click()
    page.locator(".select2-results__option--highlighted").wait_for()
    page.keyboard.press("Enter")

    assert page.locator("#id_project").input_value()


def test_a_row_is_added_to_an_inline(windows: Windows) -> None:
    page = windows.open(f"{SERVICES}1/change/")
    rows = page.locator("#endpoints-group tr.form-row:not(.empty-form)")
    before = rows.count()

    page.locator("#endpoints-group .add-row a").click()

    expect(rows).to_have_count(before + 1)


def test_selecting_rows_counts_them(windows: Windows) -> None:
    page = windows.open(SERVICES)

    page.locator("#action-toggle").check()

    count = page.locator("#result_list tbody tr").count()
    expect(page.locator(".action-counter")).to_have_text(f"{count} of {count} selected")


@pytest.mark.parametrize("name", PAGES)
def test_a_page_fits_a_small_screen_and_breaks_no_policy(
    windows: Windows, screenshots: Callable[[Page, str], None], name: str
) -> None:
    page = windows.open(PAGES[name], **PHONE)

    assert page.title().endswith("· Prism")
    assert page.locator("h1").count() == 1
    screenshots(page, f"{name} small")
    assert overflow(page) <= 0
    page.set_viewport_size({"width": 1360, "height": 900})
    screenshots(page, name)
    assert overflow(page) <= 0


def test_the_log_in_page_fits_a_small_screen(windows: Windows) -> None:
    page = windows.open("/admin/login/", anonymous=True, **PHONE)

    page.get_by_label("Username").fill("nobody")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Log in").click()

    expect(page.get_by_role("alert")).to_be_visible()
    assert overflow(page) <= 0


TOO_FAINT = """() => {
  const parse = (text) => (text.match(/[\\d.]+/g) || []).map(Number);
  const drawn = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
  const rgb = (text) => { drawn.clearRect(0, 0, 1, 1); drawn.fillStyle = text; drawn.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = drawn.getImageData(0, 0, 1, 1).data; return {r, g, b, a: a / 255}; };
  const behind = (element) => { for (let e = element; e; e = e.parentElement) {
    const colour = rgb(getComputedStyle(e).backgroundColor); if (colour.a > .99) return colour; } return rgb("white"); };
  const light = ({r, g, b}) => [r, g, b].map((v) => v / 255).map((v) => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
  const found = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !element.checkVisibility({visibilityProperty: true, opacityProperty: true})) continue;
    if (element.closest(".visually-hidden, .skip, script, style, noscript, option, :disabled, svg")) continue;
    const [a, b] = [light(rgb(getComputedStyle(element).color)), light(behind(element))];
    const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    if (ratio < 4.5) found.add(`${ratio.toFixed(2)} ${element.tagName}.${element.className}: ${walker.currentNode.data.trim().slice(0, 40)}`);
  }
  return [...found];
}"""


@pytest.mark.parametrize("system", ["light", "dark"])
@pytest.mark.parametrize(
    "name",
    [
        "home",
        "roadmap",
        "manifest",
        "account",
        "change list",
        "change form with inlines",
        "person",
        "history",
    ],
)
def test_every_text_stands_out_from_what_is_behind_it(
    windows: Windows, name: str, system: str
) -> None:
    page = windows.open(PAGES[name], color_scheme=system)

    assert page.locator("main").inner_text()
    assert page.evaluate(TOO_FAINT) == []
