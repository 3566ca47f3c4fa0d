"""Finds the service that a document is about. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from services.analyses.document import Document
from services.catalog.service_names import ServiceNames


@dataclass(frozen=True, slots=True)
class Place:
    """Where one service is: its project, and its repository or else its project's."""

    service: str
    project: str
    repo: str


class Addressees:
    """Knows the current services, and which file was about which of them before."""

    def __init__(
        self, names: ServiceNames, places: Iterable[Place], kept: Mapping[str, str]
    ) -> None:
        self._names = names
        self._places = tuple(places)
        self._kept = kept

    def find(self, file_name: str, document: Document) -> str | None:
        """Give the service's name, None when no rule leads to exactly one.

        1. What the document says itself: `Service: redis`.
        2. The service that this file was about before.
        3. The file's name, then the title, as a service's name in any spelling.
        4. The file's name, then the title, as a project that has one service.
        5. The repository that it names, when one service lives there.
        """
        said = {name: found.value.strip("` ") for name, found in document.head.said.items()}
        if "service" in said:
            return self._names.find(said["service"])
        before = self._kept.get(file_name)
        if before is not None and self._names.find(before) == before:
            return before
        titles = (file_name.removesuffix(".md"), document.subject)
        for title in filter(None, titles):
            if found := self._names.find(title):
                return found
        for title in filter(None, titles):
            if found := self._only(place for place in self._places if place.project == title):
                return found
        repo = said.get("repo", "").partition(" ")[0].strip("`")
        return self._only(place for place in self._places if repo and place.repo == repo)

    def _only(self, places: Iterable[Place]) -> str | None:
        services = {place.service for place in places}
        return services.pop() if len(services) == 1 else None
