"""A console with its web server and worker, and pages that keep what their sockets say."""

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import websockets.exceptions
from websockets.sync.client import ClientConnection, connect

from tests.faults.console import Browser, environment, prepare
from tests.servers import ROOT, Process, RedisServer, WebServer, wait_until

VERIFY_S = 1  # half a minute in production
ISSUE = """
import django; django.setup()
from datetime import timedelta
from django.contrib.auth.models import User
from django.utils import timezone
from prism.core.tokens import issue_token
now = timezone.now()
print(issue_token(actor=User.objects.get(), name="sender", scopes=["events.ingest"],
                  expires_at=now + timedelta(days=1), now=now)[1])
"""
SEND = """
import sys, json
import django; django.setup()
from django.db import connections
from monitoring.events.wakeup import finish_waking
from tests.monitoring.events.make_events import store
for line in sys.stdin:
    count, over = json.loads(line)
    store(count, **over)
    finish_waking()
    connections.close_all()
    print("stored", flush=True)
"""


@dataclass
class Console:
    """A web server, perhaps with a worker, in a folder of its own."""

    variables: dict[str, str]
    server: WebServer
    cookies: dict[str, str] = field(default_factory=dict)
    worker: Process | None = None
    _sender: subprocess.Popen[str] | None = None

    def log_in(self) -> Browser:
        """Log in as the superuser and keep the cookies."""
        browser = Browser(self.server)
        browser.log_in()
        self.cookies = browser.cookies
        return browser

    def socket(self, **headers: str) -> ClientConnection:
        """Open a socket as a page does."""
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return connect(
            f"ws://127.0.0.1:{self.server.port}/ws/events/",
            origin=headers.pop("origin", self.server.url),  # type: ignore[arg-type]
            additional_headers={"Cookie": cookie, **headers},
            open_timeout=20,
            max_size=None,
            proxy=None,
        )

    def store(self, count: int = 1, **over: Any) -> None:
        """Store events from a process of its own, which stays for the next ones."""
        if self._sender is None:
            self._sender = subprocess.Popen(
                [sys.executable, "-c", SEND], cwd=ROOT, env=self.variables, text=True,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            )  # fmt: skip
        assert self._sender.stdin
        assert self._sender.stdout
        self._sender.stdin.write(f"{json.dumps([count, over])}\n")
        self._sender.stdin.flush()
        assert self._sender.stdout.readline() == "stored\n"

    def close(self) -> None:
        """End what was started beside the web server."""
        if self._sender is not None:
            self._sender.communicate(timeout=10)
            self._sender = None
        if self.worker is not None:
            self.worker.kill()

    def run(self, *arguments: str) -> str:
        """Run Python with the console's settings; give what it printed."""
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=ROOT, env=self.variables, stdout=subprocess.PIPE, text=True, check=True, timeout=60,
        ).stdout.strip()  # fmt: skip

    def start_worker(self) -> Process:
        """Start `prism worker`."""
        popen = subprocess.Popen(
            [sys.executable, "-m", "prism", "worker"], cwd=ROOT, env=self.variables,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self.worker = Process(popen)
        return self.worker


@contextmanager
def console(folder: Path, redis: RedisServer, *, database_url: str = "") -> Iterator[Console]:
    """Run a console for one test."""
    variables = environment(folder, redis_url=redis.url, database_url=database_url)
    variables["PRISM_LIVE_VERIFY_S"] = str(VERIFY_S)
    prepare(variables)
    server = WebServer(variables, log=folder / "web.log").start()
    one = Console(variables, server)
    one.log_in()
    try:
        yield one
    finally:
        one.close()
        server.stop()


def issue_token(one: Console) -> str:
    """Make a token that may send events."""
    return one.run("-c", ISSUE)


class Page:
    """A simulated browser: resumes by number, asks again for a gap, and keeps every number it saw."""

    def __init__(self, one: Console, **asked: str) -> None:
        self.console = one
        self.asked = asked
        self.epoch = ""
        self.last: int | None = None
        self.first = 0
        self.seqs: list[int] = []
        self.frames: list[str] = []
        self.is_live: bool | None = None
        self.faults: list[str] = []
        self.close_code: int | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def wait(self, condition: Callable[["Page"], bool], what: str, timeout_s: float = 20) -> "Page":
        """Wait until something holds of this page."""
        wait_until(lambda: condition(self), what=what, timeout_s=timeout_s)
        return self

    def close(self) -> None:
        """Close it."""
        self._stop.set()
        self._thread.join(10)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                with self.console.socket() as socket:
                    self._hello(socket)
                    while not self._stop.is_set():
                        try:
                            self._hear(socket, json.loads(socket.recv(timeout=0.5)))
                        except TimeoutError:
                            continue
            except websockets.exceptions.ConnectionClosed as closed:
                self.close_code = closed.rcvd.code if closed.rcvd else 1006
                if self.close_code in (4401, 4403):
                    return
            except (OSError, websockets.exceptions.WebSocketException):
                pass
            self.is_live = None
            self._stop.wait(0.3)

    def _hello(self, socket: ClientConnection) -> None:
        hello = {"t": "hello", "e": self.epoch, "after": self.last, "filter": self.asked, "f": 0}
        socket.send(json.dumps(hello))

    def _hear(self, socket: ClientConnection, frame: dict[str, Any]) -> None:
        self.frames.append(frame["t"])
        if frame["t"] == "hb":
            self.is_live = frame["live"]
            if self.last is not None and frame["s"] is not None:
                self.last = max(self.last, frame["s"])
        elif frame["t"] == "reset":
            if self.last is not None:
                self.faults.append(f"reset at {self.last}")
            self.epoch, self.last = frame["e"], frame["s"]
            self.first = frame["s"]
        elif frame["t"] == "ev":
            if self.last is None or frame["p"] > self.last:
                self.faults.append(f"gap {self.last} to {frame['p']}")
                self._hello(socket)
                return
            fresh = [row["seq"] for row in frame["r"] if row["seq"] > self.last]
            self.seqs += fresh
            self.last = max(self.last, frame["s"])


def is_unbroken(page: Page) -> bool:
    """Say whether a page without a filter saw every number from its first on, once."""
    assert page.last is not None
    return page.seqs == list(range(page.first + 1, page.last + 1))
