"""`prism render`: print, write, compare."""

import json
import os
import subprocess
import sys

import pytest

from services.artifacts.files import KINDS
from tests.servers import ROOT

MANIFEST = str(ROOT / "examples/manifest.yml")


def prism(*words, cwd):
    """Run the command in an empty folder, without settings."""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "NO_COLOR": "1"}
    return subprocess.run(
        [sys.executable, "-m", "prism", *words],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def render(*words, cwd, service="blackroad-backend"):
    return prism("render", service, "--manifest", MANIFEST, *words, cwd=cwd)


def test_it_writes_a_set_that_checks_out_until_a_file_changes(tmp_path):
    wrote = render("-o", "repo", "--only", "dockerfile", "--only", "workflow", cwd=tmp_path)
    only = ("--only", "dockerfile", "--only", "workflow")
    same = render("--check", "repo", *only, cwd=tmp_path)
    dockerfile = tmp_path / "repo/backend/Dockerfile"
    dockerfile.write_text(dockerfile.read_text().replace("USER 10001", "USER root"))
    differs = render("--check", "repo", *only, cwd=tmp_path)
    dockerfile.unlink()
    missing = render("--check", "repo", *only, "--json", cwd=tmp_path)

    assert wrote.returncode == 0, wrote.stderr
    assert (tmp_path / "repo/.github/workflows/deploy-blackroad-backend.yml").exists()
    assert same.returncode == 0, same.stdout
    assert differs.returncode == 2
    assert "-USER root" in differs.stdout
    assert "+USER 10001" in differs.stdout
    assert missing.returncode == 2
    standings = {one["kind"]: one["standing"] for one in json.loads(missing.stdout)["drift"]}
    assert standings == {"dockerfile": "missing", "workflow": "same"}


def test_one_file_is_printed_as_it_is(tmp_path):
    shown = render("--only", "railway-json", cwd=tmp_path)

    assert shown.returncode == 0
    assert json.loads(shown.stdout)["deploy"]["healthcheckPath"] == "/health"


def test_all_files_are_printed_with_their_paths_and_the_cutoff(tmp_path):
    shown = render(cwd=tmp_path)

    assert "==> .railway/railway.py <==" in shown.stdout
    assert "==> backend/.env.example <==" in shown.stdout
    assert "2026-12-01" in shown.stdout


def test_json_has_every_kind_with_its_text_or_reason(tmp_path):
    document = json.loads(render("--json", cwd=tmp_path, service="docs-site").stdout)

    assert [file["kind"] for file in document["files"]] == list(KINDS)
    assert all(bool(file["text"]) != bool(file["reason"]) for file in document["files"])


@pytest.mark.parametrize(
    ("words", "service", "said"),
    [
        (("--only", "dockerfil"), "blackroad-backend", "Did you mean dockerfile?"),
        (("--only", "workflow"), "postgres", "no GitHub workflow for postgres"),
        (("--check", "nowhere"), "blackroad-backend", "there is no folder nowhere"),
        ((), "blackroad-backent", "Did you mean blackroad-backend?"),
    ],
)
def test_a_mistake_says_what_to_do(words, service, said, tmp_path):
    refused = render(*words, cwd=tmp_path, service=service)

    assert refused.returncode == 1
    assert said in refused.stderr


def test_a_link_does_not_lead_out_of_the_folder(tmp_path):
    (tmp_path / "repo").mkdir()
    (tmp_path / "repo/backend").symlink_to(tmp_path / "elsewhere")

    refused = render("-o", "repo", "--only", "dockerfile", cwd=tmp_path)

    assert refused.returncode == 1
    assert "leads out" in refused.stderr
    assert not (tmp_path / "elsewhere").exists()
