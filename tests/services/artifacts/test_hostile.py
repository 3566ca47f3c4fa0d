"""Text of the catalog that tries to break out of each format comes back as it was."""

import json
import shlex

import pytest

from services.variables.env_file import PORTABLE, EnvFileError, Reader, parse
from tests.services.artifacts.readers import (
    evaluated,
    instructions_of,
    lint_dockerfile,
    project_of,
    read_toml,
    read_workflow,
    scripts_of,
)
from tests.services.artifacts.states import make_state, text_of

HOSTILE = [
    'quote " and \\ backslash',
    "single ' quote",
    "'''three''' single",
    '"""three""" double',
    "line\nbreak",
    "line\r\nbreak",
    "tab\tinside",
    "a\n[deploy]\nstartCommand = 'evil'",
    'a"\n[build]\nbuilder = "EVIL',
    "a: b\n- c: d",
    "# comment",
    "value # comment",
    "on: push\njobs: {}",
    "*alias &anchor !!python/object",
    "yes",
    "null",
    "0x10",
    "1.0",
    "${{ secrets.RAILWAY_TOKEN }}",
    "${{Postgres.DATABASE_URL}} and ${{ github.token }}",
    "$(touch /tmp/owned) `id` $HOME ${PATH}",
    "; rm -rf / && true || false | cat",
    "trailing backslash \\",
    "a\nRUN touch /owned\nUSER root",
    "{% raw %}{{ 7 * 7 }}{% endraw %}",
    "<script>alert(1)</script>",
    "\u202edekcatta\u2066",
    "\u2028line\u2029separators\x85and\x0cfeeds",
    "ünïcödé 🜁 \U0010ffff \x1b[31m\x07",
]


def test_there_are_29_hostile_values():
    assert len(set(HOSTILE)) == 29


@pytest.fixture(params=HOSTILE, ids=range(len(HOSTILE)))
def value(request):
    return request.param


def hostile_state(value, **over):
    return make_state(
        deployment={
            "start_command": value,
            "pre_deploy_command": value,
            "healthcheck_path": value,
            "cron_schedule": value,
            "watch_paths": [value],
            **over,
        },
        branch=value,
        railway_service=value,
        variables={"HOSTILE": {"level": "required", "value": value, "description": value}},
    )


def commanded(command):
    """Take the command out of the shell that it may have been wrapped in."""
    if command.startswith("/bin/sh -c "):
        [*_, command] = shlex.split(command)
    return command.removeprefix("exec ")


@pytest.mark.parametrize(
    ("kind", "read"), [("railway-toml", read_toml), ("railway-json", json.loads)]
)
def test_settings(kind, read, value):
    settings = read(text_of(kind, hostile_state(value)))

    assert set(settings) == {"$schema", "build", "deploy"}
    assert settings["build"] == {"builder": "DOCKERFILE", "watchPatterns": [value]}
    assert commanded(settings["deploy"].pop("startCommand")) == value
    assert settings["deploy"] == {
        "preDeployCommand": [value],
        "healthcheckPath": value,
        "healthcheckTimeout": 300,
        "restartPolicyType": "ON_FAILURE",
        "cronSchedule": value,
    }


def test_railway_py(value):
    text = text_of("railway-py", hostile_state(value))
    api = project_of(text)["resources"][value]

    assert text.isascii()
    assert set(project_of(text)["resources"]) == {value, "Postgres"}
    assert api["source"]["branch"] == value
    assert commanded(api["deploy"]["startCommand"]) == value
    assert api["deploy"]["healthcheckPath"] == value
    assert api["variables"] == {"HOSTILE": {"type": "literal", "value": value}}


@pytest.mark.parametrize("framework", ["FastAPI", "Django"])
def test_dockerfile(framework, value):
    plain = text_of("dockerfile", make_state(framework=framework))
    text = text_of("dockerfile", hostile_state(value) if framework == "FastAPI" else _django(value))

    found = instructions_of(text)

    assert [word for word, _ in found] == [word for word, _ in instructions_of(plain)]
    assert commanded(json.loads(found[-1][1])[2]) == value
    assert json.loads(dict(found)["HEALTHCHECK"].partition(" CMD ")[2])[-2] == value


def _django(value):
    state = hostile_state(value)
    state["service"]["api",]["framework"] = "Django"
    return state


def test_the_linter_reads_every_hostile_dockerfile():
    said = {
        value: lint_dockerfile(text_of("dockerfile", hostile_state(value))) for value in HOSTILE
    }

    assert {value: words for value, words in said.items() if words} == {}


def test_workflow(value):
    workflow = read_workflow(text_of("workflow", hostile_state(value)))
    deploy = workflow["jobs"]["deploy"]

    assert evaluated(deploy["env"]["SERVICE"]) == value
    assert evaluated(deploy["steps"][-1]["env"]["HEALTH_URL"]) == f"https://api.example.com{value}"
    assert workflow["on"]["push"]["paths"] == [value]
    assert scripts_of(workflow) == scripts_of(read_workflow(text_of("workflow")))
    assert workflow["permissions"] == {"contents": "read"}


def test_env_example(value):
    text = text_of("env-example", hostile_state(value))

    try:
        read = parse(text, PORTABLE)
    except EnvFileError:
        # there is no form that all read alike; the file says who does
        assert f"# Read so by {Reader.PYTHON}" in text
        read = parse(text, [Reader.PYTHON])
    assert [(one.name, one.value) for one in read] == [("HOSTILE", value)]
