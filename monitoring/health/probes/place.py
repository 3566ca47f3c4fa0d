"""Where a check leads, read from its target when it is asked."""

import os
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from django.conf import settings

from monitoring.health.checking import Asked
from monitoring.health.derive import ENVIRONMENT_TARGET
from monitoring.health.own import own_hosts
from monitoring.health.words import Origin
from prism.core.addresses import PrivateHosts
from prism.core.targets import UrlRefused, parse_target


class NotAsked(Exception):
    """The probe cannot run, through no fault of the service; the message is for people."""


@dataclass(frozen=True, slots=True)
class Place:
    """A server that is no web server. `path` is a socket of this machine, or the name of a database."""

    scheme: str
    host: str = ""
    port: int = 0
    user: str = ""
    password: str = ""
    path: str = ""


def private_hosts(asked: Asked) -> PrivateHosts:
    """Say which private hosts a check may reach."""
    if asked.origin is Origin.BUILT_IN:
        return own_hosts()
    return PrivateHosts(frozenset(settings.PRISM_OUTBOUND_PRIVATE_HOSTS))


def target_text(asked: Asked) -> str:
    """Give the target, taken from the worker's environment where the check says so."""
    if not asked.target.startswith(ENVIRONMENT_TARGET):
        return asked.target
    name = asked.target.removeprefix(ENVIRONMENT_TARGET)
    if text := os.environ.get(name, "").strip():
        return text
    raise NotAsked(f"no address: set {name} for the worker")


def read_url(text: str, default_port: int) -> Place:
    """Read the URL of a database or cache, with its credentials; raises NotAsked."""
    try:
        parts = urlsplit(text)
        port = parts.port or default_port
    except ValueError as error:
        raise NotAsked("its address cannot be read") from error
    if parts.scheme == "unix":
        return Place("unix", path=unquote(parts.path), password=unquote(parts.password or ""))
    if not parts.hostname:
        raise NotAsked("its address has no host")
    return Place(
        parts.scheme,
        parts.hostname,
        port,
        unquote(parts.username or ""),
        unquote(parts.password or ""),
        unquote(parts.path.lstrip("/")),
    )


def read_host_port(text: str, default_port: int = 0) -> tuple[str, int]:
    """Read `host:port` or `[address]:port`; raises NotAsked."""
    address, separator, number = text.rpartition(":")
    if not separator or (":" in address and not address.endswith("]")):
        address, number = text, str(default_port or "")
    if not number.isdecimal() or not 1 <= int(number) <= 65535:
        raise NotAsked("its address needs a port: host:port")
    try:
        host = parse_target(f"https://{address}/").host
    except UrlRefused as error:
        raise NotAsked(f"its address cannot be used: {error}") from error
    return host, int(number)
