"""The effective environment of one service in one environment, with the reason for every entry."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.catalog.models import Service
from services.catalog.names import Status
from services.variables.effective import Entry
from services.variables.known import load_resolution
from services.variables.matrix import circumstances_of
from services.variables.matrix_reading import Look, load_looks, sight_in
from services.variables.reading import load_layers
from services.variables.resolution import Node, Use
from services.variables.same_secrets import load_same
from services.variables.verdicts import Cell, judge, judge_undefined


@dataclass(frozen=True, slots=True)
class Line:
    """One variable: its entry, how it stands, where its references lead, and who uses it."""

    entry: Entry
    cell: Cell
    uses: Sequence[Use]
    users: Sequence[Use]


@dataclass(frozen=True, slots=True)
class ServiceEnvironment:
    """All variables of a service in one environment; `undefined` are there and in no definition."""

    environment: str
    environments: Sequence[str]
    lines: Sequence[Line]
    undefined: Sequence[tuple[str, Cell]]
    look: Look | None

    @property
    def failing(self) -> int:
        """Count the variables without which the service does not work here."""
        return sum(line.cell.is_missing for line in self.lines)


def load_service_environment(
    service: Service, environment: str, now: datetime
) -> ServiceEnvironment:
    """Read one service in one environment; the first one when there is none of this name.

    Seven queries, three more after a change of the catalog. `project` must be selected along.
    """
    layers, resolution = load_layers(service), load_resolution()
    if environment not in layers.environments:
        environment = layers.environments[0] if layers.environments else ""
    entries = layers.in_environment(environment)
    look = load_looks({service.name}, None).get((service.name, environment))
    secrets = {entry.name for entry in entries if entry.is_secret}
    seen = look.seen if look else {}
    same = load_same(
        {
            (row["fingerprint"], row["key_id"])
            for name, row in seen.items()
            if name in secrets and row["fingerprint"]
        }
    )
    project = service.project.name
    lines = []
    for entry in entries:
        about = circumstances_of(
            entry,
            service.name,
            project,
            resolution,
            is_active=service.status == Status.ACTIVE,
            same_as=same.get((service.name, environment, entry.name), ()),
        )
        cell = judge(entry, sight_in(look, entry.name), about, now)
        own = Node(service.name, entry.name)
        node = Node(project, entry.name, True) if entry.layer == "project" else own
        users = [*resolution.users_of(own), *resolution.users_of(Node(project, entry.name, True))]
        lines.append(Line(entry, cell, resolution.of(node, entry.text), users))
    known = {entry.name for entry in entries}
    undefined = [
        (name, judge_undefined(sight))
        for name in sorted(seen.keys() - known)
        if (sight := sight_in(look, name)) is not None
    ]
    return ServiceEnvironment(environment, layers.environments, lines, undefined, look)
