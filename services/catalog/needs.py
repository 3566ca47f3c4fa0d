"""Who needs whom: what dependencies declare, and what references in variables give away. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from services.catalog.references import namespaces_in
from services.catalog.service_names import Named, ServiceNames


@dataclass(frozen=True, slots=True)
class Node:
    """One current service, by all the names that a reference may use, with what a graph shows of it."""

    name: str
    project: str = ""
    kind: str = ""
    status: str = ""
    display_name: str = ""
    aliases: tuple[str, ...] = ()
    railway_service: str = ""


@dataclass(frozen=True, slots=True)
class Declared:
    """One dependency as its service declares it, with the details that the service's page shows."""

    service: str
    target: str
    role: str
    alias: str
    type: str = ""
    version: str = ""
    connection_variable: str = ""
    usage: tuple[str, ...] = ()
    migrations: str = ""
    models_path: str = ""

    @property
    def words(self) -> str:
        """Say what for: `database primary`; an alias that repeats the target's name adds nothing."""
        return self.role if self.alias == self.target else f"{self.role} {self.alias}"


@dataclass(frozen=True, slots=True)
class Need:
    """One service's need of another; `is_derived` when only references in variables say so.

    `words` say what for: `database primary`, or the variables that hold the reference.
    """

    service: str
    target: str
    words: tuple[str, ...]
    is_derived: bool = False


@dataclass(frozen=True, slots=True)
class Reference:
    """A variable whose source refers to something: `source` is its text, `${{Postgres.URL}}`."""

    service: str
    variable: str
    source: str


@dataclass(frozen=True, slots=True)
class Dangling:
    """A reference to a name that is no service of the catalog."""

    service: str
    variable: str
    namespace: str


class Graph:
    """Every current service and every need between two of them; one need for each pair."""

    def __init__(
        self,
        nodes: Iterable[Node],
        declared: Iterable[Declared] = (),
        references: Iterable[Reference] = (),
    ) -> None:
        self.nodes: Mapping[str, Node] = {node.name: node for node in nodes}
        self.names = ServiceNames(
            Named(node.name, node.aliases, node.display_name, node.railway_service)
            for node in self.nodes.values()
        )
        self.dangling: list[Dangling] = []
        self.declared_by: dict[str, list[Declared]] = defaultdict(list)
        for dependency in declared:
            if dependency.target in self.nodes:
                self.declared_by[dependency.service].append(dependency)
        self.needs = self._merge(references)
        self.needs_of: dict[str, list[Need]] = defaultdict(list)
        self.needed_by: dict[str, list[Need]] = defaultdict(list)
        for need in self.needs:
            self.needs_of[need.service].append(need)
            self.needed_by[need.target].append(need)

    def _merge(self, references: Iterable[Reference]) -> list[Need]:
        words: dict[tuple[str, str], list[str]] = defaultdict(list)
        for service, dependencies in self.declared_by.items():
            for dependency in dependencies:
                words[service, dependency.target].append(dependency.words)
        is_declared = set(words)
        for service, target, variable in self._derived(references):
            words[service, target].append(variable)
        return [
            Need(service, target, tuple(dict.fromkeys(said)), (service, target) not in is_declared)
            for (service, target), said in sorted(words.items())
        ]

    def _derived(self, references: Iterable[Reference]) -> Iterator[tuple[str, str, str]]:
        for reference in references:
            for namespace in namespaces_in(reference.source):
                target = self.names.find(namespace)
                if target is None:
                    self.dangling.append(Dangling(reference.service, reference.variable, namespace))
                elif target != reference.service and reference.service in self.nodes:
                    yield reference.service, target, reference.variable


def components(names: Iterable[str], pairs: Iterable[tuple[str, str]]) -> list[list[str]]:
    """Split names into the groups that pairs connect; the biggest first, each group sorted."""
    neighbours: dict[str, set[str]] = {name: set() for name in sorted(names)}
    for one, other in pairs:
        if one in neighbours and other in neighbours:
            neighbours[one].add(other)
            neighbours[other].add(one)
    groups, seen = [], set()
    for name in neighbours:
        if name in seen:
            continue
        seen.add(name)
        group = [name]
        for member in group:
            found = neighbours[member] - seen
            seen |= found
            group += found
        groups.append(sorted(group))
    return sorted(groups, key=lambda group: (-len(group), group[0]))
