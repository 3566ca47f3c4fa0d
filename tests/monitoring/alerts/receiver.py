"""A receiver of webhooks on a loopback port, with TLS, that keeps what it gets and may misbehave."""

import contextlib
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.certificates import Authority


@dataclass
class Message:
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def key(self) -> str:
        """Give its Idempotency-Key."""
        return self.headers["idempotency-key"]

    @property
    def document(self) -> dict[str, Any]:
        """Read its body."""
        return dict(json.loads(self.body))

    @property
    def told(self) -> list[tuple[str, str]]:
        """Give what is told of which service."""
        return [(one["notice"], one["service"]) for one in self.document["incidents"]]


@dataclass
class Receiver:
    """What arrived, and how to answer: `answer` gets the message and gives a status and headers."""

    messages: list[Message] = field(default_factory=list)
    answer: Callable[[Message], tuple[int, dict[str, str]]] = lambda message: (200, {})
    after: Callable[[Message], None] = lambda message: None
    port: int = 0
    arrived: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        """Give its address."""
        return f"https://localhost:{self.port}/hook"

    @property
    def told(self) -> list[tuple[str, str]]:
        """Give everything that was told, in its order."""
        return [pair for message in self.messages for pair in message.told]


@contextlib.contextmanager
def receiving(authority: Authority) -> Iterator[Receiver]:
    """Run a receiver."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            headers = {name.lower(): value for name, value in self.headers.items()}
            message = Message(self.path, headers, body)
            receiver.messages.append(message)
            receiver.arrived.set()
            status, extra = receiver.answer(message)
            with contextlib.suppress(OSError):
                self.send_response(status)
                for name, value in {"Content-Length": "0", **extra}.items():
                    self.send_header(name, value)
                self.end_headers()
            receiver.after(message)

        do_GET = do_POST

        def log_message(self, *arguments: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *arguments: Any) -> None:
            pass  # a sender that was killed

    server = Server(("127.0.0.1", 0), Handler)
    context = authority.context("localhost")
    server.socket = context.wrap_socket(
        server.socket, server_side=True, do_handshake_on_connect=False
    )
    receiver.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Make the authority that the receivers' certificates are from."""
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def receiver(
    authority: Authority, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Receiver]:
    """Run a receiver that channels may reach, at the address in PRISM_CHANNEL_TEST."""
    settings.PRISM_OUTBOUND_CA_FILE = str(authority.ca_file)
    settings.PRISM_WEBHOOK_PRIVATE_HOSTS = ["localhost"]
    with receiving(authority) as running:
        monkeypatch.setenv("PRISM_CHANNEL_TEST", running.url)
        yield running


__all__ = ["Authority", "Message", "Receiver", "authority", "receiver", "receiving"]
