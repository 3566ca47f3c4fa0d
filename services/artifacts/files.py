"""Makes every deployment file of a service, or says why there is none. Pure."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date

from services.artifacts import (
    config_as_code,
    dockerfile,
    env_example,
    railway_project,
    workflow,
)
from services.artifacts.artifact import CUTOFF, Artifact, Kind, NotRenderable
from services.artifacts.blueprint import Blueprint, Unit
from services.catalog.names import Status

TITLES: dict[Kind, str] = {
    "railway-toml": "railway.toml",
    "railway-json": "railway.json",
    "railway-py": "railway.py",
    "dockerfile": "Dockerfile",
    "workflow": "GitHub workflow",
    "env-example": ".env.example",
}
KINDS: tuple[Kind, ...] = tuple(TITLES)
LEGACY: tuple[Kind, ...] = ("railway-toml", "railway-json")

_NOT_IN_A_NAME = re.compile(r"[^a-z0-9._-]+|^\.+")  # a slug has nothing of it

_MAKERS: dict[Kind, Callable[[Blueprint], str]] = {
    "railway-toml": lambda blueprint: config_as_code.toml_text(blueprint.unit),
    "railway-json": lambda blueprint: config_as_code.json_text(blueprint.unit),
    "railway-py": railway_project.project_text,
    "dockerfile": lambda blueprint: dockerfile.dockerfile_text(blueprint.unit),
    "workflow": lambda blueprint: workflow.workflow_text(blueprint.unit),
    "env-example": lambda blueprint: env_example.example_text(blueprint.unit),
}


def make_files(blueprint: Blueprint, today: date) -> list[Artifact]:
    """Make every kind of file, in the order of `KINDS`."""
    return [make_file(kind, blueprint, today) for kind in KINDS]


def make_file(kind: Kind, blueprint: Blueprint, today: date) -> Artifact:
    """Make one file; the same catalog gives the same text on any day."""
    unit = blueprint.unit
    artifact = Artifact(kind, TITLES[kind], path_of(kind, unit))
    try:
        text = _MAKERS[kind](blueprint)
    except NotRenderable as error:
        return replace(artifact, reason=str(error))
    return replace(
        artifact,
        text=text,
        notes=_notes(kind, blueprint),
        is_in_set=kind not in LEGACY or is_still_read(unit, today),
    )


def path_of(kind: Kind, unit: Unit) -> str:
    """Say where in the repository a file belongs."""
    paths: dict[Kind, str] = {
        "railway-toml": _beside(unit.root, "railway.toml"),
        "railway-json": _beside(unit.root, "railway.json"),
        "railway-py": ".railway/railway.py",
        "dockerfile": unit.dockerfile or _beside(unit.root, "Dockerfile"),
        "workflow": f".github/workflows/deploy-{_NOT_IN_A_NAME.sub('-', unit.name)}.yml",
        "env-example": _beside(unit.folder, ".env.example"),
    }
    return paths[kind]


def is_still_read(unit: Unit, today: date) -> bool:
    """Whether Railway reads railway.toml and railway.json of the service: of old ones, until the cutoff."""
    return unit.status == Status.ACTIVE and today < CUTOFF


def warning(unit: Unit, today: date) -> str:
    """Say what the cutoff means for a service's railway.toml and railway.json."""
    if today >= CUTOFF:
        return f"Railway stopped reading railway.toml and railway.json on {CUTOFF}. Use .railway/railway.py."
    if unit.status != Status.ACTIVE:
        return (
            "Railway refuses railway.toml and railway.json for new services, and this one is not "
            "active yet. Use .railway/railway.py."
        )
    days = (CUTOFF - today).days
    left = "tomorrow is the day" if days == 1 else f"{days} days are left"
    return (
        f"Railway stops reading railway.toml and railway.json on {CUTOFF}: {left}. Then only "
        ".railway/railway.py counts; while one of the other two is there, Railway refuses it."
    )


def _beside(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name


def _notes(kind: Kind, blueprint: Blueprint) -> tuple[str, ...]:
    unit = blueprint.unit
    refused = tuple(
        f"{field} cannot be a path of a file and was left out." for field in unit.refused_paths
    )
    if kind in LEGACY:
        policy = bool(unit.restart_policy) and not config_as_code.restart_policy(unit)
        unknown = ("Railway has no such restart policy; it was left out.",) if policy else ()
        return (*refused, *unknown)
    if kind == "dockerfile":
        return dockerfile.notes_of(unit)
    if kind == "workflow":
        return (*refused, *workflow.notes_of(unit))
    if kind == "railway-py" and blueprint.left_out:
        return (f"Not deployed yet, so not in it: {', '.join(blueprint.left_out)}.", *refused)
    return refused if kind == "railway-py" else ()
