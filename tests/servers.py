"""Real servers for tests: started on free ports or sockets, stopped by process id, frozen by SIGSTOP."""

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import redis

from prism.embedded import find_server

START_S = 10
ROOT = Path(__file__).resolve().parent.parent


def free_port() -> int:
    """Give a TCP port of the loopback that nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def noise_ms(idle_ms: float) -> float:
    """Give how much a measured time may exceed its bound, `idle_ms` on a machine that is not overloaded.

    A wall clock also counts the time that others had the cores. The load average is a minute late, so
    the test processes that run beside this one count from the start.
    """
    beside = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    return idle_ms * max(1.0, beside, os.getloadavg()[0] / (os.cpu_count() or 1))


def wait_until(condition: Callable[[], bool], *, what: str, timeout_s: float = START_S) -> None:
    """Poll until `condition()` holds; fail the test with `what` when it never does."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline:
            pytest.fail(f"{what} did not happen within {timeout_s} s")
        time.sleep(0.02)


@dataclass
class Process:
    """One started server; only its own process id is ever signalled."""

    popen: subprocess.Popen[bytes]

    def freeze(self) -> None:
        """Stop it where it stands: it holds its connections and answers nothing."""
        self.popen.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self.popen.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """End it at once, as a crash would."""
        if self.popen.poll() is None:
            self.popen.kill()
        self.popen.wait(timeout=START_S)


@dataclass
class RedisServer:
    """A Valkey or Redis on a loopback port, with nothing saved to disk."""

    folder: Path
    options: tuple[str, ...] = ()
    program: str = ""
    port: int = field(default_factory=free_port)
    process: Process | None = None

    @property
    def url(self) -> str:
        """Give its address."""
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> "RedisServer":
        """Start it empty and wait for its first PONG."""
        command = [self.program or str(find_server()), "--port", str(self.port)]
        command += ["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", *self.options]
        log = (self.folder / "redis.log").open("ab")
        with log:
            popen = subprocess.Popen(command, cwd=self.folder, stdout=log, stderr=log)
        self.process = Process(popen)
        wait_until(self.answers, what=f"an answer of Redis on port {self.port}")
        return self

    def answers(self) -> bool:
        """Say whether it answers now."""
        try:
            return bool(self.admin().ping())
        except (redis.ConnectionError, redis.TimeoutError):
            return False

    def admin(self) -> redis.Redis:
        """Give a plain client of the test's own, past the breaker of the console."""
        return redis.Redis(port=self.port, socket_timeout=5, decode_responses=True)

    def freeze(self) -> None:
        """See Process.freeze."""
        assert self.process
        self.process.freeze()

    def thaw(self) -> None:
        """See Process.thaw."""
        assert self.process
        self.process.thaw()

    def kill(self) -> None:
        """See Process.kill."""
        if self.process:
            self.process.kill()

    def restart_empty(self) -> None:
        """Kill it and start it again on the same port with no data."""
        self.kill()
        self.start()

    def restart_with(self, *options: str) -> None:
        """Kill it and start it again, empty, with more options."""
        self.options += options
        self.restart_empty()


@contextlib.contextmanager
def redis_server(*options: str, program: str = "") -> Iterator[RedisServer]:
    """Run a Redis server for one test."""
    with tempfile.TemporaryDirectory(prefix="prism-redis-") as folder:
        server = RedisServer(Path(folder), options=options, program=program).start()
        try:
            yield server
        finally:
            server.kill()


@dataclass
class WebServer:
    """The console's own web server with the configuration of production, and one worker."""

    environment: Mapping[str, str]
    port: int = field(default_factory=free_port)
    process: Process | None = None
    log: Path = Path(os.devnull)
    application: str = "prism.asgi:application"

    @property
    def url(self) -> str:
        """Give its address."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> "WebServer":
        """Start it and wait until it accepts connections."""
        command = [
            sys.executable, "-m", "gunicorn", "-c", "python:prism.gunicorn", "--workers", "1",
            "--bind", f"127.0.0.1:{self.port}", self.application,
        ]  # fmt: skip
        with self.log.open("ab") as log:
            popen = subprocess.Popen(
                command, cwd=ROOT, env=dict(self.environment), stdout=log, stderr=log
            )
        self.process = Process(popen)
        wait_until(self._accepts, what="the start of the web server", timeout_s=40)
        return self

    def _accepts(self) -> bool:
        with socket.socket() as probe:
            probe.settimeout(1)
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def stop(self) -> None:
        """End it as a deployment does, with SIGTERM."""
        assert self.process
        self.process.popen.terminate()
        try:
            self.process.popen.wait(timeout=START_S)
        except subprocess.TimeoutExpired:
            self.process.kill()


@dataclass
class PostgresServer:
    """A PostgreSQL cluster of its own in a temporary folder."""

    folder: Path
    port: int = field(default_factory=free_port)

    @property
    def url(self) -> str:
        """Give the address of its database."""
        return f"postgres://postgres@127.0.0.1:{self.port}/postgres"

    def control(self, *arguments: str) -> None:
        """Run pg_ctl on it: start, stop, restart."""
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories="
        _as_postgres(
            "pg_ctl", "-D", str(self.folder / "data"), "-l", str(self.folder / "log"),
            "-o", options, "-w", *arguments,
        )  # fmt: skip

    def backends(self) -> list[int]:
        """Give the process ids of the server and of everything it started."""
        postmaster = int((self.folder / "data" / "postmaster.pid").read_text().split()[0])
        children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
        return [postmaster, *map(int, children)]

    def kill(self) -> None:
        """End every process of it at once, as a crash would; `control("start")` recovers."""
        for pid in self.backends():
            with contextlib.suppress(ProcessLookupError):  # it ended with its parent
                os.kill(pid, signal.SIGKILL)
        # a dead process that nobody has waited for still counts as running
        (self.folder / "data" / "postmaster.pid").unlink()

    def freeze(self) -> None:
        """Stop every process of it."""
        for pid in self.backends():
            os.kill(pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """Let them go on."""
        for pid in self.backends():
            os.kill(pid, signal.SIGCONT)


def _as_postgres(program: str, *arguments: str) -> None:
    """Run a program of PostgreSQL, which refuses to run as root."""
    account = pwd.getpwnam("postgres") if os.geteuid() == 0 else None
    subprocess.run(
        [str(_postgres_program(program)), *arguments],
        check=True, timeout=60, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT, cwd="/tmp",
        user=account.pw_uid if account else None, group=account.pw_gid if account else None,
    )  # fmt: skip


def _postgres_program(name: str) -> Path:
    versions = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    found = [str(path) for path in reversed(versions)] or [shutil.which(name) or ""]
    if not found[0]:
        pytest.skip(f"PostgreSQL's {name} is not on this machine")
    return Path(found[0])


@contextlib.contextmanager
def postgres_server() -> Iterator[PostgresServer]:
    """Run a PostgreSQL cluster for one test; skips where there is no initdb."""
    _postgres_program("initdb")
    folder = Path(tempfile.mkdtemp(prefix="prism-postgres-"))
    if os.geteuid() == 0:
        try:
            shutil.chown(folder, "postgres")
        except LookupError:
            pytest.skip("root may not run PostgreSQL, and there is no user postgres")
    server = PostgresServer(folder)
    try:
        _as_postgres("initdb", "-D", str(folder / "data"), "-U", "postgres", "-A", "trust", "-N")
        server.control("start")
        yield server
    finally:
        with contextlib.suppress(FileNotFoundError, subprocess.CalledProcessError):
            server.thaw()
            server.control("stop", "-m", "immediate")
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def small_disk(size: str = "4m") -> Iterator[Path]:
    """Mount a file system of its own that fills up quickly; skips where mounting is not allowed."""
    folder = Path(tempfile.mkdtemp(prefix="prism-disk-"))
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    mounted = subprocess.run(command, capture_output=True, timeout=10, check=False)
    if mounted.returncode:
        folder.rmdir()
        pytest.skip(f"a small tmpfs needs root and the right to mount: {mounted.stderr.decode()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], timeout=10, check=False)
        folder.rmdir()
