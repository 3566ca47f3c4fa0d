"""`prism check`: the settings, the catalog, and a manifest alone."""

import json
import os
import subprocess
import sys

import pytest

from prism.cli import run
from tests.make import make_service
from tests.servers import ROOT

MANIFEST = """\
deployment_state: {active_services: 3}
projects:
  shop:
    status: active
    services:
      api:
        kind: backend
        owner: platform
        framework: Django
        deployment:
          platform: railway
          root_directory: /services/api
          healthcheck_path: /health
          cron_schedule: "* * * * *"
          watch_paths: [web/**]
        domains: {prod: api.example.com}
        env:
          required:
            - {name: DATABASE_URL, source: "${{Postgrs.URL}}"}
            - {name: API_KEY, default: abc}
      postgres: {kind: database, owner: platform}
"""


def prism(*words, cwd, **environment):
    """Run the command in a folder of its own, without settings."""
    return subprocess.run(
        [sys.executable, "-m", "prism", *words],
        cwd=cwd,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "NO_COLOR": "1", **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "manifest.yml").write_text(MANIFEST)
    return tmp_path


def test_a_manifest_alone_is_checked_with_its_lines(folder):
    answer = prism("check", "--manifest", "manifest.yml", "--json", cwd=folder)
    found = json.loads(answer.stdout)["findings"]

    assert answer.returncode == 2
    assert {(one["check"], one["subject"], one["line"]) for one in found} == {
        ("dangling-reference", "api", 19),
        ("secret-with-default", "api", 20),
        ("cron-too-often", "api", 14),
        ("watch-path-outside", "api", 15),
        ("health-host-refused", "api", 13),
        ("declared-counts", "", 1),
    }
    assert [one["severity"] for one in found] == ["error"] * 4 + ["warning"] * 2


def test_levels_decide_the_exit_status(folder):
    errors = ("dangling-reference", "secret-with-default", "cron-too-often", "watch-path-outside")
    warned = ",".join(f"{name}=warn" for name in errors)

    assert (
        prism("check", "--manifest", "manifest.yml", cwd=folder, PRISM_CHECKS=warned).returncode
        == 0
    )
    failed = prism(
        "check", "--manifest", "manifest.yml", cwd=folder, PRISM_CHECKS="declared-counts=fail"
    )
    assert failed.returncode == 2
    assert "manifest.yml:1" in failed.stdout
    refused = prism("check", "--manifest", "manifest.yml", cwd=folder, PRISM_CHECKS="no-owner=yes")
    assert refused.returncode == 1
    assert "PRISM_CHECKS" in refused.stderr


def test_a_sarif_log_names_rules_levels_and_lines(folder):
    answer = prism("check", "--manifest", "manifest.yml", "--sarif", cwd=folder)
    log = json.loads(answer.stdout)
    [run] = log["runs"]
    rules = run["tool"]["driver"]["rules"]

    assert answer.returncode == 2
    assert log["version"] == "2.1.0"
    for result in run["results"]:
        place = result["locations"][0]["physicalLocation"]
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in ("error", "warning", "note")
        assert place["artifactLocation"]["uri"] == "manifest.yml"
        assert place["region"]["startLine"] >= 1
    fingerprints = [result["partialFingerprints"]["finding/v1"] for result in run["results"]]
    assert len(set(fingerprints)) == len(fingerprints) == 6


@pytest.mark.django_db
def test_the_settings_are_checked_with_the_catalog_and_alone(capsys, settings):
    make_service(name="lonely")

    both = run(["check", "--json"])
    document = json.loads(capsys.readouterr().out)
    settings.PRISM_CHECKS = {"nothing": "fail"}
    wrong = run(["check"])
    refused = capsys.readouterr().err
    settings.PRISM_CHECKS = {}
    alone = run(["check", "--fail-level=ERROR"])  # the last: it closes the connections

    assert (both, wrong, alone) == (0, 1, 0)
    assert {one["check"] for one in document["findings"]} >= {"no-owner", "no-domain"}
    assert "prism.E018" in refused
    assert "System check identified no issues" in capsys.readouterr().out


def test_the_list_says_what_each_check_is_for(folder):
    listed = prism("check", "--list", "--manifest", "manifest.yml", cwd=folder)

    assert listed.returncode == 0
    assert "no-owner" in listed.stdout
    assert "In an incident nobody knows whom to call." in listed.stdout
