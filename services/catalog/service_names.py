"""Finds services by any of the names that people and references use for them. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple


class Named(NamedTuple):
    """One service by all the names that a reference may use."""

    name: str
    aliases: Sequence[str] = ()
    display_name: str = ""
    railway_service: str = ""


class ServiceNames:
    """Finds services by name, alias, display name or Railway service, in this order, in any case."""

    def __init__(self, services: Iterable[Named]) -> None:
        self.names: list[str] = []
        self._tiers: list[dict[str, set[str]]] = [defaultdict(set) for _ in range(4)]
        for service in services:
            self.names.append(service.name)
            texts = (
                (service.name,),
                service.aliases,
                (service.display_name,),
                (service.railway_service,),
            )
            for tier, written in zip(self._tiers, texts, strict=True):
                for text in filter(None, written):
                    tier[text.casefold()].add(service.name)

    def find_all(self, text: str) -> list[str]:
        """Give the services that the text may mean, sorted; one when it is clear."""
        for tier in self._tiers:
            if found := tier.get(text.casefold()):
                return sorted(found)
        return []

    def find(self, text: str) -> str | None:
        """Give the one service that the text means; None when there is none, or more than one."""
        found = self.find_all(text)
        return found[0] if len(found) == 1 else None
