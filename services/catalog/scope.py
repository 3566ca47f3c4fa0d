"""Which part of the dependency graph is drawn: a drawing of everything helps nobody. Pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from services.catalog.impact import Impact
from services.catalog.needs import Graph, Need, components

DRAWN_AT_MOST = 150


@dataclass(frozen=True, slots=True)
class ProjectSize:
    """How much of the graph is in one project, for choosing what to draw."""

    name: str
    services: int
    needs: int


@dataclass(frozen=True, slots=True)
class Scope:
    """What is drawn: services with needs between them, and `alone` those that have none.

    `note` says what was left out and why; `projects` offers a choice when nothing can be drawn.
    """

    names: Sequence[str]
    needs: Sequence[Need]
    alone: Sequence[str]
    note: str = ""
    projects: Sequence[ProjectSize] = ()


def whole_graph(graph: Graph) -> Scope:
    """Draw everything, or offer the projects when that is too much."""
    connected = _connected(graph)
    alone = sorted(graph.nodes.keys() - connected)
    if len(connected) > DRAWN_AT_MOST:
        note = (
            f"{len(connected):,} services need each other: too many for one drawing."
            " Choose a project here, or a service with the search."
        )
        return Scope((), graph.needs, (), note, _sizes(graph))
    return Scope(sorted(connected), graph.needs, alone)


def of_project(graph: Graph, project: str) -> Scope:
    """Draw the services of one project and what is one step away from them."""
    own = [name for name, node in graph.nodes.items() if node.project == project]
    near = [need.target for name in own for need in graph.needs_of.get(name, ())]
    near += [need.service for name in own for need in graph.needed_by.get(name, ())]
    nearest_first = list(dict.fromkeys([*own, *near]))
    connected = _connected(graph)
    alone = sorted(name for name in own if name not in connected)
    drawn = [name for name in nearest_first if name in connected]
    return _cut(graph, drawn, alone, f"{project} and what is one step away from it")


def of_service(graph: Graph, impact: Impact) -> Scope:
    """Draw what is connected to one service; when that is too much, only what the impact says."""
    group = next(
        group
        for group in components(graph.nodes, [(need.service, need.target) for need in graph.needs])
        if impact.name in group
    )
    if len(group) <= DRAWN_AT_MOST:
        return _cut(graph, group, (), f"what is connected to {impact.name}")
    reached = sorted((*impact.breaks, *impact.needs), key=lambda reached: reached.distance)
    names = [impact.name, *(reached.name for reached in reached)]
    return _cut(graph, names, (), f"what {impact.name} needs and what needs it")


def _cut(graph: Graph, names: Sequence[str], alone: Sequence[str], what: str) -> Scope:
    drawn = names[:DRAWN_AT_MOST]
    known = set(drawn)
    needs = [need for need in graph.needs if need.service in known and need.target in known]
    hidden = len(names) - len(drawn)
    cut = f" The farthest {hidden:,} are left out." if hidden else ""
    return Scope(drawn, needs, alone, f"Only {what}.{cut}")


def _connected(graph: Graph) -> set[str]:
    return {name for need in graph.needs for name in (need.service, need.target)}


def _sizes(graph: Graph) -> list[ProjectSize]:
    services = Counter(node.project for node in graph.nodes.values())
    needs = Counter(graph.nodes[need.service].project for need in graph.needs)
    return [ProjectSize(name, services[name], needs[name]) for name in sorted(services)]
