"""What depends on services that are about to go away, near and far."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from services.catalog.graph import load_graph
from services.catalog.models import Dependency


@dataclass(frozen=True, slots=True)
class Dependant:
    """A service that would miss something: directly, or through the service it needs.

    `words` say what for, such as `database primary`.
    """

    name: str
    needs: str
    words: tuple[str, ...]
    is_direct: bool


def dependants_of(names: Sequence[str]) -> list[Dependant]:
    """List the current services that need the named ones, the nearest first. Three queries.

    Needs that only references in variables tell of count too. The named services may be archived.
    """
    needed_by: dict[str, list[tuple[str, tuple[str, ...]]]] = defaultdict(list)
    for need in load_graph().needs:
        needed_by[need.target].append((need.service, need.words))
    current = Dependency.objects.filter(service__archived_at__isnull=True)
    of_archived = current.filter(target__name__in=names, target__archived_at__isnull=False)
    for service, target, role in of_archived.order_by("service__name", "pk").values_list(
        "service__name", "target__name", "role"
    ):
        needed_by[target].append((service, (role,)))
    starts = frozenset(names)
    seen, waiting, found = set(starts), sorted(starts), []
    for needed in waiting:
        for service, words in needed_by[needed]:
            if service not in seen:
                seen.add(service)
                waiting.append(service)
                found.append(Dependant(service, needed, words, needed in starts))
    return found
