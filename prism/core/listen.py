"""Where the web server listens, from `PRISM_BIND` and `PORT`."""

import errno
import os
import socket
from collections.abc import Mapping

from prism.core.answer import CommandFailed

DEFAULT_PORT = 8000
LOOPBACK = ("127.0.0.1", "::1")
EVERYWHERE = {"::": "0.0.0.0"}  # noqa: S104


def port(environment: Mapping[str, str] = os.environ) -> int:
    """Read `PORT`; raises CommandFailed for what is no port."""
    text = environment.get("PORT") or str(DEFAULT_PORT)
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise CommandFailed(f"PORT must be a number from 1 to 65535, not {text!r}")
    return int(text)


def addresses(environment: Mapping[str, str] = os.environ) -> list[str]:
    """Read `PRISM_BIND`, a list of addresses; only this machine can connect when it is not set.

    On a machine without IPv6 `::` becomes `0.0.0.0`, and `::1` is left out.
    """
    given = [part.strip().strip("[]") for part in environment.get("PRISM_BIND", "").split(",")]
    wanted = [part for part in given if part] or LOOPBACK
    if not _has_ipv6():
        wanted = [EVERYWHERE.get(address, address) for address in wanted if address != "::1"]
    return list(wanted)


def binds(environment: Mapping[str, str] = os.environ) -> list[str]:
    """Write the addresses with the port as gunicorn takes them."""
    number = port(environment)
    return [
        f"[{address}]:{number}" if ":" in address else f"{address}:{number}"
        for address in addresses(environment)
    ]


def ensure_port_is_free() -> None:
    """Raise CommandFailed, naming `PORT`, when another program listens or the port is forbidden."""
    for address in addresses():
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((address, port()))
            except OSError as error:
                raise CommandFailed(_bind_advice(address, error)) from error


def _bind_advice(address: str, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port()} is in use by another program: choose one, such as PORT={port() + 1}"
    if error.errno == errno.EACCES:
        return f"this user may not listen on port {port()}: set PORT to one above 1023"
    return f"cannot listen on {address} (PRISM_BIND): {error.strerror}"


def _has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True
