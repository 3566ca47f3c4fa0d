"""A console of the test's own: real web server, real Redis, one database file copied for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.console import copy_database, environment, prepare
from tests.servers import RedisServer, WebServer, redis_server


@pytest.fixture(scope="session")
def made_console(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the tables and the superuser once."""
    folder = tmp_path_factory.mktemp("made-console")
    prepare(environment(folder, redis_url="redis://127.0.0.1:1/0"))
    return folder / "prism.sqlite3"


@pytest.fixture
def redis() -> Iterator[RedisServer]:
    """Run the Redis that is going to have a fault."""
    with redis_server() as server:
        yield server


@pytest.fixture
def console(made_console: Path, redis: RedisServer, tmp_path: Path) -> Iterator[WebServer]:
    """Run the console on SQLite and that Redis; its log is in `console.log`."""
    copy_database(made_console, tmp_path / "prism.sqlite3")
    server = WebServer(environment(tmp_path, redis_url=redis.url), log=tmp_path / "web.log")
    server.start()
    yield server
    server.stop()
