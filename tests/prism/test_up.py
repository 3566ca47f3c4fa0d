"""`prism up` with real processes: what it starts, says and keeps alive, and that nothing is left."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.servers import ROOT, free_port, wait_until

pytestmark = [
    pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc"),
    pytest.mark.timeout(120),
]
GONE_S = 5  # the promise: nothing is left five seconds after Ctrl-C, SIGTERM and SIGKILL
PASSWORD = "a long enough pass phrase"


@dataclass
class Up:
    """A running `prism up`."""

    popen: subprocess.Popen[str]
    port: int
    lines: list[str] = field(default_factory=list)

    @property
    def output(self) -> str:
        return "".join(self.lines)

    def processes(self) -> dict[int, str]:
        """Give it and all its descendants by number, with their command lines."""
        table = process_table()
        found = {self.popen.pid}
        while more := {pid for pid, parent in table.items() if parent in found} - found:
            found |= more
        return {pid: command_line(pid) for pid in found}

    def pid_of(self, part: str) -> int:
        """Give the first descendant whose command line has this part; 0 when there is none."""
        return next((pid for pid, line in sorted(self.processes().items()) if part in line), 0)

    def status(self, path: str, host: str = "127.0.0.1") -> int:
        connection = http.client.HTTPConnection(host, self.port, timeout=5)
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        finally:
            connection.close()


def process_table() -> dict[int, int]:
    """Give each living process's parent."""
    table = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                state, parent = (folder / "stat").read_text().rpartition(")")[2].split()[:2]
            except (FileNotFoundError, ProcessLookupError):
                continue
            if state != "Z":
                table[int(folder.name)] = int(parent)
    return table


def command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except (FileNotFoundError, ProcessLookupError):
        return ""


@pytest.fixture(scope="module")
def var_dir() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="prism-up-") as folder:
        yield Path(folder)


@contextmanager
def started(var_dir: Path, **over: str) -> Iterator[Up]:
    """Run `prism up` until it says how to stop it; ends it afterwards."""
    port = free_port()
    kept = {
        name: value
        for name, value in os.environ.items()
        if name in ("PATH", "HOME", "LANG") or name.startswith("COVERAGE_")
    }
    environment = kept | {
        "PRISM_VAR_DIR": str(var_dir),
        "PORT": str(port),
        "WEB_CONCURRENCY": "1",
        "PRISM_ADMIN_PASSWORD": PASSWORD,
        **over,
    }
    popen = subprocess.Popen(
        [sys.executable, "-m", "prism", "up"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    up = Up(popen, port)
    assert popen.stdout
    reader = threading.Thread(target=up.lines.extend, args=(iter(popen.stdout.readline, ""),))
    reader.start()
    try:
        wait_until(
            lambda: "Stop it with Ctrl-C" in up.output or popen.poll() is not None,
            what="the start",
            timeout_s=60,
        )
        yield up
    finally:
        if popen.poll() is None:
            popen.terminate()
        popen.wait(10)
        reader.join(10)
        popen.stdout.close()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_left_five_seconds_after(number: signal.Signals, var_dir: Path) -> None:
    with started(var_dir) as up:
        processes = up.processes()
        assert any("valkey-server" in line for line in processes.values())
        assert sum("gunicorn" in line for line in processes.values()) >= 2
        assert any("prism worker" in line for line in processes.values())

        up.popen.send_signal(number)

        wait_until(
            lambda: not processes.keys() & process_table().keys(),
            what=f"the end of everything after {number.name}",
            timeout_s=GONE_S,
        )
        assert up.popen.wait() == (0 if number != signal.SIGKILL else -signal.SIGKILL)


def test_it_answers_on_this_machine_only_and_restarts_what_ends(var_dir: Path) -> None:
    with started(var_dir) as up:
        assert f"http://localhost:{up.port}/" in up.output
        assert up.status("/health") == 200
        if socket.has_ipv6:
            assert up.status("/health", host="::1") == 200
        assert listening_addresses(up.port) <= {"127.0.0.1", "::1"}

        valkey, worker = up.pid_of("valkey-server"), up.pid_of("prism worker")
        os.kill(valkey, signal.SIGKILL)
        os.kill(worker, signal.SIGKILL)

        wait_until(
            lambda: (
                up.pid_of("valkey-server") not in (0, valkey)
                and up.pid_of("prism worker") not in (0, worker)
            ),
            what="a new Valkey and a new worker",
            timeout_s=15,
        )
        assert "The worker ended" in up.output


def test_the_first_start_prints_a_generated_password_and_later_ones_do_not(tmp_path: Path) -> None:
    with started(tmp_path, PRISM_ADMIN_PASSWORD="") as up:
        assert up.output.count("shown only this once: ") == 1
        password = up.output.partition("shown only this once: ")[2].split()[0]
        assert len(password) >= 16
        assert "Loaded the example catalog" in up.output

    with started(tmp_path, PRISM_ADMIN_PASSWORD="") as up:
        assert "password" not in up.output
        assert password not in up.output
        assert "example" not in up.output


def test_a_given_password_is_used_and_never_printed(tmp_path: Path) -> None:
    with started(tmp_path, PRISM_ADMIN_PASSWORD="short") as up:
        assert "PRISM_ADMIN_PASSWORD is weak" in up.output
        assert "short\n" not in up.output
        assert "shown only this once" not in up.output


def test_a_busy_port_is_refused_by_name_before_anything_starts(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        with started(tmp_path, PORT=str(port)) as up:
            assert up.popen.wait(10) == 1

    assert f"port {port} is in use" in up.output
    assert "PORT=" in up.output
    assert not (tmp_path / "prism.sqlite3").exists()


def listening_addresses(port: int) -> set[str]:
    """Read from the kernel which local addresses listen on a port."""
    found = set()
    for name, family in (("tcp", socket.AF_INET), ("tcp6", socket.AF_INET6)):
        for line in Path(f"/proc/net/{name}").read_text().splitlines()[1:]:
            local, state = line.split()[1], line.split()[3]
            address, _, number = local.partition(":")
            if state == "0A" and int(number, 16) == port:
                words = bytes.fromhex(address)
                packed = b"".join(words[i : i + 4][::-1] for i in range(0, len(words), 4))
                found.add(socket.inet_ntop(family, packed))
    assert found
    return found


def test_preparing_makes_tables_and_administrator_and_starts_nothing(tmp_path: Path) -> None:
    def prepare() -> str:
        ended = subprocess.run(
            [sys.executable, "-m", "prism", "prepare"],
            cwd=ROOT,
            env=os.environ | {"PRISM_VAR_DIR": str(tmp_path), "DATABASE_URL": ""},
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert ended.returncode == 0, ended.stderr
        return ended.stdout

    assert "Created the administrator admin." in prepare()
    assert prepare() == "The tables are up to date.\n"
