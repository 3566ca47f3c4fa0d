"""`prism backup` and `prism restore`, as the commands that people type, on each database."""

import json
import os
import secrets
import shutil
import stat
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from prism.backup_file import CONTENTS, BackupReader, BackupWriter, Contents, UnreadableBackup

ROOT = Path(__file__).resolve().parents[2]
# restoring writes an entry into the trail and gives the events a new epoch
CHANGED_BY_RESTORING = {"core_auditentry", "monitoring_streamhead"}


class Console:
    """A console of its own, on SQLite in `folder` or on the database of `url`."""

    def __init__(self, folder: Path, url: str = "") -> None:
        self.environment = os.environ | {"PRISM_VAR_DIR": str(folder), "DATABASE_URL": url}

    def run(self, *words: str, status: int = 0, stdin: str = "") -> str:
        ended = subprocess.run(
            [sys.executable, "-m", "prism", *words],
            cwd=ROOT,
            env=self.environment,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert ended.returncode == status, ended.stdout + ended.stderr
        return ended.stdout + ended.stderr


def fill(console: Console) -> None:
    console.run("manage", "migrate", "--verbosity", "0")
    console.run("apply", "examples/manifest.yml", "-m", "the example")
    payload = '{"text": "<b>\\u00fc\\ud83d\\ude00", "big": 1e20, "deep": [[1.0, null, true]], "z": 1, "a": 2}'
    console.run("events", "publish", "--service", "api", "--type", "t.x", "--payload", payload)
    console.environment["DJANGO_SUPERUSER_PASSWORD"] = "a password of 12"
    console.run("createsuperuser", "--noinput", "--username", "ada", "--email", "a@example.com")


def tables(file: Path) -> dict[str, tuple[int, str]]:
    reader = BackupReader(file)
    return {table.table: (table.rows, table.digest) for table in reader.contents.tables}


def compare(before: Path, after: Path) -> None:
    first, second = tables(before), tables(after)
    assert first.keys() == second.keys()
    assert sum(rows for rows, _ in first.values()) > 200
    differing = {name for name in first if first[name] != second[name]}
    assert differing <= CHANGED_BY_RESTORING


@pytest.fixture
def postgres_url() -> Iterator[str]:
    given = os.environ.get("PRISM_TEST_DATABASE_URL")
    if not given:
        pytest.skip("no PostgreSQL given")
    name = f"prism_restore_{secrets.token_hex(4)}"
    with psycopg.connect(given, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    base, _, query = given.partition("?")
    yield f"{base.rpartition('/')[0]}/{name}" + (f"?{query}" if query else "")
    with psycopg.connect(given, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with a filled console in `console` and its backup `a.zip`."""
    folder = tmp_path_factory.mktemp("original")
    console = Console(folder / "console")
    fill(console)
    said = console.run("backup", "-o", str(folder / "a.zip"))
    assert "rows of" in said
    assert stat.S_IMODE((folder / "a.zip").stat().st_mode) == 0o600
    return folder


def test_what_was_backed_up_is_there_again_table_by_table(original: Path, tmp_path: Path) -> None:
    console, backup = Console(tmp_path / "console"), str(original / "a.zip")
    console.run("restore", backup)

    console.run("backup", "-o", str(tmp_path / "b.zip"))
    compare(original / "a.zip", tmp_path / "b.zip")
    assert json.loads(console.run("audit", "verify", "--json"))["is_intact"]
    # what was restored goes on, and may be thrown away for the backup again
    console.run("events", "publish", "--service", "api", "--type", "t.y")
    assert "not empty" in console.run("restore", backup, status=1)
    console.run("restore", backup, "--replace")
    assert "t.y" not in console.run("events", "tail", "--no-follow")


def test_whether_a_backup_can_be_restored_is_tried_elsewhere(
    original: Path, tmp_path: Path
) -> None:
    shutil.copytree(original / "console", tmp_path / "console")
    console, backup = Console(tmp_path / "console"), tmp_path / "a.zip"
    shutil.copy(original / "a.zip", backup)

    assert "can be restored" in console.run("restore", str(backup), "--verify")

    with zipfile.ZipFile(backup) as file:
        rows = file.read("tables/services_service.jsonl").decode()
    rewrite(backup, "tables/services_service.jsonl", rows.replace("active", "planned"))
    said = console.run("restore", str(backup), "--verify", status=1)
    assert "table services_service is not what was written" in said
    said = console.run("restore", str(backup), "--replace", status=1)
    assert "Nothing was changed." in said
    assert "10 (4 active" in console.run("status")


def test_a_console_moves_from_sqlite_to_postgresql_and_back(
    original: Path, tmp_path: Path, postgres_url: str
) -> None:
    shared, again = Console(tmp_path / "two", postgres_url), Console(tmp_path / "three")
    shared.run("migrate", "--verbosity", "0")
    shared.run("restore", str(original / "a.zip"))
    shared.run("backup", "-o", str(tmp_path / "b.zip"))
    compare(original / "a.zip", tmp_path / "b.zip")
    again.run("restore", str(tmp_path / "b.zip"))
    again.run("backup", "-o", str(tmp_path / "c.zip"))
    compare(tmp_path / "b.zip", tmp_path / "c.zip")
    shared.run("apply", "examples/manifest.yml")  # sequences are beyond the ids
    shared.run("events", "publish", "--service", "api", "--type", "t.y")


def write(path: Path, rows: list[list[Any]], name: str = "t") -> None:
    writer = BackupWriter(path, Contents("1", "sqlite", "now", []))
    writer.add_table(name, ["id", "text"], rows)
    writer.close()


def rewrite(path: Path, member: str, text: str) -> None:
    with zipfile.ZipFile(path) as file:
        members = {name: file.read(name) for name in file.namelist()}
    members[member] = text.encode()
    with zipfile.ZipFile(path, "w") as file:
        for name, content in members.items():
            file.writestr(name, content)


@pytest.mark.parametrize(
    "text",
    ['[1,"a"]\n', '[1,"a"]\n[2,"c"]\n', '[1,"a"]\n[2,"b"]\n[3,"x"]\n', '[1,"a"]\n[2,', "\x00"],
)
def test_a_backup_that_was_changed_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.zip"
    write(path, [[1, "a"], [2, "b"]])
    BackupReader(path).check()

    rewrite(path, "tables/t.jsonl", text)

    with pytest.raises(UnreadableBackup, match="table t"):
        BackupReader(path).check()


@pytest.mark.parametrize("kept", [0, 10, 200, -1])
def test_half_a_file_is_refused(tmp_path: Path, kept: int) -> None:
    path = tmp_path / "a.zip"
    write(path, [[number, "text"] for number in range(1000)])
    path.write_bytes(path.read_bytes()[:kept])

    with pytest.raises(UnreadableBackup, match="no backup"):
        BackupReader(path)


def test_a_file_of_another_format_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    write(path, [])
    with zipfile.ZipFile(path) as file:
        contents = json.loads(file.read(CONTENTS))
    rewrite(path, CONTENTS, json.dumps(contents | {"format": 2}))

    with pytest.raises(UnreadableBackup, match="format 2"):
        BackupReader(path)
