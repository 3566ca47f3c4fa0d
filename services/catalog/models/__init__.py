"""The tables of the catalog, one noun a file."""

from services.catalog.models.delivery import DeploymentSettings, Workflow
from services.catalog.models.dependency import Dependency
from services.catalog.models.history import Change, ChangeSet, ManifestDocument, StatedFields
from services.catalog.models.network import Domain, Endpoint, Environment, Route
from services.catalog.models.operations import MigrationPlan, MigrationStep, Runbook
from services.catalog.models.project import Project
from services.catalog.models.redis import RedisNamespace
from services.catalog.models.service import Service
from services.catalog.models.variable import SharedVariable, Variable, VariableOverride
from services.catalog.models.workspace import Section, Workspace

__all__ = [
    "Change",
    "ChangeSet",
    "Dependency",
    "DeploymentSettings",
    "Domain",
    "Endpoint",
    "Environment",
    "ManifestDocument",
    "MigrationPlan",
    "MigrationStep",
    "Project",
    "RedisNamespace",
    "Route",
    "Runbook",
    "Section",
    "Service",
    "SharedVariable",
    "StatedFields",
    "Variable",
    "VariableOverride",
    "Workflow",
    "Workspace",
]
