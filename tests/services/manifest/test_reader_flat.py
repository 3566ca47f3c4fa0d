"""The flat inventory, a JSON list of services, is read into projects, services, hosts and health paths."""

import json
from pathlib import Path

import pytest

from services.catalog.records import KINDS
from services.manifest.reader import read_manifest
from tests.services.manifest.reading import problems, read

OWNERS_LIST = Path(__file__).parents[4] / "shared" / "samples" / "services.json"
CORE = {
    "id": "core",
    "name": "The Core",
    "repo": "https://github.com/acme/core",
    "kind": "backend",
    "railwayProject": "acme",
    "railwayService": "core-1",
    "domain": "core.example.com",
    "healthPath": "/health",
}


def test_every_key_finds_its_field():
    manifest = read(json.dumps([CORE], indent=2))
    state = manifest.state

    assert manifest.format == "flat"
    assert state["project"] == {
        ("acme",): {**KINDS["project"].blank(), "railway_project": "acme", "status": "active"}
    }
    assert state["service"] == {
        ("core",): {
            **KINDS["service"].blank(),
            "project": "acme",
            "display_name": "The Core",
            "repo": "https://github.com/acme/core",
            "kind": "backend",
            "railway_service": "core-1",
            "status": "active",
        }
    }
    assert state["domain"] == {("core", "prod", 0): {"hostname": "core.example.com"}}
    assert state["deployment"][("core",)]["healthcheck_path"] == "/health"
    assert manifest.lines["deployment"][("core",)] == {"healthcheck_path": 10}


def test_services_share_the_project_that_they_name():
    state = read(json.dumps([CORE, {"id": "api", "railwayProject": "acme"}])).state

    assert list(state["project"]) == [("acme",)]
    assert state["service"][("api",)]["project"] == "acme"
    assert ("api",) not in state["deployment"]


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        ([{**CORE, "healthpath": "/"}], '[0].healthpath: unknown key; did you mean "healthPath"?'),
        ([{"id": "a"}], '[0]: missing key "railwayProject"'),
        ([{"railwayProject": "a"}], '[0]: missing key "id"'),
        (["a"], '[0]: expected a mapping, got "a"'),
        ([{**CORE, "domain": "https://a.b"}], "[0].domain: expected a host name in lower case"),
        ([{**CORE, "healthPath": "health"}], "[0].healthPath: expected a path that starts with"),
        ([{**CORE, "id": "The Core"}], "[0].id: expected a name of lower-case letters"),
        ([{**CORE, "kind": []}], "[0].kind: expected a text, got a list"),
        (
            [CORE, {"id": "core", "railwayProject": "acme"}],
            '[1]: the service "core" is already declared on line 1',
        ),
        (
            [CORE, {**CORE, "id": "api"}],
            '[1].domain: "core.example.com" already belongs to the active service "core"',
        ),
    ],
)
def test_mistakes_are_told_with_their_place(items, expected):
    [found] = problems(json.dumps(items))

    assert found.partition(" ")[2].startswith(expected)


def test_an_empty_list_is_an_empty_manifest():
    assert read("[]").state["service"] == {}


@pytest.mark.skipif(not OWNERS_LIST.exists(), reason="the owner's samples are not here")
def test_the_owners_list_reads_with_no_problems():
    manifest = read_manifest(OWNERS_LIST.read_bytes(), file_name="services.json")

    assert [key[0] for key in manifest.state["service"]] == [
        "core",
        "api",
        "operator",
        "agents",
        "console",
        "web",
        "docs",
    ]
    assert len(manifest.state["domain"]) == len(manifest.state["deployment"]) == 7
    assert list(manifest.state["project"]) == [("blackroad-operating-system",)]
    assert manifest.warnings == ()
