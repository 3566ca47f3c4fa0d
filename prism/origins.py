"""Lets a page open a WebSocket only when the page is ours: the whole origin counts, scheme and port too."""

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http.request import validate_host

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

DEFAULT_PORTS = {"http": 80, "https": 443}


def normal_origin(text: str) -> str | None:
    """Write an origin as `scheme://host:port`; None for what is no http or https origin (`null` too)."""
    try:
        parts = urlsplit(text)
        port = parts.port or DEFAULT_PORTS[parts.scheme]
    except (ValueError, KeyError):
        return None
    if not parts.hostname or parts.username is not None or parts.path or parts.query:
        return None
    return f"{parts.scheme}://{parts.hostname}:{port}"


def is_ours(origin: str, *, host: str, scheme: str, allowed: list[str], hosts: list[str]) -> bool:
    """Decide one handshake.

    With `allowed` (`PRISM_WS_ORIGINS`) the origin must be one of them. Without, which is a console
    reached by no public address, it must be the very address that the browser connected to, and that
    address must be one of `hosts`: a name that was rebound to this machine is not.
    """
    asked = normal_origin(origin)
    if asked is None:
        return False
    if allowed:
        return asked in {normal_origin(entry) for entry in allowed}
    name = urlsplit(f"//{host}").hostname or ""
    name = f"[{name}]" if ":" in name else name
    return asked == normal_origin(f"{scheme}://{host}") and validate_host(name, hosts)


class OriginValidator:
    """Closes a handshake whose page is not ours, or that does not say which page it comes from."""

    def __init__(self, app: Application) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if is_ours(
            _header(scope, b"origin"),
            host=_header(scope, b"host"),
            scheme="https" if scope.get("scheme") == "wss" else "http",
            allowed=settings.PRISM_WS_ORIGINS,
            hosts=settings.ALLOWED_HOSTS,
        ):
            await self.app(scope, receive, send)
            return
        await receive()
        await send({"type": "websocket.close", "code": 4403})


def _header(scope: Scope, wanted: bytes) -> str:
    """Give the header's value; empty when it is missing or given twice."""
    values = [value for name, value in scope["headers"] if name == wanted]
    return values[0].decode("latin-1") if len(values) == 1 else ""
