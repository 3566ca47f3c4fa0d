"""`plan`, `apply`, `export`, `log` and `revert` from the command line."""

import json
from pathlib import Path
from typing import Any

import pytest

from prism import cli
from services.catalog.models import ChangeSet, Service
from tests.make import make_service

pytestmark = pytest.mark.django_db
Capture = pytest.CaptureFixture[str]
SHOP = """\
version: "1.0"  # kept
projects:
  shop:
    services:
      web:
        kind: backend
"""


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    path = tmp_path / "manifest.yml"
    path.write_text(SHOP)
    return path


@pytest.fixture
def applied(manifest: Path, capsys: Capture) -> Path:
    assert cli.run(["apply", str(manifest), "--message", "the first"]) == 0
    capsys.readouterr()
    return manifest


def document(capsys: Capture, *words: str, status: int = 0) -> dict[str, Any]:
    assert cli.run([*words, "--json"]) == status
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_a_plan_with_changes_exits_with_2_and_writes_nothing(
    manifest: Path, capsys: Capture
) -> None:
    found = document(capsys, "plan", str(manifest), status=2)

    assert found["errors"] == []
    created = {(c["action"], c["model"], c["name"]) for c in found["changes"]}
    assert ("create", "service", "web") in created
    assert not Service.objects.exists()
    assert not ChangeSet.objects.exists()


def test_a_plan_names_old_and_new_values(applied: Path, capsys: Capture) -> None:
    applied.write_text(SHOP.replace("backend", "frontend"))

    found = document(capsys, "plan", str(applied), status=2)

    change = {"action": "change", "model": "service", "name": "web"}
    assert found["changes"] == [{**change, "fields": {"kind": ["backend", "frontend"]}}]
    assert cli.run(["plan", str(applied)]) == 2
    assert 'kind: "backend" -> "frontend"' in capsys.readouterr().out


def test_applying_again_is_no_change_and_writes_no_row(applied: Path, capsys: Capture) -> None:
    assert document(capsys, "plan", str(applied))["changes"] == []
    assert document(capsys, "apply", str(applied))["change_set"] is None
    assert cli.run(["apply", str(applied)]) == 0

    assert "No changes." in capsys.readouterr().out
    assert ChangeSet.objects.count() == 1


def test_apply_is_recorded_under_the_person_at_the_command_line(
    applied: Path, capsys: Capture
) -> None:
    change_set = ChangeSet.objects.get()

    assert change_set.actor_name.startswith("cli:")
    assert "@" in change_set.actor_name
    assert change_set.message == "the first"


def test_an_invalid_manifest_exits_with_1_and_lists_the_errors(
    manifest: Path, capsys: Capture
) -> None:
    manifest.write_text(SHOP.replace("kind", "knid"))

    found = document(capsys, "plan", str(manifest), status=1)

    assert found["changes"] == []
    assert found["errors"][0]["file"] == "manifest.yml"
    assert found["errors"][0]["line"] == 6
    assert document(capsys, "apply", str(manifest), status=1)["errors"] == found["errors"]
    assert not Service.objects.exists()


def test_pruning_much_of_the_catalog_needs_force(applied: Path, capsys: Capture) -> None:
    for _ in range(10):
        make_service()

    assert cli.run(["apply", str(applied), "--prune"]) == 1
    assert "--force" in capsys.readouterr().err
    assert Service.objects.current().count() == 11

    assert cli.run(["apply", str(applied), "--prune", "--force"]) == 0
    assert Service.objects.current().count() == 1


def test_export_gives_back_the_file_byte_for_byte(
    applied: Path, tmp_path: Path, capsys: Capture
) -> None:
    assert cli.run(["export"]) == 0
    assert capsys.readouterr().out == SHOP

    assert cli.run(["export", "-o", str(tmp_path / "out.yml")]) == 0
    assert (tmp_path / "out.yml").read_text() == SHOP


def test_export_adds_no_line_end_of_its_own(manifest: Path, capsys: Capture) -> None:
    text = SHOP.replace("\n", "\r\n").removesuffix("\r\n")
    manifest.write_bytes(text.encode())
    assert cli.run(["apply", str(manifest)]) == 0
    capsys.readouterr()

    assert cli.run(["export"]) == 0

    assert capsys.readouterr().out == text
    assert document(capsys, "export") == {"file_name": "manifest.yml", "text": text}


def test_log_lists_the_newest_first(applied: Path, capsys: Capture) -> None:
    applied.write_text(SHOP.replace("backend", "frontend"))
    cli.run(["apply", str(applied)])
    capsys.readouterr()

    rows = document(capsys, "log")["change_sets"]

    assert [row["change_set"] for row in rows] == [2, 1]
    assert rows[1]["message"] == "the first"
    assert document(capsys, "log", "-n", "1")["change_sets"] == rows[:1]
    assert cli.run(["log"]) == 0
    text = capsys.readouterr().out
    assert "the first" in text
    assert "1 changed" in text


def test_an_empty_log_says_so(capsys: Capture) -> None:
    assert cli.run(["log"]) == 0
    assert capsys.readouterr().out == "No change sets yet.\n"


def test_revert_undoes_one_change_set(applied: Path, capsys: Capture) -> None:
    applied.write_text(SHOP.replace("backend", "frontend"))
    cli.run(["apply", str(applied)])
    capsys.readouterr()

    found = document(capsys, "revert", "2")

    assert found["change_set"] == 3
    assert found["reverts"] == 2
    assert Service.objects.get().kind == "backend"


def test_a_refused_revert_says_why(applied: Path, capsys: Capture) -> None:
    for kind in ("frontend", "worker"):
        applied.write_text(SHOP.replace("backend", kind))
        cli.run(["apply", str(applied)])
    capsys.readouterr()

    assert cli.run(["revert", "2"]) == 1
    assert "kind" in capsys.readouterr().err

    assert cli.run(["revert", "99"]) == 1
    assert "there is no change set #99" in capsys.readouterr().err


def test_standard_input_is_a_manifest_too(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch, manifest: Path
) -> None:
    with manifest.open() as file:
        monkeypatch.setattr("sys.stdin", file)

        assert cli.run(["plan", "-"]) == 2
