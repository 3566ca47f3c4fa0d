"""Which incident is the doing of another: what a service needs, near and far, may have failed. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from services.catalog.impact import impact_of
from services.catalog.needs import Graph


@dataclass(frozen=True, slots=True)
class Suspect:
    """One open incident: its key, what it is on, and the key of what caused it.

    `environments` is empty when it is everywhere. `breaks` says that it may cause others, `is_symptom`
    that it may be caused.
    """

    key: int
    subject: str
    environments: frozenset[str]
    breaks: bool
    is_symptom: bool
    is_down: bool = False
    cause: int | None = None


def find_causes(graph: Graph, open_incidents: Sequence[Suspect]) -> Mapping[int, int]:
    """Name the cause of every incident that has one and had none: key to key. Never a circle.

    1. On the same service whatever else is wrong comes from its being down.
    2. Else the farthest service that it needs and that is broken itself: it broke the ones between.
    3. Whoever is the cause of something has none: of two services that need each other the first one stays.
    """
    causes = {one.key: one.cause for one in open_incidents if one.cause is not None}
    breaking: dict[str, list[Suspect]] = {}
    for one in open_incidents:
        if one.breaks:
            breaking.setdefault(one.subject, []).append(one)
    found: dict[int, int] = {}
    farthest: dict[str, list[str]] = {}  # what a service needs and is broken, the farthest first
    for one in open_incidents:
        if one.key in causes:
            continue
        if one.subject not in farthest:
            farthest[one.subject] = _broken_needs(graph, one.subject, breaking)
        cause = _same_service(one, breaking, causes)
        cause = cause or _upstream(one, farthest[one.subject], breaking, causes)
        if cause is not None:
            causes[one.key] = found[one.key] = cause.key
    # what was thought a cause may have got one itself: everything hangs under the last of the chain
    return {key: _root(key, causes) for key in found}


def _same_service(
    one: Suspect, breaking: Mapping[str, list[Suspect]], causes: Mapping[int, int]
) -> Suspect | None:
    if one.is_down:
        return None
    downs = (other for other in breaking.get(one.subject, ()) if other.is_down)
    return _first_fitting(one, downs, causes)


def _broken_needs(graph: Graph, name: str, breaking: Mapping[str, list[Suspect]]) -> list[str]:
    if name not in graph.nodes:
        return []
    needs = reversed(impact_of(graph, name).needs)
    return [reached.name for reached in needs if reached.name != name and reached.name in breaking]


def _upstream(
    one: Suspect, names: list[str], breaking: Mapping[str, list[Suspect]], causes: Mapping[int, int]
) -> Suspect | None:
    if not one.is_symptom:
        return None
    for name in names:
        cause = _first_fitting(one, breaking[name], causes)
        if cause is not None:
            return cause
    return None


def _first_fitting(
    one: Suspect, others: Iterable[Suspect], causes: Mapping[int, int]
) -> Suspect | None:
    for other in others:
        overlaps = (
            not one.environments or not other.environments or one.environments & other.environments
        )
        if other.key != one.key and overlaps and _root(other.key, causes) != one.key:
            return other
    return None


def _root(key: int, causes: Mapping[int, int]) -> int:
    while key in causes:
        key = causes[key]
    return key
