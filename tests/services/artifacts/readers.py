"""Reads generated files with the programs that they are for."""

import json
import re
import shutil
import subprocess
import sys
import tomllib
from importlib.resources import files
from pathlib import Path

import jsonschema
import railway_sdk
import yaml

BIN = Path(sys.executable).parent


def read_toml(text):
    return tomllib.loads(text)


def read_workflow(text):
    """Read a workflow and hold it to the public schema; an expression that is a text becomes it."""
    workflow = yaml.safe_load(text)
    schema = json.loads(
        files("check_jsonschema.builtin_schemas.vendor")
        .joinpath("github-workflows.json")
        .read_text()
    )
    jsonschema.Draft7Validator(schema).validate(workflow)
    return workflow


def evaluated(text):
    """Give a value of a workflow as GitHub hands it on: each literal expression is its text."""
    assert re.sub(r"\$\{\{ '[^']*' \}\}", "", text).count("${{") == 0, text
    return re.sub(r"\$\{\{ '([^']*)' \}\}", r"\1", text)


def scripts_of(workflow):
    return [
        step["run"] for job in workflow["jobs"].values() for step in job["steps"] if "run" in step
    ]


def project_of(text, environment="production"):
    """Run railway.py with Railway's own SDK, and give the project as the CLI would see it."""
    names: dict = {}
    exec(compile(text, "railway.py", "exec"), names)
    context = railway_sdk.create_railway_context(environment=environment)
    graph = names["main"](context).to_graph()
    return graph | {"resources": {one["name"]: one for one in graph["resources"]}}


def instructions_of(text):
    """Split a Dockerfile into instructions as Docker does: comments away, continued lines joined."""
    lines = [line for line in text.split("\n") if line.strip() and not line.startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    return [tuple(line.split(" ", 1)) for line in joined.split("\n")]


def lint_dockerfile(text):
    """Give what the linter says of a Dockerfile."""
    return _lint([str(BIN / "hadolint"), "--no-fail", "--format", "gnu", "-"], text)


def lint_script(text):
    """Give what the shell and its linter say of a script."""
    shell = shutil.which("sh")
    assert shell
    said = subprocess.run([shell, "-n"], input=text, capture_output=True, text=True, check=False)
    return said.stderr + _lint([str(BIN / "shellcheck"), "--shell", "sh", "-"], text)


def _lint(command, text):
    done = subprocess.run(
        command, input=text, capture_output=True, text=True, check=False, timeout=30
    )
    return done.stdout + done.stderr
