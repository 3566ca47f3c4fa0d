"""R7 to R9: PostgreSQL restarted, down, frozen. The cluster is the test's own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.console import Browser, environment, prepare, walk
from tests.servers import (
    PostgresServer,
    RedisServer,
    WebServer,
    noise_ms,
    postgres_server,
    wait_until,
)

pytestmark = [pytest.mark.redis, pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgresServer]:
    """Run the cluster that is going to have a fault, with the tables and the superuser."""
    with postgres_server() as server:
        yield server


@pytest.fixture(scope="module")
def tables(postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("postgres-console")
    prepare(environment(folder, redis_url="redis://127.0.0.1:1/0", database_url=postgres.url))


@pytest.fixture
def console(
    tables: None, postgres: PostgresServer, redis: RedisServer, tmp_path: Path
) -> Iterator[WebServer]:
    """Run the console on that cluster."""
    variables = environment(tmp_path, redis_url=redis.url, database_url=postgres.url)
    server = WebServer(variables, log=tmp_path / "web.log").start()
    yield server
    server.stop()


def test_R7_postgres_restarted(console: WebServer, postgres: PostgresServer) -> None:
    browser = Browser(console)
    browser.log_in()
    assert browser.edit("Before").status == 302

    postgres.control("restart", "-m", "immediate")

    assert b"Before" in browser.get("/admin/auth/user/1/change/").content
    assert browser.edit("After").status == 302
    walk(console, "again")


def test_R8_postgres_down(console: WebServer, postgres: PostgresServer) -> None:
    browser = Browser(console)
    browser.log_in()
    postgres.control("stop", "-m", "immediate")
    try:
        page = browser.get("/admin/auth/user/")

        assert page.status == 503
        assert int(page.headers["Retry-After"]) > 0
        assert page.took_ms < 5_000 + noise_ms(3_000)
        assert b"Traceback" not in page.content
        assert browser.get("/health").status == 200
        assert browser.get("/ready").status == 503
    finally:
        postgres.control("start")

    wait_until(browser.is_logged_in, what="the recovery of the console", timeout_s=30)
    walk(console, "back")


def test_R9_postgres_frozen(console: WebServer, postgres: PostgresServer) -> None:
    browser = Browser(console)
    browser.log_in()
    assert browser.is_logged_in()
    postgres.freeze()
    try:
        page = browser.get("/admin/auth/user/")
    finally:
        postgres.thaw()

    assert page.status == 503
    assert page.took_ms < 7_000 + noise_ms(
        5_000
    )  # the deadline of the test is 2 s, then the pool's 5 s
    wait_until(browser.is_logged_in, what="the recovery of the console", timeout_s=30)


def test_R9_a_lock_that_somebody_holds(console: WebServer, postgres: PostgresServer) -> None:
    psycopg = pytest.importorskip("psycopg")
    browser = Browser(console)
    browser.log_in()
    with psycopg.connect(postgres.url) as holder:
        holder.execute("LOCK TABLE auth_user IN ACCESS EXCLUSIVE MODE")

        page = browser.get("/admin/auth/user/")

    assert page.status == 503
    assert page.took_ms < 7_000 + noise_ms(5_000)
    assert browser.is_logged_in()
