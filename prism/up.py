"""`prism up`: the database, the embedded Valkey, the web server and the worker, from one command."""

import http.client
import os
import signal
import sys
import threading
import time
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from django.conf import settings
from django.db import connections
from django.utils import timezone

from prism.core.answer import Answer, CommandFailed
from prism.core.listen import LOOPBACK, addresses, ensure_port_is_free, port
from prism.core.terminal import Terminal
from prism.database import migrate
from prism.embedded import EmbeddedValkey, NoServerProgram, ServerNotStarted, start_valkey
from prism.first_run import create_first_admin, load_example
from prism.processes import Processes
from prism.version import VERSION

READY_TIMEOUT_S = 30.0
LOOK_EVERY_S = 1.0


def up(arguments: Namespace, terminal: Terminal) -> Answer:
    """Answer `prism up`: runs until Ctrl-C or SIGTERM.

    1. Refuse at once when the port is taken.
    2. Start the embedded Valkey when `REDIS_URL` is unset.
    3. Migrate; create the first administrator; load the example into an empty catalog.
    4. Start the web server and the worker; say where the console is once it answers.
    5. Keep them running until a signal; end everything, Valkey last.
    """
    ensure_port_is_free()
    with _signals_interrupt(), _processes() as processes:
        valkey = _start_valkey(processes)
        try:
            _prepare(terminal)
            _start_console(processes)
            _say_where(terminal)
            _keep_running(processes, valkey)
        except KeyboardInterrupt:
            _ignore_signals()
            _say("Stopping.")
        finally:
            processes.stop()
            if valkey is not None:
                valkey.stop()
    return Answer({}, "")


def prepare(arguments: Namespace, terminal: Terminal) -> Answer:
    """Answer `prism prepare`: what `prism up` does before it starts anything, for who starts it himself."""
    _prepare(terminal)
    return Answer({}, "The tables are up to date.")


@contextmanager
def _processes() -> Iterator[Processes]:
    processes = Processes()
    try:
        yield processes
    finally:
        processes.watchdog.close()


def _start_valkey(processes: Processes) -> EmbeddedValkey | None:
    if not settings.PRISM_EMBEDDED_REDIS:
        return None
    try:
        return start_valkey(settings.PRISM_VAR_DIR, spawn=processes.spawn)
    except (NoServerProgram, ServerNotStarted, PermissionError) as error:
        raise CommandFailed(str(error)) from error


def _prepare(terminal: Terminal) -> None:
    migrate()
    if (admin := create_first_admin()) is not None:
        _say(f"Created the administrator {terminal.paint(admin.username, 'bold')}.")
        if admin.password:
            shown = terminal.paint(admin.password, "bold")
            _say(f"Its password, which is shown only this once: {shown}")
        if admin.weakness:
            _say(
                f"PRISM_ADMIN_PASSWORD is weak; change it after the first log-in. {admin.weakness}"
            )
    if load_example(timezone.now()):
        _say("Loaded the example catalog; `prism apply FILE` replaces it with yours.")
    # the pool's threads must not be there when the next processes are forked
    connections["default"].close()
    if close_pool := getattr(connections["default"], "close_pool", None):
        close_pool()


def _start_console(processes: Processes) -> None:
    gunicorn = ["-m", "gunicorn", "-c", "python:prism.gunicorn", "--graceful-timeout", "3"]
    environment = os.environ | {"REDIS_URL": settings.REDIS_URL}
    environment.pop("PRISM_ADMIN_PASSWORD", None)
    web = processes.keep(
        "web server", [sys.executable, *gunicorn, "prism.asgi:application"], environment
    )
    deadline = time.monotonic() + READY_TIMEOUT_S
    while not _answers():
        if web.process.poll() is not None:
            raise CommandFailed("the web server did not start; what it said is above")
        if time.monotonic() > deadline:
            raise CommandFailed(f"the web server did not answer in {READY_TIMEOUT_S:.0f} s")
        time.sleep(0.1)
    # last: its first probe of this console would find the web server still starting
    processes.keep("worker", [sys.executable, "-m", "prism", "worker"], environment)


def _answers() -> bool:
    host = addresses()[0].replace("0.0.0.0", "127.0.0.1")  # noqa: S104
    connection = http.client.HTTPConnection("::1" if host == "::" else host, port(), timeout=2)
    try:
        connection.request("GET", "/health", headers={"Host": "localhost"})
        return connection.getresponse().status < 500
    except OSError:
        return False
    finally:
        connection.close()


def _say_where(terminal: Terminal) -> None:
    url = settings.PRISM_PUBLIC_URL or f"http://localhost:{port()}"
    _say(f"Prism console {VERSION} is at {terminal.paint(url + '/', 'bold')}")
    if not set(addresses()) <= set(LOOPBACK) and not settings.PRISM_PUBLIC_URL:
        _say("It listens beyond this machine: set PRISM_PUBLIC_URL to the address people use.")
    _say("Stop it with Ctrl-C.")


def _keep_running(processes: Processes, valkey: EmbeddedValkey | None) -> None:
    """Look at the processes until a signal interrupts."""
    never = threading.Event()
    while not never.wait(LOOK_EVERY_S):
        processes.restart_ended(_say)
        if valkey is not None and not valkey.answers():
            _say("The embedded Valkey ended; starting it again.")
            valkey.stop()
            valkey = start_valkey(settings.PRISM_VAR_DIR, spawn=processes.spawn)


@contextmanager
def _signals_interrupt() -> Iterator[None]:
    """Make SIGTERM and a closed terminal do what Ctrl-C does."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = {
        number: signal.signal(number, interrupt)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _ignore_signals() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201
