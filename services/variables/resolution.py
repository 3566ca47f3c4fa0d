"""What every reference leads to: the definition, or the reason why there is none. Pure."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

from services.catalog.records import State
from services.catalog.references import Reference, holds_reference, parse_references
from services.catalog.service_names import Named, ServiceNames
from services.variables.rings import find_rings

Outcome = Literal[
    "defined", "platform", "function", "malformed", "no service", "which service", "no variable"
]
UNRESOLVED: frozenset[Outcome] = frozenset(
    {"malformed", "no service", "which service", "no variable"}
)
EVERYWHERE = ""  # the environment of a source that holds in all of them

# What the platform's own databases offer although no catalog defines it. Source: Railway's pages of
# its PostgreSQL, Redis, MySQL and MongoDB.
_PLATFORM_OUTPUTS: Mapping[str, tuple[str, ...]] = {
    "postgres": ("DATABASE_URL", "DATABASE_PUBLIC_URL", "PGHOST", "PGPORT", "PGUSER", "PGPASSWORD", "PGDATABASE", "POSTGRES_USER", "POSTGRES_PASSWORD", "POSTGRES_DB"),
    "redis": ("REDIS_URL", "REDIS_PUBLIC_URL", "REDISHOST", "REDISPORT", "REDISUSER", "REDISPASSWORD", "REDIS_PASSWORD"),
    "valkey": ("REDIS_URL", "REDIS_PUBLIC_URL", "REDISHOST", "REDISPORT", "REDISUSER", "REDISPASSWORD", "REDIS_PASSWORD"),
    "mysql": ("MYSQL_URL", "MYSQL_PUBLIC_URL", "MYSQLHOST", "MYSQLPORT", "MYSQLUSER", "MYSQLPASSWORD", "MYSQLDATABASE", "MYSQL_ROOT_PASSWORD"),
    "mongo": ("MONGO_URL", "MONGO_PUBLIC_URL", "MONGOHOST", "MONGOPORT", "MONGOUSER", "MONGOPASSWORD"),
}  # fmt: skip


class Node(NamedTuple):
    """A variable of a service, or with `is_shared` of a project."""

    owner: str
    name: str
    is_shared: bool = False

    def __str__(self) -> str:
        return f"{'shared' if self.is_shared else self.owner}.{self.name}"


class Source(NamedTuple):
    """A text that may refer to something: where it stands, and in which environment it holds."""

    node: Node
    environment: str
    text: str


@dataclass(frozen=True, slots=True)
class Use:
    """One reference of one source, and what became of it; `target` is there when it is defined.

    `service` is the service that the namespace means, also where it has no such variable.
    """

    source: Source
    reference: Reference
    outcome: Outcome
    target: Node | None = None
    service: str = ""

    @property
    def reason(self) -> str:
        """Say in words why it leads nowhere, "" when it leads somewhere."""
        said = self.reference
        match self.outcome:
            case "malformed":
                return f"{said.text} is no reference"
            case "no service":
                return f"there is no service {said.namespace}"
            case "which service":
                return f"{said.namespace} may mean more than one service"
            case "no variable" if said.kind == "shared":
                return f"the project shares no {said.variable}"
            case "no variable":
                return f"{self.service} has no {said.variable}"
            case _:
                return ""


@dataclass(frozen=True, slots=True)
class Known:
    """What references are resolved against.

    `projects` and `types` are of services; `defined` are (service, name), `shared` (project, name).
    """

    names: ServiceNames
    projects: Mapping[str, str]
    types: Mapping[str, str]
    defined: Collection[tuple[str, str]]
    shared: Collection[tuple[str, str]]


class Resolution:
    """Every reference of the given sources, resolved once."""

    def __init__(self, known: Known, sources: Iterable[Source]) -> None:
        self._known = known
        self.uses = [
            self._use(source, reference)
            for source in sources
            if holds_reference(source.text)
            for reference in parse_references(source.text)
        ]

    @property
    def unresolved(self) -> list[Use]:
        """Give the references that lead nowhere."""
        return [use for use in self.uses if use.outcome in UNRESOLVED]

    @cached_property
    def rings(self) -> list[list[Node]]:
        """Give the circles of variables that refer to each other, each as the path once around."""
        environments = {use.source.environment for use in self.uses} | {EVERYWHERE}
        found: dict[frozenset[Node], list[Node]] = {}
        for environment in sorted(environments):
            for ring in find_rings(self._needs_in(environment)):
                found.setdefault(frozenset(ring), ring)
        return list(found.values())

    @cached_property
    def _ring_of(self) -> dict[Node, list[Node]]:
        return {node: ring for ring in self.rings for node in ring}

    def ring_through(self, node: Node) -> list[Node]:
        """Give the circle that a variable is on, from itself back to itself; nothing when on none."""
        ring = self._ring_of.get(node, [])
        if not ring:
            return []
        at = ring.index(node)
        return [*ring[at:], *ring[:at], node]

    @cached_property
    def _used_by(self) -> dict[Node, list[Use]]:
        users: dict[Node, list[Use]] = defaultdict(list)
        for use in self.uses:
            if use.target is not None:
                users[use.target].append(use)
        return users

    def users_of(self, node: Node) -> Sequence[Use]:
        """Tell who uses a variable."""
        return self._used_by.get(node, ())

    @cached_property
    def _of_source(self) -> dict[tuple[Node, str], list[Use]]:
        of_source: dict[tuple[Node, str], list[Use]] = defaultdict(list)
        for use in self.uses:
            of_source[use.source.node, use.source.text].append(use)
        return of_source

    def of(self, node: Node, text: str) -> Sequence[Use]:
        """Give the references of one text of one variable, in their order."""
        return self._of_source.get((node, text), ())

    def needs_between_services(self) -> Iterator[tuple[str, str]]:
        """Give each service with each other one that its variables refer to."""
        seen: set[tuple[str, str]] = set()
        for use in self.uses:
            pair = (use.source.node.owner, use.service)
            if use.service and not use.source.node.is_shared and pair[0] != pair[1]:
                if pair not in seen:
                    yield pair
                seen.add(pair)

    def _needs_in(self, environment: str) -> dict[Node, list[Node]]:
        """Give the variables that each refers to, an override replacing what it overrides."""
        texts: dict[Node, dict[str, list[Node]]] = defaultdict(dict)
        for use in self.uses:
            source = use.source
            if source.environment in (EVERYWHERE, environment):
                targets = texts[source.node].setdefault(source.environment, [])
                if use.target is not None:
                    targets.append(use.target)
        # what refers only to variables that refer to nothing is on no circle
        return {
            node: on
            for node, by_environment in texts.items()
            if (
                on := [target for target in _chosen(by_environment, environment) if target in texts]
            )
        }

    def _use(self, source: Source, reference: Reference) -> Use:
        known, node = self._known, source.node
        match reference.kind:
            case "malformed" | "function":
                return Use(source, reference, reference.kind)
            case "shared":
                project = node.owner if node.is_shared else known.projects.get(node.owner, "")
                return self._shared(source, reference, project)
            case "self" if node.is_shared:
                return self._shared(source, reference, node.owner)
            case "self":
                return self._found(source, reference, node.owner)
        services = known.names.find_all(reference.namespace)
        if len(services) != 1:
            return Use(source, reference, "which service" if services else "no service")
        return self._found(source, reference, services[0])

    def _found(self, source: Source, reference: Reference, service: str) -> Use:
        known, name = self._known, reference.variable
        if (service, name) in known.defined:
            return Use(source, reference, "defined", Node(service, name), service)
        project = known.projects.get(service, "")
        if (project, name) in known.shared:
            return Use(source, reference, "defined", Node(project, name, True), service)
        if reference.is_platform or self._is_platform_output(service, name):
            return Use(source, reference, "platform", None, service)
        return Use(source, reference, "no variable", None, service)

    def _shared(self, source: Source, reference: Reference, project: str) -> Use:
        if (project, reference.variable) in self._known.shared:
            target = Node(project, reference.variable, True)
            return Use(source, reference, "defined", target)
        outcome: Outcome = "platform" if reference.is_platform else "no variable"
        return Use(source, reference, outcome)

    def _is_platform_output(self, service: str, name: str) -> bool:
        kind = self._known.types.get(service, "").casefold()
        return any(
            kind.startswith(word) and name in names for word, names in _PLATFORM_OUTPUTS.items()
        )


def _chosen(by_environment: Mapping[str, list[Node]], environment: str) -> list[Node]:
    return by_environment.get(environment, by_environment.get(EVERYWHERE, []))


def resolve_state(state: State) -> Resolution:
    """Resolve every reference of a catalog."""
    services = state["service"]
    known = Known(
        names=ServiceNames(
            Named(str(name), fields["aliases"], fields["display_name"], fields["railway_service"])
            for (name,), fields in services.items()
        ),
        projects={str(name): fields["project"] for (name,), fields in services.items()},
        types={str(name): fields["type"] for (name,), fields in services.items()},
        defined={(str(owner), str(name)) for owner, name in state["variable"]},
        shared={(str(owner), str(name)) for owner, name in state["shared_variable"]},
    )
    return Resolution(known, _sources_of(state))


def _sources_of(state: State) -> Iterator[Source]:
    for kind, is_shared in (("variable", False), ("shared_variable", True)):
        for (owner, name), fields in state[kind].items():
            text = fields["value"] or fields["source"]
            yield Source(Node(str(owner), str(name), is_shared), EVERYWHERE, text)
    for (owner, environment, name), fields in state["variable_override"].items():
        if text := fields["value"] or fields["source"]:
            yield Source(Node(str(owner), str(name)), str(environment), text)
