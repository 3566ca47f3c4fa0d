"""The Makefile and the setup script: what a newcomer meets first."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.servers import ROOT

MAKEFILE = (ROOT / "Makefile").read_text()
LOCKS = ("run", "dev")


def setup(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", "scripts/setup", "run"],
        cwd=folder, env={"PATH": str(folder / "bin"), **environment}, capture_output=True, text=True,
        timeout=60,
    )  # fmt: skip


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Give a folder with the setup script and a PATH that holds a shell's tools but no Python."""
    (tmp_path / "scripts").mkdir()
    shutil.copy(ROOT / "scripts" / "setup", tmp_path / "scripts" / "setup")
    (tmp_path / "bin").mkdir()
    for tool in ("sh", "dirname", "cat", "rm", "basename"):
        (tmp_path / "bin" / tool).symlink_to(shutil.which(tool) or "")
    return tmp_path


def stub(checkout: Path, name: str, script: str) -> None:
    path = checkout / "bin" / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def test_every_target_says_what_it_does_in_one_line() -> None:
    targets = set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))
    assert {"run", "test", "setup", "help", "lint", "ci", "bench"} <= targets

    out = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True).stdout

    assert {line.split()[1] for line in out.splitlines()} == targets


def test_without_python_the_message_says_what_to_install(checkout: Path) -> None:
    ended = setup(checkout)

    assert ended.returncode == 1
    assert "Python 3.11 or newer" in ended.stderr
    assert "apt install python3" in ended.stderr


def test_an_old_python_is_passed_over_for_a_newer_one(checkout: Path) -> None:
    stub(checkout, "python3", "exit 1")
    stub(checkout, "python3.12", 'case "$*" in *ensurepip*) exit 1;; *) exit 0;; esac')

    ended = setup(checkout)

    assert "venv is not complete" in ended.stderr


def test_a_python_without_ensurepip_names_the_package_and_leaves_nothing(checkout: Path) -> None:
    stub(checkout, "python3", 'case "$*" in *ensurepip*) exit 1;; *) exit 0;; esac')

    ended = setup(checkout)

    assert ended.returncode == 1
    assert "apt install python3-venv" in ended.stderr
    assert not (checkout / ".venv").exists()


def test_what_is_installed_already_is_not_installed_again() -> None:
    if Path(sys.prefix) != ROOT / ".venv" or not (ROOT / ".venv" / "installed-dev").exists():
        pytest.skip("this environment was not made by scripts/setup")

    ended = subprocess.run(
        ["scripts/setup", "run"], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert ended.stdout + ended.stderr == ""


def test_the_dev_lock_holds_the_run_lock() -> None:
    """`scripts/setup` relies on it: an environment for the tests also runs the console."""
    pins = {
        name: set(re.findall(r"^([a-z0-9-]+==[^ ]+ (?:; [^\\]+)?)", text, re.MULTILINE))
        for name in LOCKS
        if (text := (ROOT / "requirements" / f"{name}.txt").read_text())
    }

    assert len(pins["run"]) > 30
    assert pins["run"] <= pins["dev"]


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_has_hashes_and_names_no_index(name: str) -> None:
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    pinned = [line for line in text.splitlines() if "==" in line and not line.startswith(" ")]

    assert len(pinned) > 30
    assert all(line.rstrip().endswith("\\") for line in pinned)
    assert text.count("--hash=sha256:") >= len(pinned)
    assert "index-url" not in text
    assert "://" not in text
