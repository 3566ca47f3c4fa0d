"""Which checks the catalog asks for. Pure: a state of the catalog in, checks out.

Each active service x environment x domain gets an HTTP check of its health path. A database or cache
that others reach through a connection variable is asked where they run; the catalog holds no address
and no password, so the address comes from the worker's own environment.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from monitoring.health.words import Kind
from monitoring.targets import target_variable
from services.catalog.names import Status
from services.catalog.records import State

ENVIRONMENT_TARGET = "env:"  # + the name of the worker's variable that holds the address
_HEALTH = re.compile(r"(?:^|/)(?:health|healthz|healthcheck|livez|readyz|ready|ping|status)/?$")
_VERSION = re.compile(r"(?:^|/)version/?$")
_KINDS = {"postgresql": Kind.POSTGRES, "postgres": Kind.POSTGRES, "redis": Kind.REDIS, "valkey": Kind.REDIS}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wanted:
    """One check that the catalog asks for; `key` stays the same while its place does."""

    key: str
    service: str
    environment: str
    kind: Kind
    target: str
    options: dict[str, Any] = field(default_factory=dict)


def derive_checks(state: State) -> list[Wanted]:
    """List the checks of all active services, in a stable order."""
    active = {
        str(name)
        for (name,), fields in state["service"].items()
        if fields["status"] == Status.ACTIVE
    }
    found = {wanted.key: wanted for wanted in (*_http(state, active), *_backends(state, active))}
    return [found[key] for key in sorted(found)]


def _http(state: State, active: set[str]) -> Iterator[Wanted]:
    endpoints: dict[str, list[str]] = {}
    for service, method, path in state["endpoint"]:
        if method in ("GET", ""):
            endpoints.setdefault(str(service), []).append(str(path))
    paths = {name: _paths(state, name, endpoints.get(name, [])) for name in active}
    for (service, environment, position), fields in state["domain"].items():
        name = str(service)
        if name not in active:
            continue
        health, version = paths[name]
        yield Wanted(
            key=f"{name}/{environment}/http/{position}",
            service=name,
            environment=str(environment),
            kind=Kind.HTTP,
            target=f"https://{fields['hostname']}{health}",
            options={"version_path": version} if version and position == 0 else {},
        )


def _paths(state: State, service: str, endpoints: list[str]) -> tuple[str, str]:
    """Give the paths to ask for health and for the version; the latter "" when none is declared."""
    stated = state["deployment"].get((service,), {}).get("healthcheck_path", "")
    health = stated or next(filter(_HEALTH.search, endpoints), "/")
    version = next(filter(_VERSION.search, endpoints), "")
    return health if health.startswith("/") else f"/{health}", version


def _backends(state: State, active: set[str]) -> Iterator[Wanted]:
    places: dict[str, set[str]] = {}
    for service, environment, _ in state["domain"]:
        places.setdefault(str(service), set()).add(str(environment))
    for (service, _, _), fields in state["dependency"].items():
        target = fields["target"]
        if str(service) not in active or target not in active or not fields["connection_variable"]:
            continue
        kind = _KINDS.get((fields["type"] or state["service"][target,]["type"]).lower())
        if kind is None:
            continue
        for environment in places.get(str(service), ()):
            yield Wanted(
                key=f"{target}/{environment}/{kind}",
                service=target,
                environment=environment,
                kind=kind,
                target=f"{ENVIRONMENT_TARGET}{target_variable(target, environment)}",
                options={"connection_variable": fields["connection_variable"]},
            )
