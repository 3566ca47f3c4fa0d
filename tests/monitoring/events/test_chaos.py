"""Kill -9 of Redis, a web process and the worker in random order while 200 events a second arrive."""

import http.client
import json
import os
import random
import signal
import threading
import time
import uuid
from pathlib import Path

import pytest
import redis as redis_py

from tests.monitoring.events.live import Console, Page, console, is_unbroken, issue_token
from tests.servers import RedisServer, redis_server, wait_until

pytestmark = [pytest.mark.redis, pytest.mark.timeout(180)]

SECONDS, PAGES = 12, 10
READ = """
import django, json; django.setup()
from monitoring.events.models import Event
print(json.dumps(list(Event.objects.order_by("seq").values_list("seq", "event_id"))))
"""


class Sender(threading.Thread):
    """Sends until told to stop, each event again until it is accepted; remembers what was."""

    def __init__(self, one: Console, redis: RedisServer, token: str, stop: threading.Event) -> None:
        super().__init__()
        self.one, self.redis, self.token, self.stop_now = one, redis, token, stop
        self.accepted: list[str] = []

    def run(self) -> None:
        send = self.post if self.token else self.add
        while not self.stop_now.is_set():
            names = [uuid.uuid4().hex for _ in range(10)]
            try:
                send([{"id": name, "service": "chaos", "type": "t"} for name in names])
                self.accepted += names
            except (OSError, http.client.HTTPException, redis_py.RedisError):
                pass  # not accepted; whether it is stored is open
            time.sleep(0.1)

    def post(self, events: list[dict[str, str]]) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.one.server.port, timeout=10)
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        connection.request("POST", "/api/v1/events", json.dumps(events), headers)
        if connection.getresponse().status != 202:
            raise OSError
        connection.close()

    def add(self, events: list[dict[str, str]]) -> None:
        client = self.redis.admin()
        with client.pipeline() as pipeline:
            for event in events:
                pipeline.xadd("stream:events", {"data": json.dumps(event)})
            pipeline.execute()


def kill_web_process(one: Console) -> None:
    assert one.server.process
    pid = one.server.process.popen.pid
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    for child in children[:1]:
        os.kill(int(child), signal.SIGKILL)


def test_whatever_was_accepted_is_there_once_and_every_page_is_unbroken(tmp_path: Path) -> None:
    dice = random.Random(6)
    with (
        redis_server("--appendonly", "yes", "--appendfsync", "always") as redis,
        console(tmp_path, redis) as one,
    ):
        token = issue_token(one)
        one.start_worker()
        pages = [Page(one) for _ in range(PAGES)]
        for page in pages:
            page.wait(lambda page: page.last is not None, "the start")
        stop = threading.Event()
        senders = [Sender(one, redis, token, stop), Sender(one, redis, "", stop)]
        for sender in senders:
            sender.start()
        killings = ["redis", "web", "worker"] * 2
        dice.shuffle(killings)
        for victim in killings:
            time.sleep(SECONDS / len(killings))
            if victim == "redis":
                redis.kill()
                redis.start()
            elif victim == "web":
                kill_web_process(one)
            else:
                assert one.worker
                one.worker.kill()
                one.start_worker()
        stop.set()
        for sender in senders:
            sender.join()
        accepted = {name for sender in senders for name in sender.accepted}

        def stored() -> list[list[object]]:
            return json.loads(one.run("-c", READ))  # type: ignore[no-any-return]

        wait_until(
            lambda: accepted <= {name for _, name in stored()}, what="the rest", timeout_s=60
        )
        rows = stored()
        for page in pages:
            page.wait(lambda page: page.last is not None and page.last >= len(rows), "the head")

        names = [name for _, name in rows]
        assert len(accepted) > 500
        assert len(names) == len(set(names))
        assert [seq for seq, _ in rows] == list(range(1, len(rows) + 1))
        for page in pages:
            page.close()
            assert is_unbroken(page)
            assert page.faults == []
