"""The matrix of variables and environments: one page of it, or all of it for an export."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.catalog.models import Environment
from services.catalog.names import Status
from services.variables.effective import Entry, effective_environment
from services.variables.known import load_resolution
from services.variables.matrix_reading import Chunk, load_chunk
from services.variables.matrix_rows import Filters, RowKey, load_rows
from services.variables.resolution import UNRESOLVED, Node, Resolution
from services.variables.same_secrets import load_same
from services.variables.verdicts import Cell, Circumstances, judge

PAGE_ROWS = 50
CHUNK_ROWS = 2_000  # of an export: few statements, and no more than some megabytes at a time
EXPORT_ROWS = 100_000


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """One variable of one service, with a cell for each environment in their order.

    `entry` is the effective one of the first environment, for what is the same everywhere.
    """

    service: str
    project: str
    entry: Entry
    is_inherited: bool
    cells: Sequence[tuple[str, Cell]]
    used_by: int


@dataclass(frozen=True, slots=True)
class Matrix:
    """A part of the matrix, and how many rows there are in all and failing."""

    environments: Sequence[str]
    rows: Sequence[MatrixRow]
    total: int
    failing: int


def load_page(filters: Filters, *, page: int, environment: str, now: datetime) -> Matrix:
    """Read one page, counted from 1. Eight queries at any size, three more after a catalog's change.

    `environment` asks for one column; "" for all.
    """
    resolution, environments = load_resolution(), _environments(environment)
    offset = (page - 1) * PAGE_ROWS
    found = load_rows(filters, broken=_broken(resolution), offset=offset, limit=PAGE_ROWS)
    rows = _rows(found.keys, environments, resolution, now)
    return Matrix(environments, rows, found.total, found.failing)


def load_all(filters: Filters, *, environment: str, now: datetime) -> Matrix:
    """Read every row, a chunk at a time; `total` says when there were more than EXPORT_ROWS."""
    resolution, environments = load_resolution(), _environments(environment)
    found = load_rows(filters, broken=_broken(resolution), offset=0, limit=EXPORT_ROWS)
    rows = [
        row
        for start in range(0, len(found.keys), CHUNK_ROWS)
        for row in _rows(found.keys[start : start + CHUNK_ROWS], environments, resolution, now)
    ]
    return Matrix(environments, rows, found.total, found.failing)


def circumstances_of(
    entry: Entry,
    service: str,
    project: str,
    resolution: Resolution,
    *,
    is_active: bool,
    same_as: Sequence[str] = (),
) -> Circumstances:
    """Say what else decides of an entry: where its references lead, and where the same secret is."""
    node = (
        Node(project, entry.name, True) if entry.layer == "project" else Node(service, entry.name)
    )
    uses = resolution.of(node, entry.text) if entry.origin in ("reference", "value") else ()
    return Circumstances(
        is_active=is_active,
        broken=tuple(use.reason for use in uses if use.outcome in UNRESOLVED),
        ring=" -> ".join(map(str, resolution.ring_through(node))) if uses else "",
        same_as=same_as,
    )


def _environments(only: str) -> list[str]:
    rows = Environment.objects.order_by("position", "name").values_list("name", flat=True)
    return [name for name in rows if not only or name == only]


def _broken(resolution: Resolution) -> list[tuple[str, str]]:
    """Give the variables of services whose references lead nowhere or in a circle."""
    nodes = [use.source.node for use in resolution.unresolved]
    nodes += [node for ring in resolution.rings for node in ring]
    return list(dict.fromkeys((node.owner, node.name) for node in nodes if not node.is_shared))


def _rows(
    keys: Sequence[RowKey], environments: Sequence[str], resolution: Resolution, now: datetime
) -> list[MatrixRow]:
    chunk = load_chunk(keys)
    same = load_same(chunk.fingerprints(keys))
    return list(_assembled(keys, environments, resolution, chunk, same, now))


def _assembled(
    keys: Sequence[RowKey],
    environments: Sequence[str],
    resolution: Resolution,
    chunk: Chunk,
    same: Mapping[tuple[str, str, str], Sequence[str]],
    now: datetime,
) -> Iterator[MatrixRow]:
    for key in keys:
        home = chunk.homes.get(key.service)
        definitions = chunk.definitions_of(key)
        if home is None or not definitions:
            continue  # it went between two queries
        cells: list[tuple[str, Cell]] = []
        entries: list[Entry] = []
        for environment in environments:
            overrides = chunk.overrides.get((key.service, environment, key.name), ())
            [entry] = effective_environment([*definitions, *overrides])
            entries.append(entry)
            about = circumstances_of(
                entry,
                key.service,
                home.project,
                resolution,
                is_active=home.status == Status.ACTIVE,
                same_as=same.get((key.service, environment, key.name), ()),
            )
            sight = chunk.sight(key.service, environment, key.name)
            cells.append((environment, judge(entry, sight, about, now)))
        if entries:
            users = _users(resolution, key, home.project)
            is_inherited = definitions[-1].layer == "project"
            yield MatrixRow(key.service, home.project, entries[0], is_inherited, cells, users)


def _users(resolution: Resolution, key: RowKey, project: str) -> int:
    own, shared = Node(key.service, key.name), Node(project, key.name, True)
    return len(resolution.users_of(own)) or len(resolution.users_of(shared))
