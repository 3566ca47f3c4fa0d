"""Reads the dependency graph of the current catalog."""

from services.catalog.models import Service, Variable
from services.catalog.needs import Declared, Graph, Node, Reference


def load_graph() -> Graph:
    """Give every current service and every need, declared or derived. Two queries at any size."""
    nodes: dict[str, Node] = {}
    declared: list[Declared] = []
    for row in Service.objects.for_graph():
        name, project, kind, status, display_name, aliases, railway_service, *dependency = row
        if name not in nodes:
            nodes[name] = Node(
                name, project, kind, status, display_name, tuple(aliases), railway_service
            )
        target, role, alias, type_, version, connection_variable, usage, *migrations = dependency
        if target is not None:
            texts = (role, alias, type_, version, connection_variable)
            declared.append(Declared(name, target, *texts, tuple(usage), *migrations))
    references = (Reference(*row) for row in Variable.objects.for_graph())
    return Graph(nodes.values(), declared, references)
