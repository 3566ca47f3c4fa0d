"""The uvicorn worker that gunicorn runs, with the limits of the console's sockets."""

from uvicorn_worker import UvicornWorker


class WebWorker(UvicornWorker):  # type: ignore[misc]
    """Serves HTTP and WebSockets; Django alone decides whether a proxy's headers are believed."""

    CONFIG_KWARGS = {
        "loop": "auto",
        "http": "auto",
        "lifespan": "on",
        "ws_max_size": 64 * 1024,
        "ws_per_message_deflate": False,  # memory per socket, and secrets next to hostile text
        "ws_ping_interval": 20,
        "ws_ping_timeout": 20,
        "proxy_headers": False,
        "server_header": False,
        "access_log": False,
    }
