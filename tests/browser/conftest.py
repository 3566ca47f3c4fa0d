"""A real Chromium on a real console: gunicorn, collected static files, the example catalog.

Playwright's sync API keeps an event loop in the thread until it is stopped, and then async tests of
other files cannot run; so it lives for one file of tests, and the server for all of them.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from tests.faults.console import PASSWORD, USER, environment, prepare
from tests.servers import ROOT, WebServer

CHROMIUM = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
TIMEOUT_MS = 10_000


def _run(variables: dict[str, str], *command: str) -> None:
    subprocess.run(
        [sys.executable, *command],
        cwd=ROOT, env=variables, check=True, timeout=120, capture_output=True,
    )  # fmt: skip


@pytest.fixture(scope="session")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebServer]:
    """Run a console of the tests' own with one superuser and the example catalog."""
    folder = tmp_path_factory.mktemp("browser-console")
    variables = environment(folder, redis_url=os.environ["REDIS_URL"])
    variables["PRISM_STATIC_DIR"] = str(folder / "static")
    prepare(variables)
    _run(variables, "manage.py", "collectstatic", "--no-input", "--verbosity", "0")
    _run(variables, "-m", "prism", "apply", str(ROOT / "examples" / "manifest.yml"))
    server = WebServer(variables, log=folder / "web.log").start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Start the system's Chromium; skip where there is none."""
    program = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if program is None:
        pytest.skip("no Chromium on this machine")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def logged_in(chromium: Browser, console: WebServer) -> Any:
    """Log in once, by the page; give the cookies."""
    context = chromium.new_context(base_url=console.url)
    page = context.new_page()
    log_in(page)
    state = context.storage_state()
    context.close()
    return state


def log_in(page: Page) -> None:
    """Fill in the log-in page."""
    page.goto("/admin/login/")
    page.get_by_label("Username").fill(USER)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(lambda url: "/login" not in url)


@dataclass
class Windows:
    """Opens pages and keeps what their consoles say: every test ends with none of it."""

    browser: Browser
    base_url: str
    logged_in: Any
    complaints: list[str] = field(default_factory=list)
    contexts: list[BrowserContext] = field(default_factory=list)

    def open(self, path: str = "/", *, anonymous: bool = False, **options: Any) -> Page:
        """Open a page in a fresh window; `options` are those of a browser context."""
        if not anonymous:
            options["storage_state"] = self.logged_in
        context = self.browser.new_context(base_url=self.base_url, **options)
        context.set_default_timeout(TIMEOUT_MS)
        self.contexts.append(context)
        context.on("console", self._keep)
        context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        page = context.new_page()
        page.goto(path)
        return page

    def _keep(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"{message.page and message.page.url}: {message.text}")


@pytest.fixture
def windows(chromium: Browser, console: WebServer, logged_in: Any) -> Iterator[Windows]:
    """Give windows on the console; the test fails when a page complained (CSP included)."""
    opened = Windows(chromium, console.url, logged_in)
    yield opened
    for context in opened.contexts:
        context.close()
    assert opened.complaints == []


@pytest.fixture
def screenshots() -> Callable[[Page, str], None]:
    """Keep pictures where `PRISM_TEST_SCREENSHOTS` says, for people to look at."""
    folder = os.environ.get("PRISM_TEST_SCREENSHOTS")

    def keep(page: Page, name: str) -> None:
        if folder:
            page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)

    return keep
