"""The Dockerfile of a FastAPI or Django service: two stages, no root, a health check, exec form. Pure.

Only paths that `safe_path` let through, and numbers, stand where Docker reads words or variables; every
other text of the catalog is inside a JSON array, where Docker reads nothing into it.
"""

import json

from services.artifacts.artifact import NotRenderable, banner, comment
from services.artifacts.blueprint import Unit
from services.artifacts.config_as_code import replacing_the_shell
from services.artifacts.paths import under
from services.catalog.deployment_checks import HEALTH_CHECK_HOST

HEALTH_INTERVAL_S, HEALTH_TIMEOUT_S, HEALTH_START_S = 30, 5, 30
_DEFAULT_COMMANDS = {
    "fastapi": "uvicorn app.main:app --host 0.0.0.0 --port ${{PORT:-{port}}}",
    "django": "gunicorn config.wsgi:application --bind 0.0.0.0:${{PORT:-{port}}}",
}
# Asks the service itself; a host that Django allows for Railway's health check is one that it allows here.
_ASK = (
    "import os, sys, urllib.request as r; "
    "r.urlopen(r.Request('http://127.0.0.1:' + os.environ.get('PORT', sys.argv[1]) + sys.argv[2],"
    " headers={'Host': sys.argv[3]}), timeout=4)"
)


def dockerfile_text(unit: Unit) -> str:
    """Write the Dockerfile; raises NotRenderable for any other kind of service."""
    if not unit.stack:
        raise NotRenderable("There is a Dockerfile for FastAPI and Django only.")
    if unit.refused_paths:
        listed = ", ".join(unit.refused_paths)
        raise NotRenderable(
            f"These cannot be paths of files: {listed}. Correct them in the catalog."
        )
    folder = under(unit.context, unit.folder)
    source = f"{folder}/" if folder else "."
    requirements = f"{folder}/requirements.txt" if folder else "requirements.txt"
    base = f"python:{unit.python}-slim"
    lines = [
        f"FROM {base} AS build",
        "WORKDIR /app",
        "RUN python -m venv /opt/venv",
        f"COPY {requirements} requirements.txt",
        "RUN /opt/venv/bin/pip install --no-cache-dir -r requirements.txt",
        f"COPY {source} .",
        *(_COLLECT_STATIC if unit.stack == "django" else ()),
        "",
        f"FROM {base}",
        "RUN useradd --system --uid 10001 --no-create-home app",
        "WORKDIR /app",
        "COPY --from=build /opt/venv /opt/venv",
        "COPY --from=build --chown=10001:0 /app /app",
        f"ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PORT={unit.port}",
        "USER 10001",
        f"EXPOSE {unit.port}",
        *_health_check(unit),
        f"CMD {exec_form(command_of(unit))}",
    ]
    return comment(banner(unit.name)) + "\n".join(lines) + "\n"


# A key of its own, since none is there while the image is built; nothing of it stays in the image.
_COLLECT_STATIC = (
    "RUN SECRET_KEY=only-for-this-build /opt/venv/bin/python manage.py collectstatic --noinput",
)


def command_of(unit: Unit) -> list[str]:
    """Give the start command as words for exec form; a shell only where there is something to expand."""
    command = unit.start_command or _DEFAULT_COMMANDS[unit.stack].format(port=unit.port)
    return ["/bin/sh", "-c", replacing_the_shell(command)]


def exec_form(words: list[str]) -> str:
    """Write words as a JSON array; a backslash as a number, lest a reader takes it for a line that goes on."""
    return json.dumps(words).replace("\\\\", "\\u005c")


def notes_of(unit: Unit) -> tuple[str, ...]:
    """Say what was guessed."""
    notes = []
    if not unit.start_command:
        notes.append("The catalog has no start command; the one in the file is the usual one.")
    if not unit.health_path:
        notes.append("The catalog has no health path, so the image has no health check.")
    return (*notes, "It installs requirements.txt, beside the service's code.")


def _health_check(unit: Unit) -> list[str]:
    if not unit.health_path:
        return []
    host = HEALTH_CHECK_HOST if unit.stack == "django" and unit.is_on_railway else "localhost"
    asked = ["python", "-c", _ASK, str(unit.port), unit.health_path, host]
    times = (
        f"--interval={HEALTH_INTERVAL_S}s --timeout={HEALTH_TIMEOUT_S}s"
        f" --start-period={HEALTH_START_S}s"
    )
    return [f"HEALTHCHECK {times} \\", f"    CMD {exec_form(asked)}"]
