"""The read commands, from the database and from a manifest: the keys that scripts rely on, and the text."""

import json
from pathlib import Path
from typing import Any

import pytest

from prism import cli
from services.catalog.models import Section
from tests.make import make_domain, make_project, make_service, make_variable

Capture = pytest.CaptureFixture[str]
SHOP = """\
version: "1.0"
deployment_state:
  phase: "Phase 1 - Monolith"
  strategy: "Monorepo"
projects:
  shop:
    phase: 1
    services:
      web:
        kind: backend
        repo: example/web
        branch: main
        aliases: [front]
        domains: {prod: web.example.com, staging: web.staging.example.com}
        env:
          required:
            - name: SECRET_KEY
              description: signing key
              secret: true
              generate: openssl rand -hex 32
            - name: DATABASE_URL
              source: "${{Postgres.DATABASE_URL}}"
              example: postgres://host/db
          optional:
            - name: DEBUG
              default: "False"
      store:
        kind: database
"""


@pytest.fixture
def manifest(tmp_path: Path) -> str:
    path = tmp_path / "manifest.yml"
    path.write_text(SHOP)
    return str(path)


@pytest.fixture
def shop(db: None) -> None:
    """Put the catalog of SHOP into the database."""
    project = make_project(name="shop", phase=1)
    web = make_service(
        name="web", project=project, kind="backend", phase=1, repo="example/web", branch="main",
        aliases=["front"],
    )  # fmt: skip
    make_service(name="store", project=project, kind="database", phase=1)
    make_domain(web, "web.example.com")
    make_domain(web, "web.staging.example.com", environment="staging")
    required = {"service": web, "level": "required"}
    make_variable(
        **required, name="SECRET_KEY", description="signing key", secret=True,
        generate="openssl rand -hex 32",
    )  # fmt: skip
    make_variable(
        **required, name="DATABASE_URL", source="${{Postgres.DATABASE_URL}}",
        example="postgres://host/db",
    )  # fmt: skip
    make_variable(service=web, level="optional", name="DEBUG", default="False")
    Section.objects.create(
        name="deployment_state", value={"phase": "Phase 1 - Monolith", "strategy": "Monorepo"}
    )


def document(capsys: Capture, *words: str, status: int = 0) -> dict[str, Any]:
    assert cli.run([*words, "--json"]) == status
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def text(capsys: Capture, *words: str) -> str:
    assert cli.run(list(words)) == 0
    return capsys.readouterr().out


def test_status_counts_by_status(capsys: Capture, manifest: str) -> None:
    assert document(capsys, "status", "--manifest", manifest) == {
        "services": {"total": 2, "active": 2, "development": 0, "planned": 0, "research": 0},
        "projects": {"total": 1},
        "phase": "Phase 1 - Monolith",
        "strategy": "Monorepo",
    }


def test_list_has_the_keys_that_scripts_rely_on(capsys: Capture, manifest: str) -> None:
    services = document(capsys, "list", "--manifest", manifest)["services"]

    assert [service["name"] for service in services] == ["store", "web"]
    web = services[1]
    assert web["project"] == "shop"
    assert web["kind"] == "backend"
    assert web["status"] == "active"
    assert web["phase"] == 1
    assert web["repo"] == "example/web"
    assert web["domains"] == {"prod": "web.example.com", "staging": "web.staging.example.com"}


def test_env_has_the_keys_that_scripts_rely_on(capsys: Capture, manifest: str) -> None:
    found = document(capsys, "env", "web", "--manifest", manifest)

    assert found["service"] == "web"
    names = [variable["name"] for variable in found["variables"]]
    assert names == ["DATABASE_URL", "SECRET_KEY", "DEBUG"]
    keys = {"name", "level", "secret", "description", "source", "default", "example", "generate"}
    assert all(keys <= variable.keys() for variable in found["variables"])
    secret = found["variables"][1]
    assert secret["secret"] is True
    assert secret["generate"] == "openssl rand -hex 32"


@pytest.mark.parametrize(
    "words", [["status"], ["list"], ["env", "web"], ["repo", "web"], ["open", "web"]]
)
def test_the_database_answers_as_the_manifest_does(
    words: list[str], capsys: Capture, manifest: str, shop: None
) -> None:
    assert document(capsys, *words) == document(capsys, *words, "--manifest", manifest)
    assert text(capsys, *words) == text(capsys, *words, "--manifest", manifest)


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        (["--kind", "database"], ["store"]),
        (["--project", "shop"], ["store", "web"]),
        (["--project", "other"], []),
        (["--status", "planned"], []),
        (["--phase", "1", "--kind", "backend"], ["web"]),
    ],
)
def test_list_filters(filters: list[str], names: list[str], capsys: Capture, manifest: str) -> None:
    services = document(capsys, "list", "--manifest", manifest, *filters)["services"]

    assert [service["name"] for service in services] == names


def test_no_service_that_fits_is_said(capsys: Capture, manifest: str) -> None:
    assert "No service fits" in text(capsys, "list", "--manifest", manifest, "--phase", "3")


def test_the_text_in_a_pipe_has_no_colour(capsys: Capture, manifest: str) -> None:
    out = text(capsys, "list", "--manifest", manifest)

    assert "\x1b" not in out
    assert out.splitlines()[0].split() == ["NAME", "PROJECT", "KIND", "STATUS", "PHASE", "DOMAIN"]


@pytest.mark.parametrize("asked", ["web", "front", "WEB"])
def test_a_service_is_found_by_name_and_alias(asked: str, capsys: Capture, manifest: str) -> None:
    assert document(capsys, "repo", asked, "--manifest", manifest) == {
        "service": "web",
        "url": "https://github.com/example/web",
        "branch": "main",
    }


def test_an_unknown_service_names_the_nearest(capsys: Capture, manifest: str) -> None:
    assert cli.run(["env", "stoer", "--manifest", manifest, "--json"]) == 1

    captured = capsys.readouterr()
    assert "there is no service called stoer. Did you mean store?" in captured.err
    assert "stoer" in json.loads(captured.out)["errors"][0]["message"]


def test_open_prints_the_address_of_an_environment(capsys: Capture, manifest: str) -> None:
    assert text(capsys, "open", "web", "staging", "--manifest", manifest) == (
        "https://web.staging.example.com/\n"
    )


def test_open_names_the_environments_that_there_are(capsys: Capture, manifest: str) -> None:
    assert cli.run(["open", "web", "dev", "--manifest", manifest]) == 1
    assert "no domain in dev; it has one in prod, staging" in capsys.readouterr().err

    assert cli.run(["open", "store", "--manifest", manifest]) == 1
    assert "store has no domain" in capsys.readouterr().err


def test_open_starts_no_browser_in_a_pipe(
    capsys: Capture, manifest: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    monkeypatch.setenv("DISPLAY", ":0")

    text(capsys, "open", "web", "--manifest", manifest)

    assert opened == []


def test_reading_the_database_takes_the_same_queries_at_any_size(
    capsys: Capture, shop: None, django_assert_max_num_queries: Any
) -> None:
    for _ in range(20):
        make_service()

    with django_assert_max_num_queries(20):
        cli.run(["list", "--json"])
