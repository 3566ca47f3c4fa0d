"""The console among the services it watches: its web server, its Redis, its database.

Only these may be asked on the loopback or a socket of this machine, and only by checks that the console
made itself: `own:web`, `own:redis`, `own:database`.
"""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from monitoring.health.derive import Wanted
from monitoring.health.words import Kind
from prism.core.addresses import PrivateHosts
from prism.core.answer import CommandFailed
from prism.core.listen import addresses, port

WEB, REDIS, DATABASE = "own:web", "own:redis", "own:database"
SERVICES = {WEB: "prism-web", REDIS: "prism-valkey", DATABASE: "prism-database"}
_LOOPBACK = frozenset(("127.0.0.1", "::1", "localhost"))


def own_checks() -> list[Wanted]:
    """List the checks that every console has of itself."""
    web = Wanted("web", SERVICES[WEB], "prod", Kind.HTTP, WEB, {"version_path": "/version"})
    redis = Wanted("redis", SERVICES[REDIS], "prod", Kind.REDIS, REDIS)
    database = Wanted("database", SERVICES[DATABASE], "prod", Kind.POSTGRES, DATABASE)
    return [database, redis, web]


def web_url() -> str:
    """Give where the console's own web server answers: its public address, else this machine's."""
    if settings.PRISM_PUBLIC_URL:
        return f"{settings.PRISM_PUBLIC_URL}/health"
    try:
        host = addresses()[0].replace("0.0.0.0", "127.0.0.1")  # noqa: S104
        host = "::1" if host == "::" else host
        return (
            f"http://[{host}]:{port()}/health" if ":" in host else f"http://{host}:{port()}/health"
        )
    except CommandFailed:  # PORT is no number; the web server does not start with it either
        return ""


def own_hosts() -> PrivateHosts:
    """Name the private hosts that the console's own checks may reach, besides those listed."""
    own: set[str] = set(_LOOPBACK)
    own |= {urlsplit(url).hostname or "" for url in (settings.PRISM_PUBLIC_URL, settings.REDIS_URL)}
    own.add(str(_database().get("HOST", "")).lower())
    own |= {address.strip("[]") for address in _listening()}
    return PrivateHosts(frozenset(own - {""}) | frozenset(settings.PRISM_OUTBOUND_PRIVATE_HOSTS))


def database_settings() -> dict[str, Any]:
    """Give how to reach the console's own database: ENGINE, NAME, HOST, PORT, USER, PASSWORD."""
    return _database()


def _database() -> dict[str, Any]:
    database: dict[str, Any] = settings.DATABASES["default"]
    return database


def _listening() -> list[str]:
    try:
        return addresses()
    except CommandFailed:
        return []
