"""railway.toml and railway.json: one service's build and deploy settings, twice the same. Pure.

Source of keys and types: Railway, "Config as Code reference". Only `build` and `deploy` are there:
variables, domains and names have no place in these files.
"""

import json
import shlex
from typing import Any

import tomli_w

from services.artifacts.artifact import CUTOFF, NotRenderable, banner, comment
from services.artifacts.blueprint import Unit
from services.artifacts.paths import under

SCHEMA = "https://railway.com/railway.schema.json"
RESTART_POLICIES = ("ON_FAILURE", "ALWAYS", "NEVER")
_SHELLS = ("/bin/sh ", "sh ", "/bin/bash ", "bash ")
_OPERATORS = (";", "&", "|", "\n", "(", ")")


def toml_text(unit: Unit) -> str:
    """Write railway.toml."""
    head = comment(
        banner(unit.name),
        f"Railway reads this file until {CUTOFF}, and refuses it for new services: .railway/railway.py",
        "takes its place. A service is managed by one of them, never by both.",
    )
    return head + "\n" + tomli_w.dumps(settings_of(unit))


def json_text(unit: Unit) -> str:
    """Write railway.json; JSON has no comments."""
    return json.dumps(settings_of(unit), indent=2) + "\n"


def settings_of(unit: Unit) -> dict[str, Any]:
    """Give the settings; what the catalog does not say is left to Railway's defaults."""
    if unit.is_data:
        raise NotRenderable(
            "Railway runs databases and caches itself; they have no build or start."
        )
    if not unit.is_on_railway:
        raise NotRenderable("It is not deployed at Railway.")
    return {"$schema": SCHEMA, "build": build_of(unit), "deploy": deploy_of(unit)}


def build_of(unit: Unit) -> dict[str, Any]:
    """Give the keys of `build`."""
    dockerfile = under(unit.root, unit.dockerfile)
    build: dict[str, Any] = {"builder": "DOCKERFILE" if uses_dockerfile(unit) else "RAILPACK"}
    if dockerfile:
        build["dockerfilePath"] = dockerfile
    if unit.build_command and not uses_dockerfile(unit):
        build["buildCommand"] = unit.build_command
    if unit.watch_paths:
        build["watchPatterns"] = list(unit.watch_paths)
    return build


def deploy_of(unit: Unit) -> dict[str, Any]:
    """Give the keys of `deploy`, without those that are not stated."""
    policy = restart_policy(unit)
    stated = {
        "startCommand": start_command(unit),
        "preDeployCommand": [unit.pre_deploy_command] if unit.pre_deploy_command else None,
        "healthcheckPath": unit.health_path,
        "healthcheckTimeout": unit.health_timeout_s,
        "restartPolicyType": policy,
        "cronSchedule": unit.cron_schedule,
        "numReplicas": unit.replicas,
    }
    return {key: value for key, value in stated.items() if value}


def uses_dockerfile(unit: Unit) -> bool:
    """Whether the image comes from a Dockerfile: the catalog's own, or one that is made here."""
    return bool(unit.dockerfile or unit.stack)


def start_command(unit: Unit) -> str:
    """Give the start command as Railway must read it.

    In an image it is run without a shell, so that `$PORT` would stay as it is.
    """
    command = unit.start_command
    if not uses_dockerfile(unit) or "$" not in command or command.startswith(_SHELLS):
        return command
    return f"/bin/sh -c {shlex.quote(replacing_the_shell(command))}"


def replacing_the_shell(command: str) -> str:
    """Give a command that takes the place of its shell, so that signals reach it; several stay as they are."""
    is_simple = not any(mark in command for mark in _OPERATORS) and not command.startswith("exec ")
    return f"exec {command}" if is_simple else command


def restart_policy(unit: Unit) -> str:
    """Give the restart policy in Railway's words; "" for one that it does not have."""
    words = unit.restart_policy.strip().upper().replace("-", "_").replace(" ", "_")
    return words if words in RESTART_POLICIES else ""
