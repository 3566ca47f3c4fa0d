"""Forty payloads in keys, values, channels and client names of Redis: nothing runs on the pages that show them."""

import os
import re
from collections.abc import Iterator

import pytest
import redis
from playwright.sync_api import Browser

from tests.browser.conftest import Windows, log_in
from tests.browser.test_xss import SMUGGLED, Visitor
from tests.browser.xss_payloads import PAYLOADS
from tests.faults.console import environment, prepare
from tests.servers import RedisServer, WebServer, redis_server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]
ONE = "api:cache:one"


@pytest.fixture(scope="module")
def hostile_redis() -> Iterator[RedisServer]:
    """Hold the payloads wherever a text of Redis is shown."""
    with redis_server("--slowlog-log-slower-than", "0") as server:
        store = redis.Redis(port=server.port)
        store.hset(ONE, mapping=dict(zip(PAYLOADS, reversed(PAYLOADS), strict=True)))
        store.set("api:cache:text", "\n".join(PAYLOADS))
        store.set("api:cache:bytes", b"\xff" + "".join(PAYLOADS).encode())
        store.xadd("stream:x", {payload: payload for payload in PAYLOADS})
        listener = store.pubsub()
        listener.subscribe(*PAYLOADS)
        for payload in PAYLOADS:
            store.set(f"api:cache:{payload}", payload)
            store.set(payload, payload)
        yield server
        listener.close()


@pytest.fixture(scope="module")
def console_of_it(
    hostile_redis: RedisServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[WebServer]:
    """Run a console that looks at it as its own."""
    folder = tmp_path_factory.mktemp("hostile-redis")
    variables = environment(folder, redis_url=os.environ["REDIS_URL"])
    variables["REDIS_READONLY_URL"] = hostile_redis.url
    prepare(variables)
    server = WebServer(variables, log=folder / "web.log").start()
    yield server
    server.stop()


@pytest.fixture
def windows(chromium: Browser, console_of_it: WebServer) -> Iterator[Windows]:
    """Give windows on it; a word of the browser about the policy fails the test."""
    context = chromium.new_context(base_url=console_of_it.url)
    log_in(context.new_page())
    opened = Windows(chromium, console_of_it.url, context.storage_state())
    context.close()
    yield opened
    for window in opened.contexts:
        window.close()
    assert opened.complaints == []


def test_no_payload_runs_on_the_pages_of_redis(windows: Windows) -> None:
    page = windows.open("/redis/console/")
    visitor = Visitor(page)
    for path in ("/redis/servers/", "/redis/console/", "/redis/console/permissions/",
                 "/redis/console/keys/", "/redis/console/keys/?namespace=undeclared",
                 "/redis/namespaces/"):  # fmt: skip
        visitor.visit(path)

    visitor.visit("/redis/console/keys/?namespace=api:cache:*")
    addresses = [
        link.get_attribute("href") for link in page.locator("td a[href*='/keys/k.']").all()
    ]
    assert len(addresses) > len(PAYLOADS)
    for address in addresses[::5]:
        visitor.visit(str(address))
        page.get_by_label("Why do you look?").fill("a test of hostile values")
        page.get_by_role("button", name="Reveal").click()
        page.wait_for_load_state()
        visitor.faults += page.evaluate(SMUGGLED)

    visitor.visit("/redis/console/keys/k.YXBpOmNhY2hlOm9uZQ/")
    page.get_by_label("Why do you look?").fill("a test of hostile values")
    page.get_by_role("button", name="Reveal").click()
    page.wait_for_load_state()
    assert len(re.findall("alert", page.locator("main").inner_text())) > 20
    assert visitor.faults == []
