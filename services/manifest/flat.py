"""Read the flat inventory: a list of services, each with an id, its project and its host name. Pure."""

from services.catalog.names import DEFAULT_ENVIRONMENTS
from services.manifest import formats
from services.manifest.layout import PROJECT_PLACES
from services.manifest.problems import Report, joined
from services.manifest.scalars import described
from services.manifest.service_layout import DEPLOYMENT, DOMAINS, SERVICES
from services.manifest.shape import Place, Slot
from services.manifest.suggestions import Suggestions
from services.manifest.tree import Mapping, Node, Sequence
from services.manifest.values import Absent, ValueReader
from services.manifest.walker import Found


def _slot(place: Place, field: str) -> Slot:
    """Give the slot that the layout has for a field."""
    slots = place.body.slots if place.body else ()
    return next(slot for slot in (*slots, place.bare) if slot is not None and slot.field == field)


_NAME = Slot("name", "", format=formats.SLUG, max_length=100, is_required=True)

# The flat key, the place whose record it belongs to, and the slot it fills there.
FLAT_KEYS: dict[str, tuple[Place, Slot]] = {
    "id": (SERVICES, _NAME),
    "name": (SERVICES, _slot(SERVICES, "display_name")),
    "repo": (SERVICES, _slot(SERVICES, "repo")),
    "kind": (SERVICES, _slot(SERVICES, "kind")),
    "railwayProject": (PROJECT_PLACES[0], _NAME),
    "railwayService": (SERVICES, _slot(SERVICES, "railway_service")),
    "domain": (DOMAINS, _slot(DOMAINS, "hostname")),
    "healthPath": (DEPLOYMENT, _slot(DEPLOYMENT, "healthcheck_path")),
}


def read_flat(tree: Sequence, report: Report, suggestions: Suggestions) -> list[Found]:
    """Give the projects and services of a flat inventory as records."""
    read = ValueReader(report, suggestions)
    projects: dict[str, Found] = {}
    found: list[Found] = []
    for index, item in enumerate(tree.items):
        path = f"[{index}]"
        if isinstance(item, Mapping):
            found += _read_service(item, path, read, projects)
        else:
            report.problem(item, path, f"expected a mapping, got {described(item)}")
    return [*projects.values(), *found]


def _read_service(
    item: Mapping, path: str, read: ValueReader, projects: dict[str, Found]
) -> list[Found]:
    values: dict[str, str] = {}
    nodes: dict[str, Node] = {}
    for entry in item.entries:
        key, inner = entry.key.text, joined(path, entry.key.text)
        if key not in FLAT_KEYS:
            read.unknown_key(entry, path, FLAT_KEYS)
            continue
        value = read.slot(FLAT_KEYS[key][1], "text", entry.value, inner)
        if value is not Absent.NOT_STATED:
            nodes[key] = entry.value
            values[key] = "" if value is Absent.UNREADABLE else value
    for key in ("id", "railwayProject"):
        if key not in nodes:
            read.report.problem(item, path, f'missing key "{key}"')
            return []
    project = projects.setdefault(values["railwayProject"], _project(values, nodes, path))
    service = Found(SERVICES, item, path, {"project": project.name}, project)
    records = {place.kind: service for place in (SERVICES,)}
    for key, value in values.items():
        place, slot = FLAT_KEYS[key]
        if place is PROJECT_PLACES[0]:
            continue
        record = records.setdefault(
            place.kind,
            Found(place, nodes[key], joined(path, key), {"service": values["id"]}, service),
        )
        record.values[slot.field] = value
        record.state(slot.field, nodes[key])
    if "domain" in records:
        records["domain"].values |= {"environment": DEFAULT_ENVIRONMENTS[0], "position": 0}
        records["domain"].state("environment", nodes["domain"])
    return list(records.values())


def _project(values: dict[str, str], nodes: dict[str, Node], path: str) -> Found:
    """Make the project that a service names."""
    name, node = values["railwayProject"], nodes["railwayProject"]
    fields = {"name": name, "status": "active", "railway_project": name}
    where = joined(path, "railwayProject")
    project = Found(PROJECT_PLACES[0], node, where, fields)
    project.state("railway_project", node)
    return project
