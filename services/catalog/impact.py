"""What breaks when a service stops, and what it needs itself, near and far. Pure."""

from dataclasses import dataclass

from services.catalog.needs import Graph, Need


@dataclass(frozen=True, slots=True)
class Reached:
    """A service at a distance; `need` is the last step to it, on a shortest way."""

    name: str
    distance: int
    through: str
    need: Need


@dataclass(frozen=True, slots=True)
class Impact:
    """Both closures of one service, the nearest first."""

    name: str
    breaks: tuple[Reached, ...]
    needs: tuple[Reached, ...]

    @property
    def breaks_directly(self) -> int:
        """How many services need it themselves."""
        return sum(reached.distance == 1 for reached in self.breaks)


def impact_of(graph: Graph, name: str) -> Impact:
    """Follow needs in both directions from one service; a cycle is walked once."""
    return Impact(name, _reach(graph, name, up=True), _reach(graph, name, up=False))


def _reach(graph: Graph, start: str, *, up: bool) -> tuple[Reached, ...]:
    steps = graph.needed_by if up else graph.needs_of
    distances, waiting, found = {start: 0}, [start], []
    for here in waiting:
        for need in steps.get(here, ()):
            there = need.service if up else need.target
            if there not in distances:
                distances[there] = distances[here] + 1
                waiting.append(there)
                found.append(Reached(there, distances[there], here, need))
    return tuple(found)
