"""The `prism` command itself: words, exit statuses, JSON, and what it must not need."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from prism import cli
from prism.command_line import COMMANDS, DJANGO_COMMANDS, parser
from tests.servers import ROOT

PRISM = [sys.executable, "-m", "prism"]
MANIFEST = """\
version: "1.0"
deployment_state:
  phase: "Phase 1"
projects:
  shop:
    status: active
    services:
      web:
        kind: backend
        repo: example/web
        domains: {prod: web.example.com}
"""


def prism(*words: str, cwd: Path = ROOT, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if name in ("PATH", "PRISM_VAR_DIR") or name.startswith("COVERAGE_")
    }
    return subprocess.run(
        [*PRISM, *words],
        cwd=cwd,
        env={**kept, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    path = tmp_path / "manifest.yml"
    path.write_text(MANIFEST)
    return path


def test_every_command_explains_itself(capsys: pytest.CaptureFixture[str]) -> None:
    assert len(COMMANDS) > 10

    for command in COMMANDS:
        with pytest.raises(SystemExit) as ended:
            parser().parse_args([command.name, "--help"])

        assert ended.value.code == 0
        assert command.help in capsys.readouterr().out.replace("\n", " ")


def test_the_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parser().parse_args(["--help"])

    out = capsys.readouterr().out
    for name in [*(command.name for command in COMMANDS), *DJANGO_COMMANDS]:
        assert f"    {name} " in out or f"    {name}\n" in out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["lsit"], "Did you mean list?"),
        (["list", "--status", "actve"], "Did you mean active?"),
        (["env"], "SERVICE"),
        ([], "COMMAND"),
        (["list", "--phase", "9"], "invalid choice"),
    ],
)
def test_wrong_words_exit_with_1_because_2_means_differs(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(words) == 1

    captured = capsys.readouterr()
    assert said in captured.err
    assert captured.out == ""


@pytest.mark.parametrize(
    "words", [["list", "--status", "actve"], ["lsit"], ["list", "--manifest", "/no/such/file.yml"]]
)
def test_with_json_every_error_is_a_document_with_the_same_keys(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run([*words, "--json"]) == 1

    (error,) = json.loads(capsys.readouterr().out)["errors"]
    assert {"file", "line", "column", "path", "message"} == error.keys()


@pytest.mark.parametrize(
    "words", [["list"], ["status"], ["env", "web"], ["repo", "web"], ["open", "web"]]
)
def test_a_manifest_is_enough_in_an_empty_folder_without_settings(
    words: list[str], tmp_path: Path, manifest: Path
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()

    ended = prism(
        *words, "--manifest", str(manifest), "--json",
        cwd=empty, DATABASE_URL="nonsense://", PRISM_DEBUG="nonsense", PRISM_VAR_DIR=str(empty / "v"),
    )  # fmt: skip

    assert ended.returncode == 0, ended.stderr
    assert ended.stderr == ""
    json.loads(ended.stdout)
    assert list(empty.iterdir()) == []


@pytest.mark.parametrize("words", [["version"], ["schema"]])
def test_version_and_schema_need_no_settings(words: list[str], tmp_path: Path) -> None:
    ended = prism(*words, "--json", cwd=tmp_path, PRISM_DEBUG="nonsense")

    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout)


def test_a_wrong_setting_is_named_without_a_traceback(tmp_path: Path) -> None:
    ended = prism("list", PRISM_DEBUG="maybe", PRISM_VAR_DIR=str(tmp_path))

    assert ended.returncode == 1
    assert "PRISM_DEBUG must be true or false" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_database_that_does_not_answer_is_said_without_a_traceback(tmp_path: Path) -> None:
    ended = prism(
        "list", "--json",
        DATABASE_URL="postgres://nobody@127.0.0.1:9/none", PRISM_SECRET_KEY="k" * 60,
        PRISM_VAR_DIR=str(tmp_path),
    )  # fmt: skip

    assert ended.returncode == 1
    assert "the database failed" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert list(json.loads(ended.stdout)) == ["errors"]


def test_an_embedded_database_is_made_by_the_first_command(tmp_path: Path) -> None:
    ended = prism("list", PRISM_VAR_DIR=str(tmp_path))

    assert ended.returncode == 0, ended.stderr
    assert ended.stdout == "The catalog is empty. Fill it with `prism apply FILE`.\n"
    assert (tmp_path / "prism.sqlite3").exists()


def test_another_database_that_is_behind_is_not_touched(tmp_path: Path) -> None:
    ended = prism(
        "list", DATABASE_URL=f"sqlite:///{tmp_path / 'other.sqlite3'}", PRISM_SECRET_KEY="k" * 60,
        PRISM_VAR_DIR=str(tmp_path),
    )  # fmt: skip

    assert ended.returncode == 1
    assert "run `prism migrate`" in ended.stderr


@pytest.mark.parametrize("rest", ["| true", ">&-"], ids=["closed pipe", "closed output"])
def test_a_reader_that_is_not_there_is_no_error(rest: str) -> None:
    ended = subprocess.run(
        f"{sys.executable} -m prism schema {rest}",
        shell=True, cwd=ROOT, capture_output=True, text=True, timeout=60,
    )  # fmt: skip

    assert ended.returncode == 0
    assert ended.stderr == ""


def test_django_commands_pass_through(tmp_path: Path) -> None:
    ended = prism("manage", "showmigrations", "--plan", PRISM_VAR_DIR=str(tmp_path))

    assert ended.returncode == 0, ended.stderr
    assert "services.0001" in ended.stdout


def test_an_invalid_manifest_lists_every_problem_in_text_and_json(tmp_path: Path) -> None:
    path = tmp_path / "bad.yml"
    path.write_text("projects:\n  shop:\n    statsu: active\n    phase: 9\n")

    ended = prism("list", "--manifest", str(path), "--json", cwd=tmp_path)

    assert ended.returncode == 1
    errors: list[dict[str, Any]] = json.loads(ended.stdout)["errors"]
    assert len(errors) >= 2
    assert {"file", "line", "column", "path", "message"} == errors[0].keys()
    assert "bad.yml:3:" in ended.stderr


def test_a_file_that_cannot_be_read_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["list", "--manifest", "/no/such/file.yml"]) == 1

    assert "cannot read /no/such/file.yml: No such file" in capsys.readouterr().err
