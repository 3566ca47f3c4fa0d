"""A web server that is replaced under load: no request that it took is lost.

Requests are spread as a platform's proxy does it: a new connection each, to the old server until it refuses, then
to the new one. `PRISM_TEST_DRAINED` sets how many; the suite sends fewer.
"""

import http.client
import os
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.faults.console import copy_database, environment
from tests.servers import RedisServer, WebServer

REQUESTS = int(os.environ.get("PRISM_TEST_DRAINED", "400"))
SENDERS = 8
PATH = "/admin/login/"  # a page with a query to the database
pytestmark = pytest.mark.timeout(600)


@dataclass
class Load:
    """Sends requests from several threads and counts what came of them."""

    servers: list[WebServer]
    answered: Counter[int] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    left: int = REQUESTS
    lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self) -> None:
        """Take requests until none is left."""
        while self._take():
            self._send()

    def _take(self) -> bool:
        with self.lock:
            self.left -= 1
            return self.left >= 0

    def _send(self) -> None:
        for server in self.servers:
            connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
            try:
                connection.connect()
            except ConnectionRefusedError:
                continue  # nothing was sent: the proxy tries the next one
            try:
                connection.request("GET", PATH, headers={"Connection": "close"})
                response = connection.getresponse()
                response.read()
            except (OSError, http.client.HTTPException) as error:
                self.failures.append(f"{server.port}: {error!r}")
                return
            finally:
                connection.close()
            with self.lock:
                self.answered[response.status] += 1
            return
        self.failures.append("no server took it")


@pytest.fixture
def pair(made_console: Path, redis: RedisServer, tmp_path: Path) -> Iterator[list[WebServer]]:
    """Run two web servers on one database."""
    copy_database(made_console, tmp_path / "prism.sqlite3")
    variables = environment(tmp_path, redis_url=redis.url)
    servers = [WebServer(variables, log=tmp_path / f"{name}.log").start() for name in "ab"]
    yield servers
    for server in servers:
        server.stop()


def test_no_request_is_lost_when_a_server_is_told_to_end(pair: list[WebServer]) -> None:
    load = Load(pair)
    threads = [threading.Thread(target=load.run) for _ in range(SENDERS)]
    for thread in threads:
        thread.start()
    while load.left > REQUESTS // 2:
        time.sleep(0.01)

    assert pair[0].process
    pair[0].process.popen.terminate()
    for thread in threads:
        thread.join()

    assert load.failures == []
    assert load.answered == {200: REQUESTS}
    assert pair[0].process.popen.wait(timeout=30) == 0
