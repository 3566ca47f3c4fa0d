"""`rediss://` against a real server: a good certificate is let in, any other is not."""

import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from prism.core.redis import RedisUnavailable, client
from tests.certificates import Authority
from tests.servers import Process, free_port, wait_until

pytestmark = pytest.mark.redis


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def tls_port(authority: Authority, tmp_path: Path) -> Iterator[int]:
    program = shutil.which("redis-server")
    if not program:
        pytest.skip("a redis-server with TLS is not on this machine")
    authority.context("localhost")
    port = free_port()
    command = [
        program, "--port", "0", "--tls-port", str(port), "--bind", "127.0.0.1", "--save", "",
        "--tls-auth-clients", "no", "--tls-ca-cert-file", str(authority.ca_file),
        "--tls-cert-file", str(authority.folder / "leaf.pem"),
        "--tls-key-file", str(authority.folder / "leaf.key"),
    ]  # fmt: skip
    with (tmp_path / "log").open("wb") as log:
        process = Process(subprocess.Popen(command, stdout=log, stderr=log, cwd=tmp_path))

    def accepts() -> bool:
        if process.popen.poll() is not None:
            pytest.skip("the redis-server of this machine is built without TLS")
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    try:
        wait_until(accepts, what="the start of Redis with TLS")
        yield port
    finally:
        process.kill()


def test_a_known_authority_and_the_right_name_are_let_in(
    tls_port: int, authority: Authority
) -> None:
    url = f"rediss://localhost:{tls_port}/0?ssl_ca_certs={authority.ca_file}"

    assert client("test", url=url, timeout_s=2).ping()


def test_an_unknown_authority_is_refused(tls_port: int) -> None:
    with pytest.raises(RedisUnavailable, match=r"(?i)certificate"):
        client("test", url=f"rediss://localhost:{tls_port}/0", timeout_s=2).ping()


def test_another_name_is_refused(tls_port: int, authority: Authority) -> None:
    url = f"rediss://127.0.0.1:{tls_port}/0?ssl_ca_certs={authority.ca_file}"

    with pytest.raises(RedisUnavailable, match=r"(?i)certificate"):
        client("test", url=url, timeout_s=2).ping()
