"""Cuts a request body at its cap, before Django, its middleware or a log-in sees any of it."""

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

Message = dict[str, Any]
Scope = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

MEBIBYTE = 1024 * 1024
DEFAULT_BYTES = MEBIBYTE
# on its own: this layer stands before templates and log-in
PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark"><title>Too large</title>
<h1>That was too large</h1>
<p>At most {mebibytes:g} MiB may be sent here. Nothing was changed: go back and send less.</p>
"""


class _TooLarge(Exception):
    """More arrived than the cap allows; never leaves this file."""


class BodyLimit:
    """The outermost ASGI layer: Django spools a whole body to disk before its first line runs.

    `larger` gives the addresses that take more than `default_bytes`, by the beginning of the path. A
    body that declares itself too large is refused unread; one that does not is cut when it gets there,
    and the connection is closed.
    """

    def __init__(
        self,
        app: Application,
        *,
        default_bytes: int = DEFAULT_BYTES,
        larger: Mapping[str, int] | None = None,
    ) -> None:
        self.app = app
        self.default_bytes = default_bytes
        self.larger = dict(larger or {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        cap = self.cap_of(scope["path"])
        if _declared_bytes(scope) > cap:
            await _refuse(scope, send, cap)
            return
        has_answered = False
        received = 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > cap:
                raise _TooLarge
            return message

        async def watched(message: Message) -> None:
            nonlocal has_answered
            has_answered = True
            await send(message)

        try:
            await self.app(scope, counted, watched)
        except _TooLarge:
            if not has_answered:
                await _refuse(scope, send, cap)

    def cap_of(self, path: str) -> int:
        """Give the cap of an address in bytes."""
        caps = (cap for beginning, cap in self.larger.items() if path.startswith(beginning))
        return max(caps, default=self.default_bytes)


def _declared_bytes(scope: Scope) -> int:
    """Read `Content-Length`; the server has refused one that is no number."""
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value)
    return 0


def _accepts_html(scope: Scope) -> bool:
    return any(name == b"accept" and b"text/html" in value for name, value in scope["headers"])


def _answer(scope: Scope, cap: int) -> tuple[bytes, str]:
    """Write the answer as a page for a browser and as JSON for a program; give its type as well."""
    if _accepts_html(scope):
        return b"text/html; charset=utf-8", PAGE.format(mebibytes=cap / MEBIBYTE)
    problem = {
        "type": "about:blank",
        "title": "Content Too Large",
        "status": 413,
        "detail": f"the body may have {cap} bytes here",
    }
    return b"application/problem+json", json.dumps(problem)


async def _refuse(scope: Scope, send: Send, cap: int) -> None:
    content_type, text = _answer(scope, cap)
    body = text.encode()
    headers = [
        (b"content-type", content_type),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),
        (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
        (b"x-content-type-options", b"nosniff"),
    ]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": body})
