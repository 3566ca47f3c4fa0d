"""The console as it runs in production, and a browser that times every request."""

import atexit
import functools
import http.client
import http.cookies
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

from tests.filled_form import filled_form
from tests.servers import ROOT, WebServer

VERIFY_S = 6  # a minute in production
USER, PASSWORD = "ada", "correct horse battery"
_MAKE_USER = (
    "from django.contrib.auth.models import User;"
    f"User.objects.create_superuser({USER!r}, password={PASSWORD!r})"
)


def environment(var_dir: Path, *, redis_url: str, database_url: str = "") -> dict[str, str]:
    """Give what a console in a folder of its own is started with; nothing of the tests' own."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return {
        **kept,
        "PRISM_VAR_DIR": str(var_dir),
        "PRISM_SECRET_KEY": "tests-only-" * 6,
        "PRISM_DATABASE_DEADLINE_S": "2",
        "PRISM_SESSION_VERIFY_S": str(VERIFY_S),
        "REDIS_URL": redis_url,
        "DATABASE_URL": database_url,
        "DJANGO_SETTINGS_MODULE": "prism.settings",
    }


@functools.cache
def _template() -> Path:
    """Give a place for an SQLite database that was prepared once in this process."""
    folder = Path(tempfile.mkdtemp(prefix="prism-template-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder / "prism.sqlite3"


def prepare(variables: dict[str, str]) -> None:
    """Make the tables and one superuser; on SQLite only once, then it is a copy."""
    database = Path(variables["PRISM_VAR_DIR"]) / "prism.sqlite3"
    is_sqlite = not variables["DATABASE_URL"]
    if is_sqlite and _template().exists() and not database.exists():
        database.parent.mkdir(parents=True, exist_ok=True)
        copy_database(_template(), database)
        return
    _prepare_anew(variables)
    if is_sqlite and not _template().exists():
        copy_database(database, _template())


def _prepare_anew(variables: dict[str, str]) -> None:
    for command in (["migrate", "--verbosity", "0"], ["shell", "--command", _MAKE_USER]):
        subprocess.run(
            [sys.executable, "manage.py", *command],
            cwd=ROOT, env=variables, check=True, timeout=100, capture_output=True,
        )  # fmt: skip


@dataclass
class Page:
    """One answer, and how long it took."""

    status: int
    content: bytes
    headers: http.client.HTTPMessage
    took_ms: float


@dataclass
class Browser:
    """Keeps cookies and fills in forms; follows no redirect, so that each request is timed alone."""

    server: WebServer
    cookies: dict[str, str] = field(default_factory=dict)
    slowest_ms: dict[str, float] = field(default_factory=dict)  # by method and path
    headers: dict[str, str] = field(default_factory=dict)  # sent with every request

    def request(self, method: str, path: str, form: dict[str, object] | None = None) -> Page:
        """Ask once."""
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers = {**self.headers, "Cookie": cookies}
        body = None
        if form is not None:
            body = urlencode(form, doseq=True)
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=60)
        started = time.perf_counter()
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        content = response.read()
        took_ms = (time.perf_counter() - started) * 1000
        connection.close()
        asked = f"{method} {path}"
        self.slowest_ms[asked] = max(self.slowest_ms.get(asked, 0), took_ms)
        for line in response.headers.get_all("Set-Cookie", []):
            for name, morsel in http.cookies.SimpleCookie(line).items():
                self.cookies[name] = morsel.value
        return Page(response.status, content, response.headers, took_ms)

    def get(self, path: str) -> Page:
        """Open a page."""
        return self.request("GET", path)

    def submit(self, path: str, form_id: str, **changes: object) -> Page:
        """Open the page of a form, change some of it and send it."""
        page = self.get(path)
        assert page.status == 200, (path, page.status)
        return self.request("POST", path, {**filled_form(page, form_id), **changes})

    def log_in(self) -> Page:
        """Log in as the superuser."""
        return self.submit(
            "/admin/login/", "login-form", username=USER, password=PASSWORD, next="/admin/"
        )

    def log_out(self) -> Page:
        """Log out, with the token of a page that has one."""
        token = filled_form(self.get(EDIT), "user_form")["csrfmiddlewaretoken"]
        return self.request("POST", "/admin/logout/", {"csrfmiddlewaretoken": token})

    def is_logged_in(self) -> bool:
        """Say whether a page for staff is shown."""
        return self.get(LIST).status == 200

    def edit(self, first_name: str) -> Page:
        """Change the name of the superuser."""
        return self.submit(EDIT, "user_form", first_name=first_name)


LIST, EDIT = "/admin/auth/user/", "/admin/auth/user/1/change/"


def walk(server: WebServer, name: str) -> Browser:
    """Log in, open a page, edit, log out, and find the cookie dead: what must work in every fault."""
    browser = Browser(server)
    assert browser.log_in().status == 302
    assert browser.is_logged_in()
    assert browser.edit(name).status == 302
    assert name.encode() in browser.get(EDIT).content
    stolen = Browser(server, dict(browser.cookies))
    assert browser.log_out().status in (200, 302)
    assert not browser.is_logged_in()
    assert not stolen.is_logged_in()
    return browser


def copy_database(source: Path, target: Path) -> None:
    """Copy the SQLite database of one console for another."""
    with sqlite3.connect(source) as old, sqlite3.connect(target) as new:
        old.backup(new)
    old.close()
    new.close()
