"""The embedded Valkey: started, shared, and gone with the process that owns it."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from prism import embedded
from prism.embedded import NoServerProgram, ServerNotStarted, socket_path, start_valkey
from tests.servers import wait_until

OWNER = """
import sys, time
from pathlib import Path
from prism.embedded import start_valkey
server = start_valkey(Path(sys.argv[1]))
print(server.process.pid, flush=True)
time.sleep(60)
"""


@pytest.fixture
def var_dir() -> Iterator[Path]:
    # not tmp_path: its name may be too long for a socket
    folder = Path(tempfile.mkdtemp(prefix="prism-e-"))
    yield folder
    shutil.rmtree(folder)


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def test_the_server_answers_redis_clients_at_its_address(var_dir: Path) -> None:
    server = start_valkey(var_dir)
    try:
        client = redis.Redis.from_url(server.url, decode_responses=True)
        client.set("a", "1")

        assert client.get("a") == "1"
        assert (var_dir / "valkey").stat().st_mode & 0o777 == 0o700
        client.close()
    finally:
        server.stop()
    assert not server.answers()


def test_a_second_start_in_the_same_folder_shares_the_first_server(var_dir: Path) -> None:
    first = start_valkey(var_dir)
    try:
        second = start_valkey(var_dir)
        second.stop()

        assert second.process is None
        assert first.answers()
    finally:
        first.stop()


def test_data_survives_a_restart(var_dir: Path) -> None:
    server = start_valkey(var_dir)
    with redis.Redis.from_url(server.url) as client:
        client.set("kept", "yes")
    server.stop()

    server = start_valkey(var_dir)

    with redis.Redis.from_url(server.url) as client:
        assert client.get("kept") == b"yes"
    server.stop()


def test_a_stale_socket_file_is_replaced(var_dir: Path) -> None:
    path = socket_path(var_dir)
    path.parent.mkdir()
    path.touch()

    server = start_valkey(var_dir)

    assert server.answers()
    server.stop()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the watchdog of `prism up` does it")
def test_the_server_ends_when_its_owner_is_killed(var_dir: Path) -> None:
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(var_dir)], stdout=subprocess.PIPE, text=True
    )
    assert owner.stdout
    pid = int(owner.stdout.readline())
    assert is_alive(pid)

    owner.send_signal(signal.SIGKILL)

    wait_until(lambda: not is_alive(pid), what="the end of Valkey", timeout_s=5)
    owner.communicate()


def test_a_folder_too_deep_for_a_socket_gets_a_short_path(
    var_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    deep = var_dir / ("d" * 60) / ("e" * 60)
    deep.mkdir(parents=True)

    path = socket_path(deep)
    server = start_valkey(deep)

    assert len(os.fsencode(path)) <= 100
    assert not path.is_relative_to(deep)
    assert server.answers()
    assert path.parent.stat().st_mode & 0o777 == 0o700
    server.stop()
    shutil.rmtree(path.parent)


def test_a_folder_that_somebody_else_put_in_the_way_is_refused(
    var_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (var_dir / "elsewhere").mkdir()
    (var_dir / "valkey").symlink_to(var_dir / "elsewhere")

    with pytest.raises(PermissionError, match="belongs to another user"):
        start_valkey(var_dir)


def test_a_server_that_cannot_start_names_its_log(
    var_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded, "find_server", lambda: Path(shutil.which("false") or ""))

    with pytest.raises(ServerNotStarted, match=r"valkey\.log"):
        start_valkey(var_dir)


def test_without_a_wheel_the_program_on_path_is_taken(
    var_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = var_dir / "redis-server"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setattr(embedded.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setenv("PATH", str(var_dir))

    assert embedded.find_server() == program


def test_without_any_program_the_message_says_what_to_install(
    var_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setenv("PATH", str(var_dir))

    with pytest.raises(NoServerProgram, match="Install one of them, or set REDIS_URL"):
        embedded.find_server()
