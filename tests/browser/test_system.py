"""The System page in a real Chromium: live without a reload, honest when it is not, small screens."""

import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Windows
from tests.servers import ROOT, WebServer

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]
PATIENCE_MS, USUAL_MS = (
    60_000,
    5_000,
)  # how soon there are data is the matter of test_first_minute.py
AWAY_MS = 40_000  # longer than the page believes in a server that does not answer
AGE = (
    "from datetime import timedelta;"
    "from django.db.models import F;"
    "from monitoring.health.models import CheckState;"
    "CheckState.objects.filter(last_at__isnull=False)"
    ".update(last_at=F('last_at') - timedelta(minutes=9))"
)


@pytest.fixture(autouse=True)
def patience() -> Iterator[None]:
    """Wait for what must come, however busy the machine is."""
    expect.set_options(timeout=PATIENCE_MS)
    yield
    expect.set_options(timeout=USUAL_MS)


@pytest.fixture(scope="module")
def worker(console: WebServer) -> Iterator[subprocess.Popen[bytes]]:
    """Run a worker of the console, which makes the checks and probes them."""
    environment = {
        **console.environment,
        "PORT": str(console.port),
        "PRISM_HEALTH_CANARIES": "off",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "prism", "worker"],
        cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    yield process
    process.terminate()
    process.wait(20)


def cell(page: Page, service: str) -> Locator:
    """Give the first cell of a service in the grid."""
    row = page.locator(".grid tbody tr", has=page.get_by_role("link", name=service, exact=True))
    return row.locator("a.chip").first


def test_readings_appear_and_grow_old_without_a_reload(
    windows: Windows, console: WebServer, worker: subprocess.Popen[bytes], screenshots: Any
) -> None:
    page = windows.open("/system/")
    page.evaluate("window.isTheSamePage = true")
    for service in ("prism-web", "prism-valkey", "prism-database"):
        expect(cell(page, service)).to_have_text(re.compile(r"\d ms"))
    expect(page.locator("[data-live-words]")).to_have_text(re.compile("Live · .* ago"))
    screenshots(page, "system")

    cell(page, "prism-web").focus()
    worker.terminate()
    worker.wait(20)
    subprocess.run(
        [sys.executable, "manage.py", "shell", "--command", AGE],
        cwd=ROOT, env=dict(console.environment), check=True, timeout=60, capture_output=True,
    )  # fmt: skip

    expect(cell(page, "prism-web")).to_have_text(re.compile(r"no reading for \d+ min"))
    expect(page.locator(".banner")).to_contain_text("is a worker running?")
    # the new rows kept the keyboard where it was
    expect(cell(page, "prism-web")).to_be_focused()
    assert page.evaluate("window.isTheSamePage")

    cell(page, "prism-web").click()
    expect(page.get_by_role("heading", name="Last reading")).to_be_in_viewport()
    expect(page.locator("#reading")).to_contain_text("first byte")
    expect(page.locator("#reading .answer")).to_contain_text("status")
    screenshots(page, "system-reading")


def test_a_page_that_hears_nothing_takes_its_colours_back(windows: Windows) -> None:
    page = windows.open("/system/")
    expect(page.locator("[data-live-words]")).to_have_text(re.compile("Live"))
    page.clock.install()
    page.reload()
    expect(page.locator("[data-live-words]")).to_have_text(re.compile("Live"))

    page.context.set_offline(True)
    page.clock.fast_forward(AWAY_MS)
    expect(page.locator("[data-live-words]")).to_have_text(re.compile("not live since"))
    expect(page.locator("[data-system]")).to_have_class(re.compile("is-cut"))
    page.context.set_offline(False)
    page.clock.fast_forward(AWAY_MS)
    expect(page.locator("[data-live-words]")).to_have_text(re.compile("Live"))

    # a browser itself complains that the network was away
    windows.complaints[:] = [
        text for text in windows.complaints if "ERR_INTERNET_DISCONNECTED" not in text
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_every_environment(windows: Windows, scheme: Any, screenshots: Any) -> None:
    page = windows.open("/system/", viewport={"width": 360, "height": 740}, color_scheme=scheme)

    row = page.locator(".grid tbody tr", has=page.get_by_role("link", name="blackroad-backend"))
    places = row.locator("td.place")
    expect(places).to_have_count(3)
    for number in range(3):
        expect(places.nth(number).locator(".chip")).to_be_visible()
        assert places.nth(number).evaluate("cell => cell.getBoundingClientRect().right") <= 360
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert page.locator(".scroll").first.evaluate("box => box.scrollWidth - box.clientWidth") <= 0
    screenshots(page, f"system-phone-{scheme}")


def test_it_works_without_javascript(windows: Windows) -> None:
    page = windows.open("/system/", java_script_enabled=False)

    cell(page, "prism-web").click()

    expect(page.get_by_role("heading", name="Last reading")).to_be_visible()
    expect(page.get_by_role("heading", name="Latency")).to_be_visible()
