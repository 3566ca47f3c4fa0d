"""The dependency graph in pixels: boxes and arrows for an inline SVG. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from services.catalog.impact import Impact
from services.catalog.layering import Layout, Place, lay_out
from services.catalog.needs import Graph, Need
from services.catalog.scope import Scope

BOX_WIDTH, BOX_HEIGHT = 200, 44
COLUMN_GAP, ROW_GAP = 72, 16
MARGIN = 12
SHRINKS_BELOW = 850  # a narrower drawing stays readable when a page has less room for it
LABEL_LENGTH = 25  # characters of 13 px that fit into a box


@dataclass(frozen=True, slots=True)
class Box:
    """One service; `role` is what it is to the focus: focus, breaks, needs, both, far or none."""

    name: str
    label: str
    note: str
    status: str
    role: str
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Arrow:
    """One need, from the service to what it needs; `path` is an SVG path."""

    need: Need
    path: str
    role: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """A whole picture with its size in pixels."""

    boxes: Sequence[Box]
    arrows: Sequence[Arrow]
    width: int
    height: int
    box_width: int = BOX_WIDTH
    box_height: int = BOX_HEIGHT

    @property
    def shrinks(self) -> bool:
        """Whether it may be drawn smaller to fit; a wider one scrolls at its own size."""
        return self.width < SHRINKS_BELOW


def draw(graph: Graph, scope: Scope, impact: Impact | None) -> Drawing:
    """Draw the services of a scope; with an impact, say what each is to its service."""
    layout = lay_out(scope.names, [(need.service, need.target) for need in scope.needs])
    roles = _roles(impact)
    boxes = [
        _box(graph, name, layout, roles.get(name, "far" if impact else "none"))
        for name in sorted(scope.names, key=lambda name: _reading_order(layout.places[name]))
    ]
    arrows = [
        Arrow(need, _path(layout.lines[need.service, need.target]), _arrow_role(need, roles))
        for need in scope.needs
    ]
    return Drawing(
        boxes,
        arrows,
        width=2 * MARGIN + layout.columns * (BOX_WIDTH + COLUMN_GAP) - COLUMN_GAP,
        height=2 * MARGIN + round(layout.rows * (BOX_HEIGHT + ROW_GAP)) - ROW_GAP,
    )


def _roles(impact: Impact | None) -> dict[str, str]:
    if impact is None:
        return {}
    roles = {reached.name: "breaks" for reached in impact.breaks}
    for reached in impact.needs:
        roles[reached.name] = "both" if reached.name in roles else "needs"
    return roles | {impact.name: "focus"}


def _arrow_role(need: Need, roles: dict[str, str]) -> str:
    """Say which way of the impact an arrow is on: towards the focus, away from it, or neither."""
    if not roles:
        return "none"
    service, target = roles.get(need.service, ""), roles.get(need.target, "")
    if service in ("breaks", "both") and target in ("breaks", "both", "focus"):
        return "breaks"
    if service in ("needs", "both", "focus") and target in ("needs", "both"):
        return "needs"
    return "far"


def _reading_order(place: Place) -> tuple[int, float]:
    return place.column, place.row


def _corner(place: Place) -> tuple[int, int]:
    x = MARGIN + place.column * (BOX_WIDTH + COLUMN_GAP)
    return x, MARGIN + round(place.row * (BOX_HEIGHT + ROW_GAP))


def _box(graph: Graph, name: str, layout: Layout, role: str) -> Box:
    node = graph.nodes[name]
    note = " · ".join(filter(None, (node.kind, node.project)))
    x, y = _corner(layout.places[name])
    return Box(name, _shortened(name), _shortened(note), node.status, role, x, y)


def _shortened(text: str) -> str:
    return text if len(text) <= LABEL_LENGTH else f"{text[: LABEL_LENGTH - 1]}…"


def _path(line: Sequence[Place]) -> str:
    """Give a curve through the places of a line, from the edge of one box to the edge of another."""
    rightwards = line[0].column < line[-1].column
    middle = BOX_HEIGHT // 2
    points: list[tuple[int, int]] = []
    for index, place in enumerate(line):
        x, y = _corner(place)
        entry, leave = (x, x + BOX_WIDTH) if rightwards else (x + BOX_WIDTH, x)
        if index:
            points.append((entry, y + middle))
        if index < len(line) - 1:
            points.append((leave, y + middle))
    path = [f"M{points[0][0]} {points[0][1]}"]
    for (from_x, from_y), (to_x, to_y) in pairwise(points):
        if from_y == to_y:
            path.append(f"H{to_x}")
        else:
            half = (from_x + to_x) // 2
            path.append(f"C{half} {from_y} {half} {to_y} {to_x} {to_y}")
    return "".join(path)
