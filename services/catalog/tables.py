"""Where each record kind is stored: the model, and the column lookups of its key and fields."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Model

from services.catalog import models
from services.catalog.records import KINDS, Kind


@dataclass(frozen=True, slots=True)
class Table:
    """One record kind's model; `references` are the columns that hold another record's name."""

    kind: Kind
    model: type[Model]
    references: Mapping[str, str]

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the key's parts and of the fields, as the model spells them."""
        return (*self.kind.key, *(field.name for field in self.kind.fields))

    def lookup(self, column: str) -> str:
        """Give the query path to the column's value, the name itself where it is a reference."""
        return f"{column}__name" if column in self.references else column


_MODELS: Mapping[str, type[Model]] = {
    "workspace": models.Workspace,
    "section": models.Section,
    "environment": models.Environment,
    "project": models.Project,
    "service": models.Service,
    "deployment": models.DeploymentSettings,
    "domain": models.Domain,
    "endpoint": models.Endpoint,
    "route": models.Route,
    "shared_variable": models.SharedVariable,
    "variable": models.Variable,
    "variable_override": models.VariableOverride,
    "dependency": models.Dependency,
    "workflow": models.Workflow,
    "runbook": models.Runbook,
    "migration_plan": models.MigrationPlan,
    "migration_step": models.MigrationStep,
    "redis_namespace": models.RedisNamespace,
}
_KIND_OF_MODEL = {model: kind for kind, model in _MODELS.items()}


def _table(kind: Kind) -> Table:
    model = _MODELS[kind.name]
    columns = (*kind.key, *(field.name for field in kind.fields))
    related = {column: model._meta.get_field(column).related_model for column in columns}
    references = {
        column: _KIND_OF_MODEL[to] for column, to in related.items() if to in _KIND_OF_MODEL
    }
    return Table(kind, model, references)


TABLES: Mapping[str, Table] = {name: _table(kind) for name, kind in KINDS.items()}
