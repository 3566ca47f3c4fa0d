"""Reads the effective environments of one service out of the database."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.catalog.models import (
    Environment,
    Service,
    SharedVariable,
    Variable,
    VariableOverride,
)
from services.variables.effective import (
    DEFINITION_COLUMNS,
    Definition,
    Entry,
    definition_of,
    effective_environment,
    override_of,
)


@dataclass(frozen=True, slots=True)
class Layers:
    """Everything that is said of the variables of one service."""

    definitions: Sequence[Definition]
    overrides: Mapping[str, Sequence[Definition]]
    environments: Sequence[str]

    def in_environment(self, name: str) -> list[Entry]:
        """Give the effective environment in one environment."""
        return effective_environment([*self.definitions, *self.overrides.get(name, ())])


def load_layers(service: Service) -> Layers:
    """Read the layers of one service. Four queries."""
    shared = SharedVariable.objects.filter(project=service.project_id).order_by("pk")
    own = Variable.objects.filter(service=service).order_by("pk")
    overrides: dict[str, list[Definition]] = defaultdict(list)
    for row in VariableOverride.objects.filter(service=service).order_by("pk").values():
        overrides[row["environment"]].append(override_of(row["name"], row))
    return Layers(
        definitions=[
            *(
                definition_of(row["name"], "project", row)
                for row in shared.values(*DEFINITION_COLUMNS)
            ),
            *(
                definition_of(row["name"], "service", row)
                for row in own.values(*DEFINITION_COLUMNS)
            ),
        ],
        overrides=overrides,
        environments=list(
            Environment.objects.order_by("position", "name").values_list("name", flat=True)
        ),
    )
