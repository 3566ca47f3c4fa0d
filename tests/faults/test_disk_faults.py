"""R10 and R11: SQLite with eight writers, and a disk that is full."""

import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.console import Browser, copy_database, environment, walk
from tests.servers import ROOT, WebServer, redis_server, small_disk

pytestmark = pytest.mark.timeout(180)

WRITERS, WRITES = 8, 25
WRITE = f"""
import django, sys
django.setup()
from django.contrib.auth.models import Group
from django.db import transaction
for number in range({WRITES}):
    with transaction.atomic():
        count = Group.objects.count()  # reads first, then writes: where a deferred transaction fails
        Group.objects.create(name=f"{{sys.argv[1]}}-{{number}}-{{count}}")
"""


def test_R10_eight_writers_on_sqlite(made_console: Path, tmp_path: Path) -> None:
    copy_database(made_console, tmp_path / "prism.sqlite3")
    variables = environment(tmp_path, redis_url="redis://127.0.0.1:1/0")

    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITE, str(writer)],
            cwd=ROOT, env=variables, stderr=subprocess.PIPE, text=True,
        )
        for writer in range(WRITERS)
    ]  # fmt: skip
    errors = [writer.communicate(timeout=120)[1] for writer in writers]

    assert errors == [""] * WRITERS
    with sqlite3.connect(tmp_path / "prism.sqlite3") as database:
        (count,) = database.execute(
            "SELECT count(*) FROM auth_group WHERE name LIKE '%-%-%'"
        ).fetchone()
    database.close()
    assert count == WRITERS * WRITES


def test_R11_disk_full(made_console: Path) -> None:
    with small_disk("8m") as disk, redis_server() as redis:
        copy_database(made_console, disk / "prism.sqlite3")
        console = WebServer(environment(disk, redis_url=redis.url))
        console.log = Path(f"{disk}.log")  # not on the disk that fills up
        console.start()
        try:
            fill_and_use(console, disk)
        finally:
            console.stop()
            console.log.unlink()


def fill_and_use(console: WebServer, disk: Path) -> None:
    browser = Browser(console)
    browser.log_in()
    assert browser.edit("Before").status == 302
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        while shutil.disk_usage(disk).free:
            try:
                file.write(b"x" * 4096)
            except OSError:
                break

    assert browser.is_logged_in()
    assert b"Before" in browser.get("/admin/auth/user/1/change/").content
    statuses = [browser.edit(f"Full {number} {'x' * 100}").status for number in range(20)]
    assert set(statuses) <= {302, 507}
    assert 507 in statuses
    assert browser.is_logged_in()

    filler.unlink()
    assert browser.edit("After").status == 302
    walk(console, "space")
    with sqlite3.connect(f"file:{disk / 'prism.sqlite3'}?mode=ro", uri=True) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    database.close()
