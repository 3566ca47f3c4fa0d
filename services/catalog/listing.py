"""What the read commands say about a catalog, from a manifest or from the database. Pure."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from services.catalog.names import Level, Status
from services.catalog.records import Fields, State

DEPLOYMENT_STATE = "deployment_state"  # the manifest's section with the current phase and strategy
_LEVEL_ORDER = {level.value: position for position, level in enumerate(Level)}


class NothingFound(Exception):
    """What was asked for is not in the catalog; `suggestions` are the nearest names that are."""

    def __init__(self, what: str, suggestions: Iterable[str] = ()) -> None:
        super().__init__(what)
        self.what = what
        self.suggestions = tuple(suggestions)

    def __str__(self) -> str:
        if not self.suggestions:
            return f"{self.what}."
        return f"{self.what}. Did you mean {' or '.join(self.suggestions)}?"


@dataclass(frozen=True, slots=True)
class Filters:
    """Which services to list; None asks for all."""

    status: str | None = None
    kind: str | None = None
    project: str | None = None
    phase: int | None = None

    def accept(self, service: Fields) -> bool:
        """Say whether a service's fields fit."""
        wanted = {
            "status": self.status,
            "kind": self.kind,
            "project": self.project,
            "phase": self.phase,
        }
        return all(value is None or service[field] == value for field, value in wanted.items())


def list_services(state: State, filters: Filters) -> list[dict[str, Any]]:
    """Describe each service that fits, by project and then by name."""
    domains: dict[str, dict[str, str]] = {}
    for (service, environment, position), fields in state["domain"].items():
        if position == 0:
            domains.setdefault(str(service), {})[str(environment)] = fields["hostname"]
    rows = [
        {
            "name": str(name),
            "project": fields["project"],
            "kind": fields["kind"],
            "status": fields["status"],
            "phase": fields["phase"],
            "repo": fields["repo"],
            "domains": domains.get(str(name), {}),
            "display_name": fields["display_name"],
            "aliases": fields["aliases"],
            "owner": fields["owner"],
            "tags": fields["tags"],
        }
        for (name,), fields in state["service"].items()
        if filters.accept(fields)
    ]
    return sorted(rows, key=lambda row: (row["project"], row["name"]))


def summarise(state: State) -> dict[str, Any]:
    """Count the services by status and the projects, with the phase and strategy the manifest states."""
    statuses = [fields["status"] for fields in state["service"].values()]
    stated = state["section"].get((DEPLOYMENT_STATE,), {}).get("value")
    current = stated if isinstance(stated, dict) else {}
    return {
        "services": {"total": len(statuses)}
        | {status.value: statuses.count(status.value) for status in Status},
        "projects": {"total": len(state["project"])},
        "phase": current.get("phase", ""),
        "strategy": current.get("strategy", ""),
    }


def find_service(state: State, asked: str) -> str:
    """Give the name of the service that is meant by its name, an alias, or its name in other letters.

    Raises NothingFound with the nearest names.
    """
    if (asked,) in state["service"]:
        return asked
    known: dict[str, str] = {}
    for (name,), fields in state["service"].items():
        for word in (*fields["aliases"], fields["railway_service"], fields["display_name"], name):
            known[str(word).lower()] = str(name)
    if found := known.get(asked.lower()):
        return found
    nearest = difflib.get_close_matches(asked.lower(), [word for word in known if word], n=3)
    raise NothingFound(
        f"there is no service called {asked}", dict.fromkeys(known[word] for word in nearest)
    )


def list_variables(state: State, service: str) -> list[dict[str, Any]]:
    """Describe each variable that a service reads or offers, by level and then by name.

    What its project defines and it says nothing of is among them.
    """
    shown = ("description", "source", "default", "example", "generate", "value", "format")
    project = state["service"][service,]["project"]
    definitions = {
        str(name): fields
        for kind, owner in (("shared_variable", project), ("variable", service))
        for (owned_by, name), fields in state[kind].items()
        if owned_by == owner
    }
    rows = [
        {"name": name, "level": fields["level"], "secret": fields["secret"]}
        | {field: fields[field] for field in (*shown, "allowed_values")}
        for name, fields in definitions.items()
    ]
    return sorted(rows, key=lambda row: (_LEVEL_ORDER[row["level"]], row["name"]))


def repository_url(state: State, service: str) -> str:
    """Give the address of a service's repository, its project's where it has none of its own.

    Raises NothingFound when neither is declared.
    """
    fields = state["service"][service,]
    project = state["project"].get((fields["project"],), {})
    repo = fields["repo"] or project.get("repo", "")
    if not repo:
        raise NothingFound(f"{service} has no repository in the catalog")
    return repo if "://" in repo else f"https://github.com/{repo}"


def service_url(state: State, service: str, environment: str) -> str:
    """Give the address where a service answers in an environment; raises NothingFound."""
    if fields := state["domain"].get((service, environment, 0)):
        return f"https://{fields['hostname']}/"
    there = [str(key[1]) for key in state["domain"] if key[0] == service and key[2] == 0]
    if not there:
        raise NothingFound(f"{service} has no domain in the catalog")
    raise NothingFound(
        f"{service} has no domain in {environment}; it has one in {', '.join(there)}"
    )
