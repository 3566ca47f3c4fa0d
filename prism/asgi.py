"""The ASGI application that gunicorn serves: pages over HTTP, live pages over WebSockets."""

import os
from collections.abc import Awaitable, Callable
from typing import Any

from channels.routing import ProtocolTypeRouter, URLRouter
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.urls import re_path

from prism.core.body_limit import MEBIBYTE, BodyLimit
from prism.core.sqlite import wal_kept_open
from prism.origins import OriginValidator

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "prism.settings")
pages = get_asgi_application()
# models can be imported only now
from monitoring.events.consumers import live_events  # noqa: E402
from monitoring.events.hub import stop_hub  # noqa: E402

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

NO_SUCH_SOCKET = 4404  # in the range that RFC 6455 section 7.4.2 leaves to applications


async def lifespan(scope: Scope, receive: Receive, send: Send) -> None:
    """Tell the server that the application has started and stopped; meanwhile SQLite's log stays open."""
    with wal_kept_open(settings.DATABASES["default"]):
        while True:
            message = await receive()
            is_last = message["type"] == "lifespan.shutdown"
            if is_last:
                await stop_hub()
            await send({"type": f"{message['type']}.complete"})
            if is_last:
                return


async def no_such_socket(scope: Scope, receive: Receive, send: Send) -> None:
    """Close a socket at an unknown address, where Channels alone would raise."""
    await send({"type": "websocket.close", "code": NO_SUCH_SOCKET})


# the live pages' consumers by address; the last one takes what no other does
SOCKETS = [
    re_path(r"^ws/events/$", live_events),  # type: ignore[arg-type]
    re_path("", no_such_socket),  # type: ignore[arg-type]
]
# a manifest has at most 8 MiB, and comes with the other fields of its form
MANIFEST_BYTES = 8 * MEBIBYTE + MEBIBYTE // 2
application = BodyLimit(
    ProtocolTypeRouter(
        {
            "http": pages,
            "websocket": OriginValidator(URLRouter(SOCKETS)),
            "lifespan": lifespan,
        }
    ),
    larger={
        "/manifest/": MANIFEST_BYTES,
        "/api/v1/manifest": MANIFEST_BYTES,
        "/api/v1/events": 4 * MEBIBYTE,
    },
)
