"""Forty payloads in every text field, and every page that shows one: nothing runs, nothing is even tried."""

import os
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Dialog, Page

from tests.browser.conftest import Windows, _run, log_in
from tests.browser.xss_payloads import PAYLOADS
from tests.faults.console import environment, prepare
from tests.servers import WebServer

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]

# What a page must hold none of, whatever the policy would still stop.
SMUGGLED = """() => {
  const found = [];
  for (const element of document.querySelectorAll("*")) {
    for (const attribute of element.attributes) {
      const value = attribute.value.trim().toLowerCase().replaceAll(/[\\t\\n\\r]/g, "");
      if (attribute.name.startsWith("on")) found.push(attribute.name);
      if (["href", "src", "action", "formaction", "data", "xlink:href"].includes(attribute.name)
          && (/^(javascript|vbscript):/.test(value)
              || /^data:(?!image[/])/.test(value)
              || value.includes("evil.example") && !value.startsWith("/") && !value.startsWith("?")
                 && !/^https?:/.test(value))) found.push(`${attribute.name}=${value}`);
    }
    if (element.tagName === "SCRIPT" && !element.src && element.type !== "application/json") {
      found.push("inline script");
    }
    if (["IFRAME", "OBJECT", "BASE", "MATH"].includes(element.tagName)) found.push(element.tagName);
    if (element.tagName === "META" && element.httpEquiv === "refresh") found.push("refresh");
  }
  if (window.pwned !== undefined) found.push("pwned");
  return found;
}"""

MODELS = (
    "services/environment",
    "services/migrationplan",
    "services/project",
    "services/runbook",
    "services/section",
    "services/service",
    "services/workflow",
    "services/workspace",
    "auth/user",
    "core/token",
)
LISTS = (
    "/",
    "/graph/",
    "/roadmap/",
    "/analyses/",
    "/runbooks/",
    "/manifest/",
    "/manifest/changes/",
    "/audit/",
    "/audit/?action=login",
    "/account/",
    "/admin/",
    *(f"/admin/{model}/" for model in MODELS),
)


@pytest.fixture(scope="module")
def hostile_console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[WebServer, Path]]:
    """Run a console whose every text is hostile; give it with its database."""
    folder = tmp_path_factory.mktemp("hostile-console")
    variables = environment(folder, redis_url=os.environ["REDIS_URL"])
    prepare(variables)
    _run(variables, "-m", "tests.browser.hostile_catalog")
    server = WebServer(variables, log=folder / "web.log").start()
    yield server, folder / "prism.sqlite3"
    server.stop()


@pytest.fixture
def windows(chromium: Browser, hostile_console: tuple[WebServer, Path]) -> Iterator[Windows]:
    """Give windows on the hostile console; a word of the browser about the policy fails the test."""
    server, _ = hostile_console
    context = chromium.new_context(base_url=server.url)
    log_in(context.new_page())
    opened = Windows(chromium, server.url, context.storage_state())
    context.close()
    yield opened
    for window in opened.contexts:
        window.close()
    assert opened.complaints == []


class Visitor:
    """Walks from page to page and keeps what was smuggled in."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.faults: list[str] = []
        self.seen = 0
        page.on("dialog", self._dialog)

    def _dialog(self, dialog: Dialog) -> None:
        self.faults.append(f"{self.page.url}: a dialog says {dialog.message}")
        dialog.dismiss()

    def visit(self, path: str) -> None:
        """Open one page and look through it."""
        response = self.page.goto(path)
        if response is None or response.status >= 400:
            self.faults.append(f"{path}: {response and response.status}")
            return
        self.seen += 1
        self.faults += [f"{path}: {found}" for found in self.page.evaluate(SMUGGLED)]


def pages_with_an_object(database: Path) -> list[str]:
    """Name the change form of the first and the last row of each kind, and every service's page."""
    connection = sqlite3.connect(database)
    paths = []
    for model in MODELS:
        table = model.replace("/", "_")
        first, last = connection.execute(f"SELECT min(id), max(id) FROM {table}").fetchone()
        paths += [f"/admin/{model}/{pk}/change/" for pk in {first, last}]
    for number in range(len(PAYLOADS)):
        paths.append(f"/services/service-{number}/")
        paths.append(f"/services/service-{number}/files/")
        paths.append(f"/services/service-{number}/analysis/")
    for number in range(1, len(PAYLOADS) + 1, 4):
        paths += [f"/runbooks/{number}/", f"/plans/{number}/", f"/runs/{number}/"]
        paths.append(f"/services/service-{number}/analysis/revisions/1/")
        paths.append(f"/services/service-{number}/analysis/edit/")
    (service,) = connection.execute("SELECT min(id) FROM services_service").fetchone()
    connection.close()
    return [
        *paths,
        "/projects/project-0/",
        "/checks/",
        "/?by=check",
        f"/admin/services/service/{service}/history/",
        f"/admin/services/service/{service}/archive/",
        "/graph/?service=service-0",
        *(f"/manifest/changes/{revision}/" for revision in (1, 7, 20, 40)),
    ]


def test_no_payload_runs_on_any_page(
    windows: Windows, hostile_console: tuple[WebServer, Path]
) -> None:
    visitor = Visitor(windows.open())
    paths = [*LISTS, *pages_with_an_object(hostile_console[1])]

    for path in paths:
        visitor.visit(path)

    assert visitor.faults == []
    assert visitor.seen == len(paths) > 70


def test_no_payload_in_an_address_runs(windows: Windows) -> None:
    visitor = Visitor(windows.open())

    for payload in PAYLOADS:
        text = quote(payload, safe="")
        visitor.visit(f"/search?q={text}")
        visitor.visit(f"/audit/?actor={text}&target={text}")
    for payload in PAYLOADS[::4]:
        visitor.visit(f"/admin/services/service/?q={quote(payload, safe='')}")

    assert visitor.faults == []


def test_no_payload_runs_when_log_in_refuses_it(windows: Windows) -> None:
    page = windows.open("/admin/login/", anonymous=True)
    visitor = Visitor(page)

    for payload in PAYLOADS[:4]:
        page.get_by_label("Username").fill(re.sub(r"\s", " ", payload))
        page.get_by_label("Password").fill("wrong")
        page.get_by_role("button", name="Log in").click()
        page.wait_for_load_state()
        visitor.faults += page.evaluate(SMUGGLED)

    assert visitor.faults == []


def test_the_search_box_shows_payloads_as_text(windows: Windows) -> None:
    page = windows.open("/")
    visitor = Visitor(page)

    page.goto(f"/search?q={quote('<script>', safe='')}")

    assert page.evaluate(SMUGGLED) == []
    assert visitor.faults == []
