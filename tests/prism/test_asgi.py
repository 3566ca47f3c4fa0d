"""The ASGI application: what it answers besides pages."""

import asyncio
from typing import Any

from asgiref.testing import ApplicationCommunicator

from prism.asgi import NO_SUCH_SOCKET, application


def socket_scope(path: str, origin: str) -> dict[str, Any]:
    headers = [(b"host", b"localhost"), (b"origin", origin.encode())]
    return {
        "type": "websocket",
        "path": path,
        "scheme": "ws",
        "query_string": b"",
        "headers": headers,
        "subprotocols": [],
    }


async def close_code(scope: dict[str, Any]) -> int:
    communicator = ApplicationCommunicator(application, scope)
    await communicator.send_input({"type": "websocket.connect"})
    message = await communicator.receive_output(timeout=5)
    assert message["type"] == "websocket.close"
    return int(message["code"])


async def test_a_socket_at_an_unknown_address_is_closed_not_raised() -> None:
    assert await close_code(socket_scope("/no/such/", "http://localhost")) == NO_SUCH_SOCKET


async def test_a_socket_of_another_page_is_closed() -> None:
    assert await close_code(socket_scope("/no/such/", "https://evil.example")) == 4403


async def test_the_server_is_told_of_start_and_stop() -> None:
    communicator = ApplicationCommunicator(application, {"type": "lifespan"})

    for stage in ("startup", "shutdown"):
        await communicator.send_input({"type": f"lifespan.{stage}"})
        assert await communicator.receive_output(5) == {"type": f"lifespan.{stage}.complete"}

    await asyncio.wait_for(communicator.future, 5)
