"""What the deployment files of one service are made from, taken out of a catalog state. Pure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from services.artifacts.paths import inside, is_of_another_file, safe_path
from services.catalog.names import DEFAULT_ENVIRONMENTS, Level, Status
from services.catalog.records import KINDS, Fields, State
from services.catalog.service_names import Named, ServiceNames
from services.variables.effective import Entry, environment_of
from services.variables.secrecy import name_looks_secret, value_looks_secret

Stack = Literal["fastapi", "django", ""]
Engine = Literal["postgres", "redis", "mysql", "mongo", ""]

DEFAULT_PORT = 8000
DEFAULT_PYTHON = "3.13"
DEFAULT_BRANCH = "main"
# The owner's words for environments, and Railway's; any other name is the same there.
RAILWAY_ENVIRONMENTS = {"prod": "production"}
DATA_KINDS = frozenset({"database", "cache"})
# What is there already: a project's file that does not state it would take it away.
DEPLOYED = frozenset({Status.ACTIVE.value, Status.DEVELOPMENT.value})
_ENGINES: Mapping[str, Engine] = {
    "postgresql": "postgres",
    "postgres": "postgres",
    "redis": "redis",
    "valkey": "redis",
    "mysql": "mysql",
    "mongodb": "mongo",
    "mongo": "mongo",
}
_PYTHON = re.compile(r"python\s*v?(3\.\d{1,2})", re.IGNORECASE)
_HEALTH = re.compile(r"/health(?:z|check)?/?$", re.IGNORECASE)
_PORT = re.compile(r"\d{1,5}")


@dataclass(frozen=True, slots=True)
class Place:
    """One environment: its name here and at Railway, and the host names there, the primary one first."""

    name: str
    railway_name: str
    hostnames: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unit:
    """One service as it is deployed; texts of the catalog are as they were written.

    `root`, `dockerfile` and `context` are safe paths from the root of the repository, "" for the
    root itself; what could not be one is in `refused_paths` by the name of its field.
    """

    name: str
    status: str
    kind: str
    railway_name: str
    stack: Stack
    engine: Engine
    is_on_railway: bool
    repository: str  # owner/name at GitHub, "" when there is none that is
    branch: str
    root: str
    dockerfile: str
    context: str
    python: str
    build_command: str
    start_command: str
    pre_deploy_command: str
    health_path: str
    health_timeout_s: int | None
    port: int
    replicas: int | None
    restart_policy: str
    cron_schedule: str
    watch_paths: tuple[str, ...]
    places: tuple[Place, ...] = ()
    environments: Mapping[str, tuple[Entry, ...]] = field(default_factory=dict)
    refused_paths: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_data(self) -> bool:
        """Whether it is a database or a cache, which the platform runs without a file of ours."""
        return self.kind in DATA_KINDS

    @property
    def folder(self) -> str:
        """Give where its own code is: its root directory, else where its Dockerfile is."""
        return self.root or self.dockerfile.rpartition("/")[0]

    def primary_place(self) -> Place | None:
        """Give the first environment in which it has a host name."""
        return next((place for place in self.places if place.hostnames), None)

    def variables(self) -> tuple[Entry, ...]:
        """Give the variables that it reads, as the first environment has them."""
        first = next(iter(self.environments.values()), ())
        return tuple(entry for entry in first if entry.level != Level.EXPORTED)


@dataclass(frozen=True, slots=True)
class Blueprint:
    """A service, and what else is in its project at Railway; `left_out` are services not there yet."""

    unit: Unit
    project: str
    units: tuple[Unit, ...]
    left_out: tuple[str, ...]
    names: ServiceNames


def is_held_back(entry: Entry) -> bool:
    """Whether the text of a variable stays out of every file: it is a secret, or looks like one."""
    return entry.is_secret or (
        entry.origin in ("value", "default")
        and (name_looks_secret(entry.name) or value_looks_secret(entry.text))
    )


def draw_blueprint(state: State, service: str) -> Blueprint:
    """Collect what is known of a service and its project; raises KeyError when there is no such service.

    The state needs projects, services, deployments, domains, endpoints, environments and variables of
    the whole project at Railway: of every catalog project with the same `railway_project`.
    """
    own = state["service"][service,]
    project = state["project"][own["project"],]
    place = project["railway_project"]
    members = [
        name
        for (name,), fields in state["service"].items()
        if fields["project"] == own["project"]
        or (place and state["project"][fields["project"],]["railway_project"] == place)
    ]
    drawn = {str(name): _unit(state, str(name)) for name in members}
    there = {name: unit for name, unit in drawn.items() if unit.is_on_railway or name == service}
    kept = [unit for unit in there.values() if unit.status in DEPLOYED or unit.name == service]
    names = ServiceNames(
        Named(unit.name, fields["aliases"], fields["display_name"], fields["railway_service"])
        for unit in kept
        for fields in [state["service"][unit.name,]]
    )
    return Blueprint(
        unit=drawn[service],
        project=place or str(own["project"]),
        units=tuple(sorted(kept, key=lambda unit: unit.name)),
        left_out=tuple(sorted(set(there) - {unit.name for unit in kept})),
        names=names,
    )


def _unit(state: State, name: str) -> Unit:
    service = state["service"][name,]
    project = state["project"][service["project"],]
    deployment = state["deployment"].get((name,)) or KINDS["deployment"].blank()
    refused: dict[str, str] = {}
    root = _path(deployment, "root_directory", refused)
    dockerfile = inside(root, _path(deployment, "dockerfile", refused))
    if is_of_another_file(dockerfile):
        refused["dockerfile"], dockerfile = deployment["dockerfile"], ""
    context = inside(root, _path(deployment, "build_context", refused)) or root
    places = _places(state, name)
    return Unit(
        name=name,
        status=service["status"],
        kind=service["kind"],
        railway_name=service["railway_service"] or name,
        stack=_stack(service["framework"]),
        engine=_engine(service),
        is_on_railway=deployment["platform"].casefold() in ("", "railway"),
        repository=_repository(service["repo"] or project["repo"]),
        branch=service["branch"] or DEFAULT_BRANCH,
        root=root,
        dockerfile=dockerfile,
        context=context,
        python=_python(service["runtime"], service["language"]),
        build_command=deployment["build_command"],
        start_command=deployment["start_command"],
        pre_deploy_command=deployment["pre_deploy_command"],
        health_path=deployment["healthcheck_path"] or _health_endpoint(state, name),
        health_timeout_s=deployment["healthcheck_timeout_s"],
        port=_port(deployment["port"]),
        replicas=deployment["replicas"],
        restart_policy=deployment["restart_policy"],
        cron_schedule=deployment["cron_schedule"],
        watch_paths=tuple(deployment["watch_paths"]),
        places=places,
        environments={
            place.name: tuple(environment_of(state, name, place.name)) for place in places
        },
        refused_paths=refused,
    )


def _places(state: State, service: str) -> tuple[Place, ...]:
    hostnames: dict[str, dict[int, str]] = {}
    for (owner, environment, position), fields in state["domain"].items():
        if owner == service:
            hostnames.setdefault(str(environment), {})[int(position)] = fields["hostname"]
    ordered = sorted(
        (fields["position"], str(name)) for (name,), fields in state["environment"].items()
    ) or list(enumerate(DEFAULT_ENVIRONMENTS))
    return tuple(
        Place(
            name,
            RAILWAY_ENVIRONMENTS.get(name, name),
            tuple(host for _, host in sorted(hostnames.get(name, {}).items())),
        )
        for _, name in ordered
    )


def _health_endpoint(state: State, service: str) -> str:
    """Find the endpoint that says whether a service is well, when its deployment names none."""
    paths = [
        str(path)
        for owner, method, path in state["endpoint"]
        if owner == service and method == "GET" and _HEALTH.search(str(path))
    ]
    return min(paths, key=lambda path: (len(path), path), default="")


def _path(deployment: Fields, name: str, refused: dict[str, str]) -> str:
    text = deployment[name]
    path = safe_path(text)
    if path is None:
        refused[name] = text
    return path or ""


def _stack(framework: str) -> Stack:
    words = framework.casefold()
    return "fastapi" if "fastapi" in words else "django" if "django" in words else ""


def _engine(service: Fields) -> Engine:
    """Name the engine of a database or cache by the first word of its type."""
    if service["kind"] not in DATA_KINDS:
        return ""
    return _ENGINES.get(service["type"].casefold().partition(" ")[0], "")


def _python(*texts: str) -> str:
    found = _first(_PYTHON.search(text) for text in texts)
    return found.group(1) if found else DEFAULT_PYTHON


def _first(matches: Iterable[re.Match[str] | None]) -> re.Match[str] | None:
    return next(filter(None, matches), None)


def _port(text: str) -> int:
    found = _PORT.search(text)
    return int(found.group()) if found and 1 <= int(found.group()) <= 65535 else DEFAULT_PORT


def _repository(text: str) -> str:
    """Give owner/name of a repository at GitHub, whether it is written so or as an address."""
    words = re.fullmatch(
        r"(?:https?://github\.com/|git@github\.com:)?([A-Za-z0-9._-]+/[A-Za-z0-9._-]+?)(?:\.git)?/?",
        text.strip(),
    )
    return words.group(1) if words else ""
