"""Finds where else the same secret is, by the fingerprints that were kept."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from services.variables.models import ObservedVariable

PLACES_NAMED = 3
_SEEN_AT_MOST = 5_000  # one secret everywhere is told as well by some of its places

Place = tuple[str, str, str]  # service, environment, variable


def load_same(fingerprints: Collection[tuple[str, str]]) -> Mapping[Place, Sequence[str]]:
    """Tell for each place of a secret where else it is, in words. One query, or none.

    `fingerprints` come with the name of their key: only those of the same key compare.
    """
    if not fingerprints:
        return {}
    rows = (
        ObservedVariable.objects.filter(
            fingerprint__in={fingerprint for fingerprint, _ in fingerprints},
            observed__service__archived_at__isnull=True,
        )
        .order_by("observed__service__name", "observed__environment__position", "name", "pk")
        .values_list(
            *("fingerprint", "key_id", "observed__service__name"),
            *("observed__environment__name", "name"),
        )[:_SEEN_AT_MOST]
    )
    places: dict[tuple[str, str], list[Place]] = defaultdict(list)
    for fingerprint, key, *place in rows:
        service, environment, name = place
        places[fingerprint, key].append((service, environment, name))
    return {
        place: _words(place, [other for other in group if other != place])
        for group in places.values()
        if len(group) > 1
        for place in group
    }


def _words(place: Place, others: Sequence[Place]) -> list[str]:
    named = [_place(place, other) for other in others[:PLACES_NAMED]]
    more = len(others) - PLACES_NAMED
    return [*named, f"{more} more places"] if more > 0 else named


def _place(here: Place, there: Place) -> str:
    """Name a place as seen from another: only what differs."""
    service, environment, name = there
    if service != here[0]:
        return f"{service} {name} in {environment}"
    return environment if name == here[2] else f"{name} in {environment}"
