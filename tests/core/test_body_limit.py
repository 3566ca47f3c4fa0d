"""The cap on request bodies, on a real server: nothing above it is read, whoever sends it."""

import os
import socket
import subprocess
import sys
import time

import pytest

from prism.core.body_limit import MEBIBYTE, BodyLimit

CHUNK = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """Serve the console's own ASGI application on a free port; give the port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        **os.environ,
        "PRISM_VAR_DIR": str(tmp_path_factory.mktemp("var")),
        "TMPDIR": str(tmp_path_factory.mktemp("spool")),
        "DATABASE_URL": "",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "uvicorn", "prism.asgi:application", f"--port={port}"],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(200):
            with socket.socket() as attempt:
                if attempt.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.wait(10)


def connect(port):
    return socket.create_connection(("127.0.0.1", port), timeout=10)


def post_chunks(port, path, total):
    """Send up to `total` bytes in chunks; give the answer's first line and the bytes that went out."""
    with connect(port) as connection:
        connection.sendall(
            f"POST {path} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
        )
        sent = 0
        try:
            while sent < total:
                connection.sendall(CHUNK)
                sent += 0x10000
            connection.sendall(b"0\r\n\r\n")
        except (BrokenPipeError, ConnectionResetError):
            return b"cut", sent
        try:
            return connection.recv(65536).split(b"\r\n", 1)[0], sent
        except ConnectionResetError:
            return b"cut", sent


@pytest.mark.parametrize("path", ["/admin/login/", "/manifest/plan/", "/nowhere", "/health"])
def test_300_mb_of_chunks_are_cut_at_the_cap_before_log_in(server, path):
    answer, sent = post_chunks(server, path, 300 * MEBIBYTE)

    assert answer == b"cut" or b" 413 " in answer
    # the cap, and what the sockets of both sides had in their buffers
    assert sent < 24 * MEBIBYTE


def test_a_body_just_over_the_cap_is_answered_with_413(server):
    answer, _ = post_chunks(server, "/admin/login/", MEBIBYTE + 0x10000)

    assert answer == b"cut" or b" 413 " in answer


def test_a_declared_length_over_the_cap_is_refused_unread(server):
    with connect(server) as connection:
        connection.sendall(
            b"POST /admin/login/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 314572800\r\n\r\n"
        )
        answer = connection.recv(65536)

    assert b" 413 " in answer.split(b"\r\n", 1)[0]
    assert b"connection: close" in answer.lower()


def test_a_browser_is_told_in_a_page(server):
    with connect(server) as connection:
        connection.sendall(
            b"POST /manifest/plan/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 314572800\r\n"
            b"Accept: text/html,*/*\r\n\r\n"
        )
        answer = connection.makefile("rb").read()

    assert b"content-type: text/html" in answer.lower()
    assert b"At most 8.5 MiB" in answer


def test_a_body_under_the_cap_reaches_django(server):
    answer, _ = post_chunks(server, "/health", 0x80000)

    assert b" 413 " not in answer
    assert answer.startswith(b"HTTP/1.1 ")


async def test_the_path_of_the_manifest_takes_more():
    limit = BodyLimit(None, default_bytes=10, larger={"/manifest/": 100})

    assert limit.cap_of("/manifest/plan/") == 100
    assert limit.cap_of("/manifesto") == 10
    assert limit.cap_of("/") == 10


async def test_an_answer_that_has_begun_is_not_answered_twice():
    sent = []

    async def answers_then_reads(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        while True:
            await receive()

    async def receive():
        return {"type": "http.request", "body": b"x" * 8, "more_body": True}

    async def send(message):
        sent.append(message["type"])

    scope = {"type": "http", "path": "/", "headers": []}
    await BodyLimit(answers_then_reads, default_bytes=20)(scope, receive, send)

    assert sent == ["http.response.start"]
