"""Every deployment file, read by the program that it is for."""

import json
import subprocess
import sys
import threading
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from services.artifacts.artifact import CUTOFF
from services.artifacts.blueprint import draw_blueprint
from services.artifacts.files import KINDS, LEGACY, make_files, warning
from services.variables.env_file import parse
from tests.services.artifacts.readers import (
    instructions_of,
    lint_dockerfile,
    lint_script,
    project_of,
    read_toml,
    read_workflow,
    scripts_of,
)
from tests.services.artifacts.states import TODAY, make, make_state, record, text_of

CANARY = "canary-4f1b09c2e7"


def test_toml_and_json_are_the_same_settings():
    settings = read_toml(text_of("railway-toml"))

    assert settings == json.loads(text_of("railway-json"))
    assert settings["build"] == {"builder": "DOCKERFILE", "watchPatterns": ["/api/**"]}
    assert settings["deploy"] == {
        "startCommand": "/bin/sh -c 'exec uvicorn app.main:app --port $PORT'",
        "preDeployCommand": ["alembic upgrade head"],
        "healthcheckPath": "/health",
        "healthcheckTimeout": 300,
        "restartPolicyType": "ON_FAILURE",
    }


def test_a_service_without_a_dockerfile_is_built_by_railpack_and_keeps_its_commands():
    deployment = {"build_command": "npm run build", "start_command": "npm start -- --port $PORT"}

    settings = read_toml(
        text_of("railway-toml", make_state(framework="React", deployment=deployment))
    )

    assert settings["build"]["builder"] == "RAILPACK"
    assert settings["build"]["buildCommand"] == "npm run build"
    assert settings["deploy"]["startCommand"] == "npm start -- --port $PORT"


def test_paths_in_the_settings_count_from_the_root_directory():
    deployment = {"root_directory": "/services/api", "dockerfile": "services/api/deploy/Dockerfile"}
    state = make_state(deployment=deployment)

    assert make("railway-toml", state).path == "services/api/railway.toml"
    assert make("dockerfile", state).path == "services/api/deploy/Dockerfile"
    settings = read_toml(text_of("railway-toml", state))
    assert settings["build"]["dockerfilePath"] == "deploy/Dockerfile"


def test_an_unknown_restart_policy_is_left_out_and_said():
    state = make_state(deployment={"restart_policy": "unless-stopped"})

    assert "restartPolicyType" not in read_toml(text_of("railway-toml", state))["deploy"]
    assert "no such restart policy" in " ".join(make("railway-toml", state).notes)


def test_the_project_states_everything_that_is_deployed():
    project = project_of(text_of("railway-py"))
    api = project["resources"]["api"]

    assert project["name"] == "shop-production"
    assert set(project["resources"]) == {"api", "Postgres"}
    assert project["resources"]["Postgres"]["engine"] == "postgres"
    assert api["source"] == {"type": "github", "repo": "example/shop", "branch": "main"}
    assert api["networking"] == {"customDomains": {"api.example.com": {"port": 8000}}}
    assert api["variables"] == {
        "DATABASE_URL": {
            "type": "reference",
            "resource": "database.Postgres",
            "output": "DATABASE_URL",
        },
        "MODE": {"type": "literal", "value": "strict"},
        "SECRET_KEY": {"type": "preserve"},
        "LOG_LEVEL": {"type": "preserve"},
    }
    settings = read_toml(text_of("railway-toml"))
    assert api["build"] == settings["build"]
    assert api["deploy"] == settings["deploy"]


def test_the_project_has_the_domains_of_its_environment_only():
    api = project_of(text_of("railway-py"), environment="pr-7")["resources"]["api"]

    assert "networking" not in api


def test_the_project_is_the_same_file_for_each_of_its_services():
    assert text_of("railway-py", service="api") == text_of("railway-py", service="postgres")


@pytest.mark.parametrize(
    ("source", "value"),
    [
        (
            "${{later.URL}}",
            {"type": "preserve"},  # planned: not in the file
        ),
        ("${{nobody.URL}}", {"type": "preserve"}),
        ("${{shared.URL}}", {"type": "literal", "value": "${{shared.URL}}"}),
        (
            "http://${{Postgres.HOST}}:${{PORT}}",
            {"type": "literal", "value": "http://${{Postgres.HOST}}:${{PORT}}"},
        ),
        ("${{ api.URL }}", {"type": "reference", "resource": "service.api", "output": "URL"}),
        ("${{unclosed", {"type": "preserve"}),
    ],
)
def test_what_a_reference_becomes(source, value):
    state = make_state(variables={"URL": {"level": "required", "source": source}})

    assert project_of(text_of("railway-py", state))["resources"]["api"]["variables"]["URL"] == value


def test_a_project_that_the_catalog_does_not_state_in_full_is_refused():
    state = make_state(repo="")
    state["service"]["postgres",]["type"] = "cockroach"

    assert make("railway-py", state).reason.endswith(
        "api has no repository at GitHub; postgres has no known engine."
    )


@pytest.mark.parametrize("framework", ["FastAPI 0.104", "Django 5.2"])
@pytest.mark.parametrize("deployment", [{}, {"start_command": "", "healthcheck_path": ""}])
@pytest.mark.parametrize("folder", ["", "backend/Dockerfile"])
def test_a_dockerfile_has_nothing_that_the_linter_minds(framework, deployment, folder):
    state = make_state(framework=framework, deployment={**deployment, "dockerfile": folder})

    assert lint_dockerfile(text_of("dockerfile", state)) == ""


def test_the_linter_minds_a_bad_dockerfile():
    assert "DL3025" in lint_dockerfile("FROM python:3.13-slim\nCMD python app.py\n")


def test_an_image_is_built_in_two_stages_and_runs_without_root():
    instructions = instructions_of(text_of("dockerfile", make_state(framework="Django 5.2")))
    words = [word for word, _ in instructions]
    last = words.index("FROM", 1)

    assert words.count("FROM") == 2
    assert dict(instructions[last:])["USER"] == "10001"
    assert "collectstatic" in " ".join(rest for _, rest in instructions[:last])
    assert json.loads(instructions[-1][1]) == [
        "/bin/sh",
        "-c",
        "exec uvicorn app.main:app --port $PORT",
    ]
    check = json.loads(dict(instructions)["HEALTHCHECK"].partition(" CMD ")[2])
    assert check[-3:] == ["8000", "/health", "healthcheck.railway.app"]


@pytest.mark.parametrize(("status", "is_well"), [(200, True), (503, False)])
def test_the_health_check_of_an_image_asks_the_service(status, is_well):
    asked = []

    class Service(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append((self.path, self.headers["Host"]))
            self.send_response(status)
            self.end_headers()

        def log_message(self, *words):
            """Say nothing."""

    found = dict(instructions_of(text_of("dockerfile", make_state(framework="Django 5.2"))))
    [_, *words] = json.loads(found["HEALTHCHECK"].partition(" CMD ")[2])
    with ThreadingHTTPServer(("127.0.0.1", 0), Service) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        done = subprocess.run(
            [sys.executable, *words],
            env={"PORT": str(server.server_port)},
            capture_output=True,
            check=False,
            timeout=30,
        )
        server.shutdown()

    assert (done.returncode == 0) is is_well
    assert asked == [("/health", "healthcheck.railway.app")]


def test_paths_that_lead_out_are_refused():
    artifact = make("dockerfile", make_state(deployment={"dockerfile": "../../etc/Dockerfile"}))

    assert "dockerfile" in artifact.reason
    assert artifact.path == "Dockerfile"


def test_a_workflow_keeps_to_the_schema_and_its_scripts_to_the_shell():
    workflow = read_workflow(text_of("workflow"))
    scripts = scripts_of(workflow)

    assert len(scripts) == 5
    assert [lint_script(script) for script in scripts] == [""] * 5
    assert workflow["permissions"] == {"contents": "read"}
    assert workflow["concurrency"]["cancel-in-progress"] is False
    assert workflow["jobs"]["deploy"]["needs"] == "build"
    assert workflow["jobs"]["deploy"]["env"]["RAILWAY_CLI_VERSION"].count(".") == 2
    assert workflow["on"]["push"] == {"branches": ["main"], "paths": ["api/**"]}


def test_the_linter_of_scripts_minds_a_bad_one():
    assert "SC2086" in lint_script("#!/bin/sh\nrm $1\n")
    assert lint_script("if true; then\n") != ""


def test_a_workflow_asks_no_service_without_an_address():
    state = make_state(deployment={"healthcheck_path": ""})

    assert len(scripts_of(read_workflow(text_of("workflow", state)))) == 4
    assert make("workflow", state).notes == (
        "The catalog has no health path, so the workflow does not ask the service.",
    )


def test_the_example_has_every_variable_and_no_secret():
    values = {one.name: one.value for one in parse(text_of("env-example"))}

    assert values == {"DATABASE_URL": "", "MODE": "strict", "SECRET_KEY": "", "LOG_LEVEL": "info"}
    assert "openssl rand -hex 32" in text_of("env-example")


@pytest.mark.parametrize(
    "variable",
    [
        ("API_KEY", {"value": CANARY}),
        ("API_KEY", {"default": CANARY}),
        ("PLAIN", {"value": f"redis://:{CANARY}@host"}),
    ],
    ids=["value", "default", "in an address"],
)
def test_what_looks_like_a_secret_is_in_no_file(variable):
    name, fields = variable
    state = make_state(variables={name: {"level": "required", **fields}})

    artifacts = make_files(draw_blueprint(state, "api"), TODAY)

    assert [one.kind for one in artifacts if CANARY in one.text] == []
    assert "preserve()" in text_of("railway-py", state)
    assert {one.name: one.value for one in parse(text_of("env-example", state))} == {name: ""}


def test_an_endpoint_stands_in_for_the_health_path():
    state = make_state(deployment={"healthcheck_path": ""})
    for path in ("/api/health/summary", "/health", "/api/v1/health"):
        state["endpoint"]["api", "GET", path] = record("endpoint")

    assert read_toml(text_of("railway-toml", state))["deploy"]["healthcheckPath"] == "/health"


@pytest.mark.parametrize("name", ["../../etc/cron", "a/b", ".git"])
def test_no_name_of_a_service_leads_out(name):
    state = make_state()
    for kind in ("service", "deployment"):
        state[kind][name,] = state[kind]["api",]

    path = make("workflow", state, name).path

    assert path.startswith(".github/workflows/deploy-")
    assert path.count("/") == 2


@pytest.mark.parametrize(
    ("kind", "service", "reason"),
    [
        ("railway-toml", "postgres", "Railway runs databases"),
        ("workflow", "postgres", "Railway runs databases"),
        ("dockerfile", "postgres", "FastAPI and Django only"),
        ("env-example", "postgres", "no variable"),
        ("workflow", "later", "no repository"),
    ],
)
def test_a_file_that_makes_no_sense_says_why(kind, service, reason):
    assert reason in make(kind, service=service).reason


def test_what_is_deployed_elsewhere_has_no_file_of_railway():
    state = make_state(deployment={"platform": "github-pages"})

    assert {kind for kind in KINDS if not make(kind, state).is_made} == {
        "railway-toml",
        "railway-json",
        "railway-py",
        "workflow",
    }


def test_the_same_catalog_gives_the_same_bytes():
    first, second = (make_files(draw_blueprint(make_state(), "api"), TODAY) for _ in range(2))

    assert first == second
    assert all(artifact.text.endswith("\n") for artifact in first)


@pytest.mark.parametrize(
    ("status", "today", "is_in_set", "said"),
    [
        ("active", date(2026, 11, 30), True, "tomorrow is the day"),
        ("active", TODAY, True, "8 days are left"),
        ("active", CUTOFF, False, "stopped reading"),
        ("planned", TODAY, False, "not active yet"),
    ],
)
def test_the_old_files_are_made_but_not_kept_in_the_set_once_they_are_dead(
    status, today, is_in_set, said
):
    for kind in LEGACY:
        artifact = make(kind, make_state(status=status), today=today)

        assert artifact.is_made
        assert artifact.is_in_set is is_in_set
    assert said in warning(draw_blueprint(make_state(status=status), "api").unit, today)


@pytest.mark.parametrize(
    "path",
    [
        ".git/hooks/pre-commit", "deep/.GIT/config", ".env.example", "railway.toml",
        "Railway.json", ".railway/railway.py", ".github/workflows/deploy-api.yml", ".github",
    ],
)  # fmt: skip
def test_a_dockerfile_takes_the_place_of_nothing_else(path):
    blueprint = draw_blueprint(make_state(deployment={"dockerfile": path}), "api")
    artifacts = make_files(blueprint, TODAY)
    paths = [one.path for one in artifacts]

    assert len(set(paths)) == len(paths)
    assert blueprint.unit.refused_paths == {"dockerfile": path}
    assert artifacts[KINDS.index("dockerfile")].path == "Dockerfile"
