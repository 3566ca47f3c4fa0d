"""The live feed in a real Chromium: many events, filter, pause, a restart, and nothing missed."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Windows
from tests.monitoring.events.live import Console
from tests.servers import WebServer

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]
EVIL = "<img src=x onerror=alert(1)>"


@pytest.fixture
def sender(console: WebServer) -> Iterator[Console]:
    one = Console(dict(console.environment), console)
    yield one
    one.close()


def state(page: Page) -> Any:
    return page.locator("[data-state]")


def wait_live(page: Page) -> None:
    expect(state(page)).to_have_attribute("data-state", "live", timeout=20_000)


def seqs(page: Page) -> list[int]:
    """Give the numbers that are shown, newest first."""
    return page.eval_on_selector_all(
        "[data-feed] > li", "rows => rows.map(row => Number(row.dataset.seq))"
    )


def arrived(frames: list[str]) -> list[int]:
    """Give the numbers that came over the socket, after looking that each frame goes on after the last."""
    reached, found = 0, []
    for frame in map(json.loads, frames):
        if frame["t"] == "ev":
            assert frame["p"] <= (reached or frame["p"]), "a frame is missing"
            found += [row["seq"] for row in frame["r"] if row["seq"] > reached]
            reached = frame["s"]
    return found


def test_five_thousand_events_and_every_control(
    windows: Windows, sender: Console, screenshots: Any
) -> None:
    page = windows.open("about:blank")
    frames: list[str] = []
    page.on(
        "websocket", lambda socket: socket.on("framereceived", lambda text: frames.append(text))
    )
    page.goto("/events/")
    wait_live(page)
    sender.store(5000)
    sender.store(1, severity="error", service="billing", message=EVIL)
    newest = page.locator("[data-feed] > li").first
    expect(newest).to_contain_text(EVIL, timeout=40_000)

    shown = seqs(page)
    assert len(shown) == 500
    assert shown == list(range(shown[0], shown[0] - 500, -1))
    assert arrived(frames) == list(range(shown[0] - 5000, shown[0] + 1))
    older = page.get_by_role("link", name="Older events")
    assert older.get_attribute("href") == f"?before={shown[-1]}"
    screenshots(page, "events")

    page.keyboard.press("p")
    expect(page.locator("[data-pause]")).to_have_attribute("aria-pressed", "true")
    sender.store(3)
    sender.store(2, severity="critical")
    expect(page.locator("[data-new]")).to_have_text("5 new, 2 errors", timeout=10_000)
    assert seqs(page)[0] == shown[0]
    page.locator("[data-new]").click()
    expect(page.locator("[data-new]")).to_be_hidden()
    page.wait_for_function(
        "seq => document.querySelectorAll('[data-feed] > li')[4]?.dataset.seq == seq",
        arg=shown[0] + 1,
    )
    shown = seqs(page)
    assert shown == list(range(shown[0], shown[0] - 500, -1))

    page.locator("[data-filter] [name=service]").fill("billing")
    expect(page.locator("[data-feed] > li")).to_have_count(1, timeout=10_000)
    assert "service=billing" in page.url
    sender.store(1)
    sender.store(1, service="billing", message="mine")
    expect(page.locator("[data-feed] > li")).to_have_count(2, timeout=10_000)
    screenshots(page, "events-filtered")
    page.locator("[data-feed] > li a").first.click()
    expect(page.locator("h1")).to_have_text("deploy.success")


def test_after_a_restart_of_the_server_nothing_is_missing(
    windows: Windows, sender: Console, console: WebServer
) -> None:
    page = windows.open("/events/")
    wait_live(page)
    console.stop()
    expect(state(page)).not_to_have_attribute("data-state", "live", timeout=10_000)
    sender.store(40)
    console.start()
    wait_live(page)
    sender.store(1, message="the last one")
    expect(page.locator("[data-feed] > li").first).to_contain_text("the last one", timeout=20_000)

    shown = seqs(page)
    assert shown[:41] == list(range(shown[0], shown[0] - 41, -1))
    # a browser itself complains that the server was away
    windows.complaints[:] = [
        text
        for text in windows.complaints
        if "WebSocket connection" not in text and "ERR_CONNECTION" not in text
    ]


def test_it_works_without_javascript_and_on_a_phone(
    windows: Windows, sender: Console, screenshots: Any
) -> None:
    sender.store(150)
    page = windows.open(
        "/events/", java_script_enabled=False, viewport={"width": 360, "height": 740}
    )

    assert len(page.locator("[data-feed] > li").all()) == 100
    page.get_by_role("link", name="Older events").click()
    assert "before=" in page.url

    phone = windows.open("/events/", viewport={"width": 360, "height": 740}, color_scheme="dark")
    wait_live(phone)
    assert phone.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    screenshots(phone, "events-phone")
