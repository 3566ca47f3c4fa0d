"""Reads what the rows of one part of the matrix stand on. Four queries at any size."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db.models import FilteredRelation, Q, Value

from services.catalog.models import Service, SharedVariable, Variable, VariableOverride
from services.variables.effective import (
    DEFINITION_COLUMNS,
    OVERRIDE_COLUMNS,
    Definition,
    definition_of,
    override_of,
)
from services.variables.matrix_rows import RowKey
from services.variables.models import Door, ObservedEnvironment
from services.variables.observing import Seen
from services.variables.verdicts import Sight

_SEEN_COLUMNS = (
    *("name", "state", "length_class", "fingerprint", "key_id", "fault", "match"),
    "changed_at",
)


class Home(NamedTuple):
    """Where a service is: its project, and its status."""

    project: str
    status: str


class Look(NamedTuple):
    """One look at an environment: when, by which door, and what was seen of each variable."""

    observed_at: Any
    door: str
    seen: dict[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Chunk:
    """Definitions, overrides and sights of some services and names.

    `own` is by (service, name), `shared` by (project, name), `overrides` by (service, environment,
    name), `looks` by (service, environment).
    """

    homes: Mapping[str, Home]
    own: Mapping[tuple[str, str], Definition]
    shared: Mapping[tuple[str, str], Definition]
    overrides: Mapping[tuple[str, str, str], Sequence[Definition]]
    looks: Mapping[tuple[str, str], Look]

    def definitions_of(self, key: RowKey) -> list[Definition]:
        """Give the definitions of a variable, the project's before the service's."""
        home = self.homes.get(key.service)
        found = [
            self.shared.get((home.project, key.name)) if home else None,
            self.own.get((key.service, key.name)),
        ]
        return [definition for definition in found if definition is not None]

    def sight(self, service: str, environment: str, name: str) -> Sight | None:
        """Say what was seen of a variable; None when nobody looked."""
        return sight_in(self.looks.get((service, environment)), name)

    def fingerprints(self, keys: Sequence[RowKey]) -> set[tuple[str, str]]:
        """Give the fingerprints of the secrets among the rows, each with the name of its key."""
        secrets = {
            (key.service, key.name)
            for key in keys
            if any(definition.is_secret for definition in self.definitions_of(key))
        }
        return {
            (seen["fingerprint"], seen["key_id"])
            for (service, _), look in self.looks.items()
            for name, seen in look.seen.items()
            if (service, name) in secrets and seen["fingerprint"]
        }


def sight_in(look: Look | None, name: str) -> Sight | None:
    """Say what was seen of a variable in a look; None when nobody looked."""
    if look is None:
        return None
    seen = look.seen.get(name)
    if seen is None:
        return Sight(look.observed_at, look.door, None)
    told = (seen["length_class"], seen["fault"], seen["match"], seen["changed_at"])
    return Sight(look.observed_at, look.door, Seen(seen["state"]), *told)


def load_chunk(keys: Sequence[RowKey]) -> Chunk:
    """Read what the rows stand on."""
    services, names = {key.service for key in keys}, {key.name for key in keys}
    homes = {
        name: Home(project, status)
        for name, project, status in Service.objects.filter(name__in=services).values_list(
            "name", "project__name", "status"
        )
    }
    own, shared = _load_definitions(services, {home.project for home in homes.values()}, names)
    return Chunk(homes, own, shared, _load_overrides(services, names), load_looks(services, names))


def _load_definitions(
    services: set[str], projects: set[str], names: set[str]
) -> tuple[dict[tuple[str, str], Definition], dict[tuple[str, str], Definition]]:
    own = Variable.objects.filter(service__name__in=services, name__in=names)
    shared = SharedVariable.objects.filter(project__name__in=projects, name__in=names)
    rows = (
        own.annotate(of=Value("service"))
        .values_list("of", "service__name", *DEFINITION_COLUMNS)
        .union(
            shared.annotate(of=Value("project")).values_list(
                "of", "project__name", *DEFINITION_COLUMNS
            ),
            all=True,
        )
    )
    found: dict[str, dict[tuple[str, str], Definition]] = {"service": {}, "project": {}}
    for of, owner, *values in rows:
        fields = dict(zip(DEFINITION_COLUMNS, values, strict=True))
        name = fields["name"]
        layer = "service" if of == "service" else "project"
        found[of][owner, name] = definition_of(name, layer, fields)  # type: ignore[arg-type]
    return found["service"], found["project"]


def _load_overrides(
    services: set[str], names: set[str]
) -> dict[tuple[str, str, str], list[Definition]]:
    rows = VariableOverride.objects.filter(service__name__in=services, name__in=names)
    found: dict[tuple[str, str, str], list[Definition]] = defaultdict(list)
    for service, environment, *values in rows.values_list(
        "service__name", "environment", *OVERRIDE_COLUMNS
    ):
        fields = dict(zip(OVERRIDE_COLUMNS, values, strict=True))
        found[service, environment, fields["name"]].append(override_of(fields["name"], fields))
    return found


def load_looks(services: set[str], names: set[str] | None) -> dict[tuple[str, str], Look]:
    """Read the looks at services, with what was seen of the names, or of all. One query."""
    looked = ObservedEnvironment.objects.filter(service__name__in=services)
    path = "variables"
    if names is not None:
        path = "seen"
        wanted = Q(variables__name__in=names)
        looked = looked.annotate(seen=FilteredRelation("variables", condition=wanted))
    rows = looked.values_list(
        *("service__name", "environment__name", "observed_at", "door"),
        *(f"{path}__{column}" for column in _SEEN_COLUMNS),
    )
    looks: dict[tuple[str, str], Look] = {}
    for service, environment, observed_at, door, *values in rows:
        look = looks.setdefault(
            (service, environment), Look(observed_at, str(Door(door).label), {})
        )
        if values[0] is not None:
            look.seen[values[0]] = dict(zip(_SEEN_COLUMNS, values, strict=True))
    return looks
