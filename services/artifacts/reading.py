"""Reads out of the database what the deployment files of one service are made from."""

from services.artifacts.blueprint import Blueprint, draw_blueprint
from services.catalog.models import Project, Service
from services.catalog.records import KINDS
from services.catalog.state import load_projects

_KINDS = tuple(
    kind
    for kind in (
        *("environment", "project", "service", "deployment", "domain", "endpoint"),
        *("variable", "shared_variable", "variable_override"),
    )
    if kind in KINDS
)


def load_blueprint(service: Service) -> Blueprint:
    """Draw the blueprint of a current service. One query a kind of record, and one more."""
    project = service.project
    names = {project.name}
    if project.railway_project:
        together = Project.objects.current().filter(railway_project=project.railway_project)
        names |= set(together.values_list("name", flat=True))
    return draw_blueprint(load_projects(sorted(names), _KINDS), service.name)
