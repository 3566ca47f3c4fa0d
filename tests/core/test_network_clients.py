"""Nobody opens a connection but the modules that are made for it."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
CLIENTS = frozenset(
    ("aiohttp", "aioredis", "ftplib", "http.client", "httpx", "imaplib", "poplib", "pycurl", "redis",
     "requests", "smtplib", "socket", "socketserver", "ssl", "telnetlib", "urllib.request", "urllib3",
     "valkey", "websockets", "xmlrpc.client")
)  # fmt: skip
CALLS = frozenset(
    ("create_connection", "open_connection", "open_unix_connection", "sock_connect", "urlopen",
     "send_mail", "mail_admins")
)  # fmt: skip
ALLOWED = {
    "prism/core/redis.py": {"redis"},
    "prism/core/breaker.py": {"redis"},  # the classes of its exceptions
    "prism/core/outbound.py": {"aiohttp"},
    "prism/core/dialing.py": {"aiohttp", "socket", "ssl"},
    "prism/core/streams.py": {"ssl", "open_connection", "open_unix_connection"},
    "prism/core/failures.py": {"aiohttp", "ssl"},  # the classes of their exceptions
    "prism/embedded.py": {"socket"},  # asks its own child whether it is there
    "prism/core/listen.py": {"socket"},  # tries whether an address can be listened on
    "prism/up.py": {"http.client"},  # asks its own child whether it is ready
}
SOURCES = sorted(
    path
    for room in ("prism", "services", "monitoring")
    for path in (ROOT / room).rglob("*.py")
    if "migrations" not in path.parts
)


def clients_of(path: Path) -> set[str]:
    """Give the network clients a module imports and the connecting functions it calls."""
    found: set[str] = set()
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {client for alias in node.names if (client := banned(alias.name))}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names = [node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)]
            found |= {client for name in names if (client := banned(name))}
        elif isinstance(node, ast.Call):
            function = node.func
            name = getattr(function, "attr", getattr(function, "id", ""))
            found |= {name} & CALLS
    return found - {"socket"} if uses_of_socket(tree) == {"gethostname"} else found


def uses_of_socket(tree: ast.AST) -> set[str]:
    """Give what is used of the socket module: the machine's name is no connection."""
    return {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "socket"
    }


def banned(module: str) -> str:
    """Give the client that a module belongs to, or nothing."""
    return next((name for name in CLIENTS if module == name or module.startswith(f"{name}.")), "")


def test_there_is_code_to_look_at() -> None:
    assert len(SOURCES) > 30


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_makes_no_connection_of_its_own(source: Path) -> None:
    allowed = ALLOWED.get(str(source.relative_to(ROOT)), set())

    assert clients_of(source) <= allowed, "go through prism.core.outbound or prism.core.redis"


@pytest.mark.parametrize("name", ALLOWED)
def test_no_permission_is_left_over(name: str) -> None:
    assert clients_of(ROOT / name) == ALLOWED[name]


@pytest.mark.parametrize(
    "code",
    ["import requests", "import socket as s", "from urllib import request", "import http.client",
     "from redis.asyncio import Redis", "asyncio.open_connection('a', 1)", "urlopen('x')"],
)  # fmt: skip
def test_the_look_sees_what_it_must(code: str, tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    module.write_text(code)

    assert clients_of(module)
