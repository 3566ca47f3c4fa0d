"""Find circles of needs, and the order in which what needs something can come after it. Pure."""

from collections.abc import Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import TypeVar

Item = TypeVar("Item", bound=Hashable)
RINGS_AT_MOST = 50  # each is looked for in all that is left; nobody reads more


@dataclass(frozen=True, slots=True)
class DeployOrder:
    """Services in steps: those of one step need only what the steps before brought up.

    `rings` are circles of needs, which the platform breaks; here too, at the last need of each.
    """

    steps: tuple[tuple[str, ...], ...]
    rings: tuple[tuple[str, ...], ...]


def find_rings(needs: Mapping[Item, Collection[Item]]) -> list[list[Item]]:
    """Give circles, each as the path once around; every knot of circles gives at least one."""
    return _broken(needs)[1]


def deploy_order(services: Iterable[str], pairs: Iterable[tuple[str, str]]) -> DeployOrder:
    """Put services in steps by the (service, needed service) pairs between them."""
    needs: dict[str, set[str]] = {service: set() for service in services}
    for service, needed in pairs:
        if service in needs and needed in needs and service != needed:
            needs[service].add(needed)
    kept, rings = _broken(needs)
    sorter = TopologicalSorter(kept)
    steps: list[tuple[str, ...]] = []
    try:
        sorter.prepare()
    except CycleError:  # more rings than anybody reads
        return DeployOrder((), tuple(map(tuple, rings)))
    while sorter.is_active():
        ready = sorter.get_ready()
        steps.append(tuple(sorted(ready)))
        sorter.done(*ready)
    return DeployOrder(tuple(steps), tuple(map(tuple, rings)))


def _broken(
    needs: Mapping[Item, Collection[Item]],
) -> tuple[dict[Item, list[Item]], list[list[Item]]]:
    """Take one need out of each circle; give what is left, and the circles."""
    kept = {item: list(dict.fromkeys(needed)) for item, needed in needs.items()}
    rings: list[list[Item]] = []
    while len(rings) < RINGS_AT_MOST:
        try:
            TopologicalSorter(kept).prepare()
        except CycleError as error:
            # the path goes from what is needed to what needs it, its first and last are the same
            ring = list(reversed(error.args[1]))
            kept[ring[-2]].remove(ring[-1])
            rings.append(ring[:-1])
        else:
            break
    return kept, rings
