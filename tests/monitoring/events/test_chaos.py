"""Kill -9 of everything in random order while 200 events a second arrive: nothing is lost, nothing doubled.

The suite does it for a few seconds. PRISM_TEST_CHAOS_S=60 does it with fifty pages, as the promise is. In the
run on PostgreSQL the test starts a cluster of its own and kills that too.
"""

import contextlib
import http.client
import json
import os
import random
import signal
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis as redis_py

from tests.monitoring.events.live import Console, Page, console, is_unbroken, issue_token
from tests.servers import PostgresServer, RedisServer, postgres_server, redis_server, wait_until

SECONDS = int(os.environ.get("PRISM_TEST_CHAOS_S", "6"))
PAGES = 50 if SECONDS >= 60 else 5
KILL_EVERY_S = 2.0
PER_SENDER, EVERY_S = 10, 0.1  # of each of the two senders
pytestmark = [pytest.mark.redis, pytest.mark.timeout(120 + 4 * SECONDS)]

READ = """
import django, json; django.setup()
from monitoring.events.models import Event
print(json.dumps(list(Event.objects.order_by("seq").values_list("seq", "event_id"))))
"""


class Sender(threading.Thread):
    """Sends 100 a second until told to stop, each batch again until it is accepted."""

    def __init__(self, one: Console, redis: RedisServer, token: str, stop: threading.Event) -> None:
        super().__init__()
        self.one, self.redis, self.token, self.stop_now = one, redis, token, stop
        self.accepted: list[str] = []
        self.refused = 0

    def run(self) -> None:
        send = self.post if self.token else self.add
        names: list[str] = []
        due = time.monotonic()
        while not self.stop_now.is_set():
            names = names or [uuid.uuid4().hex for _ in range(PER_SENDER)]
            try:
                send([{"id": name, "service": "chaos", "type": "t"} for name in names])
            except (OSError, http.client.HTTPException, redis_py.RedisError):
                self.refused += 1  # not accepted; whether it is stored is open, so the same again
                time.sleep(EVERY_S)
                continue
            self.accepted += names
            names = []
            due += EVERY_S
            time.sleep(max(0, due - time.monotonic()))

    def post(self, events: list[dict[str, str]]) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.one.server.port, timeout=10)
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        with contextlib.closing(connection):
            connection.request("POST", "/api/v1/events", json.dumps(events), headers)
            if connection.getresponse().status != 202:
                raise OSError

    def add(self, events: list[dict[str, str]]) -> None:
        client = self.redis.admin()
        with client.pipeline(transaction=False) as pipeline:
            for event in events:
                pipeline.xadd("stream:events", {"data": json.dumps(event)})
            pipeline.execute()


def kill_web_process(one: Console) -> None:
    """Kill the worker of the web server that has the sockets; the server starts another."""
    assert one.server.process
    pid = one.server.process.popen.pid
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    for child in children[:1]:
        os.kill(int(child), signal.SIGKILL)


def victims(
    one: Console, redis: RedisServer, postgres: PostgresServer | None
) -> dict[str, Callable[[], object]]:
    """Give what can be killed, each with how it is killed and started again."""

    def kill_worker() -> None:
        assert one.worker
        one.worker.kill()
        one.start_worker()

    killings: dict[str, Callable[[], object]] = {
        "redis": lambda: (redis.kill(), redis.start()),
        "web": lambda: kill_web_process(one),
        "worker": kill_worker,
    }
    if postgres is not None:
        killings["postgres"] = lambda: (postgres.kill(), postgres.control("start"))
    return killings


@pytest.fixture
def postgres() -> Iterator[PostgresServer | None]:
    """Start a cluster in the run on PostgreSQL; the other one is on SQLite, which is no process."""
    if not os.environ.get("PRISM_TEST_DATABASE_URL"):
        yield None
        return
    with postgres_server() as server:
        yield server


def test_whatever_was_accepted_is_there_once_and_every_page_is_unbroken(
    tmp_path: Path, postgres: PostgresServer | None
) -> None:
    dice = random.Random(6)
    with (
        redis_server("--appendonly", "yes", "--appendfsync", "always") as redis,
        console(tmp_path, redis, database_url=postgres.url if postgres else "") as one,
    ):
        token = issue_token(one)
        one.start_worker()
        pages = [Page(one) for _ in range(PAGES)]
        for page in pages:
            page.wait(lambda page: page.last is not None, "the start", timeout_s=60)
        stop = threading.Event()
        senders = [Sender(one, redis, token, stop), Sender(one, redis, "", stop)]
        for sender in senders:
            sender.start()
        killings = victims(one, redis, postgres)
        began = time.monotonic()
        killed: list[str] = []
        while time.monotonic() - began < SECONDS:
            # each once before any twice, in another order every time
            left = [name for name in killings if killed.count(name) == len(killed) // len(killings)]
            killed.append(dice.choice(left))
            killings[killed[-1]]()
            time.sleep(KILL_EVERY_S * dice.uniform(0.5, 1.5))
        stop.set()
        for sender in senders:
            sender.join()
        accepted = [name for sender in senders for name in sender.accepted]
        rows: list[tuple[int, str]] = []

        def all_stored() -> bool:
            rows[:] = json.loads(one.run("-c", READ))
            return set(accepted) <= {name for _, name in rows}

        wait_until(all_stored, what="the rest", timeout_s=60)
        for page in pages:
            page.wait(lambda page: page.last is not None and page.last >= len(rows), "the head", 60)
            page.close()
        print(
            f"{len(accepted)} accepted, {len(rows)} stored, {sum(one.refused for one in senders)} batches"
            f" sent again, {len(pages)} pages; killed: {', '.join(killed)}"
        )

        names = [name for _, name in rows]
        assert len(accepted) > 20 * SECONDS
        assert len(names) == len(set(names))
        assert [seq for seq, _ in rows] == list(range(1, len(rows) + 1))
        for page in pages:
            assert is_unbroken(page)
            assert page.faults == []
