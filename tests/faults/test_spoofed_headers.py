"""What a client says about itself in a header counts for nothing: the server is the one of production."""

from pathlib import Path

import pytest

from tests.faults.console import Browser, copy_database, environment
from tests.servers import RedisServer, WebServer

pytestmark = [pytest.mark.redis, pytest.mark.timeout(120)]

LIMIT, ATTEMPTS = 3, 5


@pytest.fixture
def start_console(made_console: Path, redis: RedisServer, tmp_path: Path):
    """Start the console with a low limit for the API, and with more settings."""
    started: list[WebServer] = []

    def start(**more: str) -> WebServer:
        copy_database(made_console, tmp_path / "prism.sqlite3")
        variables = environment(tmp_path, redis_url=redis.url)
        server = WebServer({**variables, "PRISM_RATE_LIMIT_API": str(LIMIT), **more})
        started.append(server.start())
        return server

    yield start
    for server in started:
        server.stop()


def try_to_log_in(console: WebServer, claimed: str) -> int:
    browser = Browser(console, headers=claim(claimed))
    return browser.submit(
        "/admin/login/", "login-form", username="ada", password="wrong"
    ).status  # fmt: skip


def claim(address: str) -> dict[str, str]:
    return {"X-Forwarded-For": address, "X-Real-IP": address, "Forwarded": f"for={address}"}


def test_a_spoofed_address_gets_no_more_requests_than_the_limit(start_console, redis):
    console = start_console()

    answers = [
        Browser(console, headers=claim(f"198.51.100.{number}")).get("/api/v1/services").status
        for number in range(LIMIT + 1)
    ]

    assert answers == [401] * LIMIT + [429]
    assert redis.admin().keys("ratelimit:*") == ["ratelimit:127.0.0.1:api"]


def test_a_spoofed_address_gets_no_more_log_ins_than_the_throttle_allows(start_console):
    console = start_console()

    answers = [try_to_log_in(console, f"198.51.100.{number}") for number in range(ATTEMPTS + 1)]

    assert answers == [200] * ATTEMPTS + [429]


def test_behind_a_trusted_proxy_its_own_entry_is_the_address(start_console, redis):
    console = start_console(PRISM_TRUSTED_PROXY="1")

    for number in range(2):
        Browser(console, headers=claim(f"198.51.100.{number}, 203.0.113.5")).get("/api/v1/services")

    assert redis.admin().keys("ratelimit:*") == ["ratelimit:203.0.113.5:api"]
