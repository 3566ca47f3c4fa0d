"""Where to draw the boxes and lines of a dependency graph, from left to right. Pure.

After Sugiyama, Tagawa and Toda, "Methods for visual understanding of hierarchical system
structures" (1981): break cycles, choose columns, order them, then choose rows.
"""

from bisect import bisect_right, insort
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean

from services.catalog.needs import components

SWEEPS = 8  # more removed no crossing from graphs of 150 services
Pair = tuple[str, str]
Cell = str | tuple[str, str, int]  # a service, or the place where a pair's line passes a column
Columns = list[list[Cell]]
Neighbours = Mapping[Cell, Sequence[Cell]]


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands: its column from 0, its row from 0.0."""

    column: int
    row: float


@dataclass(frozen=True, slots=True)
class Layout:
    """The place of every name, and the places that the line of every pair goes through."""

    places: Mapping[str, Place]
    lines: Mapping[Pair, tuple[Place, ...]]
    columns: int
    rows: float


def lay_out(names: Iterable[str], pairs: Iterable[Pair]) -> Layout:
    """Place what needs something left of what it needs; connected groups stand below each other."""
    known = sorted({pair for pair in pairs if pair[0] != pair[1]})
    places: dict[str, Place] = {}
    lines: dict[Pair, tuple[Place, ...]] = {}
    top = 0.0
    for group in components(names, known):
        members = set(group)
        chains, columns = _chains(group, [pair for pair in known if pair[0] in members])
        placed = _place(columns, list(chains.values()), top)
        places |= {name: placed[name] for name in group}
        for pair, chain in chains.items():
            line = tuple(placed[cell] for cell in chain)
            lines[pair] = line if chain[0] == pair[0] else line[::-1]
        top = max(place.row for place in placed.values()) + 1
    width = max((place.column for place in places.values()), default=-1) + 1
    return Layout(places, lines, width, top)


def _chains(
    names: Sequence[str], pairs: Sequence[Pair]
) -> tuple[dict[Pair, list[Cell]], dict[Cell, int]]:
    """Give each pair's cells from left to right, one in every column, and the column of every cell."""
    closing = _closing_pairs(names, pairs)
    forward = {pair: pair[::-1] if pair in closing else pair for pair in pairs}
    columns_of_names = _column_of(names, list(forward.values()))
    columns: dict[Cell, int] = dict(columns_of_names.items())
    chains: dict[Pair, list[Cell]] = {}
    for pair, (left, right) in forward.items():
        between = range(columns_of_names[left] + 1, columns_of_names[right])
        passed: list[Cell] = [(*pair, column) for column in between]
        columns |= zip(passed, between, strict=True)
        chains[pair] = [left, *passed, right]
    return chains, columns


def _closing_pairs(names: Sequence[str], pairs: Sequence[Pair]) -> set[Pair]:
    """Find pairs that, turned round, leave no cycle: those that lead back onto the way walked."""
    targets: dict[str, list[str]] = defaultdict(list)
    for source, target in pairs:
        targets[source].append(target)
    closing: set[Pair] = set()
    done: set[str] = set()
    for start in names:
        if start in done:
            continue
        way: dict[str, Iterator[str]] = {start: iter(targets[start])}
        while way:
            here = next(reversed(way))
            there = next(way[here], None)
            if there is None:
                del way[here]
                done.add(here)
            elif there in way:
                closing.add((here, there))
            elif there not in done:
                way[there] = iter(targets[there])
    return closing


def _column_of(names: Sequence[str], pairs: Sequence[Pair]) -> dict[str, int]:
    """Give each name the column after the last of those that need it; there is no cycle.

    What nothing needs then moves right, next to the first thing that it needs itself.
    """
    targets: dict[str, list[str]] = defaultdict(list)
    waiting_for: dict[str, int] = dict.fromkeys(names, 0)
    for source, target in pairs:
        targets[source].append(target)
        waiting_for[target] += 1
    first = [name for name in names if not waiting_for[name]]
    columns, ready = dict.fromkeys(names, 0), list(first)
    for name in ready:
        for target in targets[name]:
            columns[target] = max(columns[target], columns[name] + 1)
            waiting_for[target] -= 1
            if not waiting_for[target]:
                ready.append(target)
    for name in first:
        if targets[name]:
            columns[name] = min(columns[target] for target in targets[name]) - 1
    return columns


def _place(
    column_of: Mapping[Cell, int], chains: Sequence[Sequence[Cell]], top: float
) -> dict[Cell, Place]:
    before: dict[Cell, list[Cell]] = defaultdict(list)
    after: dict[Cell, list[Cell]] = defaultdict(list)
    for chain in chains:
        for left, right in pairwise(chain):
            after[left].append(right)
            before[right].append(left)
    columns: Columns = [[] for _ in range(max(column_of.values()) + 1)]
    for cell, column in column_of.items():
        columns[column].append(cell)
    rows = _rows(_ordered(columns, before, after), before, after)
    shift = top - min(rows.values())
    return {cell: Place(column_of[cell], row + shift) for cell, row in rows.items()}


def _ordered(columns: Columns, before: Neighbours, after: Neighbours) -> Columns:
    """Order each column by the mean place of its neighbours, to and fro; keep what crosses least."""
    best, fewest = columns, _crossings(columns, after)
    for sweep in range(SWEEPS):
        if not fewest:
            break
        leftwards = sweep % 2 == 1
        columns = [list(cells) for cells in columns]
        order = range(len(columns) - 2, -1, -1) if leftwards else range(1, len(columns))
        for index in order:
            beside = columns[index + 1 if leftwards else index - 1]
            _sort_by_neighbours(columns[index], beside, after if leftwards else before)
        crossings = _crossings(columns, after)
        if crossings < fewest:
            best, fewest = columns, crossings
    return best


def _sort_by_neighbours(cells: list[Cell], beside: list[Cell], neighbours: Neighbours) -> None:
    place = {cell: index for index, cell in enumerate(beside)}
    own = {cell: float(index) for index, cell in enumerate(cells)}
    cells.sort(
        key=lambda cell: (
            fmean(place[near] for near in neighbours[cell]) if neighbours.get(cell) else own[cell]
        )
    )


def _crossings(columns: Columns, after: Neighbours) -> int:
    """Count the pairs of lines that cross between neighbouring columns."""
    crossings = 0
    for left, right in pairwise(columns):
        place = {cell: index for index, cell in enumerate(right)}
        passed: list[int] = []
        for cell in left:
            ends = sorted(place[near] for near in after.get(cell, ()))
            crossings += sum(len(passed) - bisect_right(passed, end) for end in ends)
            for end in ends:
                insort(passed, end)
    return crossings


def _rows(columns: Columns, before: Neighbours, after: Neighbours) -> dict[Cell, float]:
    """Give each cell the row nearest to the mean of its neighbours, keeping the columns' order."""
    rows = {cell: float(index) for cells in columns for index, cell in enumerate(cells)}
    for sweep in range(SWEEPS):
        neighbours = after if sweep % 2 else before
        for cells in reversed(columns) if sweep % 2 else columns:
            wanted = [
                fmean(rows[near] for near in neighbours[cell])
                if neighbours.get(cell)
                else rows[cell]
                for cell in cells
            ]
            rows.update(zip(cells, _apart(wanted), strict=True))
    return rows


def _apart(wanted: Sequence[float]) -> list[float]:
    """Move rows as little as possible so that each is at least 1 below the one before.

    Pool adjacent violators: neighbours that would overlap move together.
    """
    blocks: list[tuple[float, int]] = []
    for index, row in enumerate(wanted):
        total, count = row - index, 1
        while blocks and blocks[-1][0] / blocks[-1][1] > total / count:
            earlier = blocks.pop()
            total, count = total + earlier[0], count + earlier[1]
        blocks.append((total, count))
    offsets = [total / count for total, count in blocks for _ in range(count)]
    return [offset + index for index, offset in enumerate(offsets)]
