"""Resolve what records of a manifest say about each other, and report what names nothing. Pure."""

from collections import defaultdict
from typing import cast

from services.catalog.names import DEFAULT_ENVIRONMENTS
from services.catalog.service_names import Named, ServiceNames
from services.manifest.problems import Located, Report, joined, shown
from services.manifest.suggestions import Suggestions
from services.manifest.tree import Mapping, Node, Sequence
from services.manifest.walker import Found


class References:
    """Resolves references; the records then hold the names of what they refer to."""

    def __init__(self, found: list[Found], report: Report, suggestions: Suggestions) -> None:
        self._found: dict[str, list[Found]] = defaultdict(list)
        for record in found:
            self._found[record.place.kind].append(record)
        self._report = report
        self._suggestions = suggestions
        self._services = ServiceNames(map(_named, self._found["service"]))

    def resolve(self) -> None:
        """Resolve every reference, in the order of the file within each kind."""
        for dependency in self._found["dependency"]:
            self._resolve_dependency(dependency)
        for service in self._found["service"]:
            if service.values.get("usage"):
                self._resolve_usage(service)
        self._check_workflows()
        self._check_environments()
        for kind in ("project", "service"):
            self._check_aliases(self._found[kind])

    def _resolve_dependency(self, dependency: Found) -> None:
        written = dependency.values.get("target")
        if written is None:
            return
        target = self._service(written, dependency.stated["target"], target_path(dependency))
        dependency.values["target"] = target
        if not dependency.values.get("alias"):
            dependency.values["alias"] = target

    def _resolve_usage(self, service: Found) -> None:
        nodes = [item for item in items_of(service, "usage") if isinstance(item, Mapping)]
        for index, (use, node) in enumerate(zip(service.values["usage"], nodes, strict=True)):
            for entry in node.entries:
                if entry.key.text == "service" and isinstance(use["service"], str):
                    path = f"{service.path}.usage[{index}].service"
                    use["service"] = self._service(use["service"], entry.value, path)

    def _service(self, written: str, node: Located, path: str) -> str:
        matches = self._services.find_all(written)
        if len(matches) == 1:
            return matches[0]
        if matches:
            message = f"{shown(written)} may mean {' or '.join(matches[:5])}; use the name"
        else:
            ending = self._suggestions.ending(written, self._services.names)
            message = f"no service is called {shown(written)}{ending}"
        self._report.problem(node, path, message)
        return written

    def _check_workflows(self) -> None:
        names = {str(workflow.name) for workflow in self._found["workflow"]}
        for workflow in self._found["workflow"]:
            for index, name in enumerate(workflow.values.get("requires", [])):
                if name not in names:
                    ending = self._suggestions.ending(name, names)
                    message = f"no workflow is called {shown(name)}{ending}"
                    node = items_of(workflow, "requires")[index]
                    self._report.problem(node, f"{workflow.path}.requires[{index}]", message)

    def _check_environments(self) -> None:
        listed = (str(environment.name) for environment in self._found["environment"])
        known = {*DEFAULT_ENVIRONMENTS, *listed}
        reported: set[int] = set()
        for kind, key in (("domain", ".domains"), ("variable_override", ".env_overrides")):
            for record in self._found[kind]:
                name, node = record.values["environment"], record.stated["environment"]
                if name in known or id(node) in reported:
                    continue
                reported.add(id(node))
                ending = self._suggestions.ending(name, known)
                ending = ending or '; list it under the top-level key "environments"'
                message = f"no environment is called {shown(name)}{ending}"
                path = joined(record.path.partition(f"{key}.")[0] + key, name)
                self._report.problem(node, path, message)

    def _check_aliases(self, records: list[Found]) -> None:
        """Report aliases that name something else already."""
        owners = {str(record.name).casefold(): str(record.name) for record in records}
        for record in records:
            for index, alias in enumerate(record.values.get("aliases", [])):
                owner = owners.setdefault(alias.casefold(), str(record.name))
                if owner != record.name:
                    node = items_of(record, "aliases")[index]
                    message = f"{shown(alias)} already names the {record.place.kind} {shown(owner)}"
                    self._report.problem(node, f"{record.path}.aliases[{index}]", message)


def _named(service: Found) -> Named:
    values = service.values
    return Named(
        str(service.name),
        values.get("aliases", []),
        values.get("display_name", ""),
        values.get("railway_service", ""),
    )


def target_path(dependency: Found) -> str:
    """Write the path of the text that names what a dependency needs."""
    is_bare = dependency.stated["target"] is dependency.at
    return dependency.path if is_bare else f"{dependency.path}.service"


def items_of(record: Found, field: str) -> list[Node]:
    """Give the nodes of a list that was read without problems."""
    return cast(Sequence, record.stated[field]).items
