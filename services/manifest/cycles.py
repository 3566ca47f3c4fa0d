"""Find circles of needs: services that wait for each other, workflows that require each other. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, TypeVar

from services.manifest.problems import Located, Report
from services.manifest.references import items_of, target_path
from services.manifest.walker import Found

Need = TypeVar("Need")
_SHOWN_NAMES = 12


class _Need(NamedTuple):
    """The text that says that one name needs another."""

    node: Located
    path: str


def find_cycles(
    needs: Mapping[str, Sequence[tuple[str, Need]]],
) -> Iterator[tuple[list[str], Need]]:
    """Give cycles as the names on them and the need that closes each, without recursion.

    `needs` maps a name to what it needs, each with any value that identifies the need. Every group of
    names that need each other gives at least one cycle; no name that was on a given cycle closes
    another (but for itself), so the work stays linear.
    """
    state: dict[str, str] = {}
    for start in needs:
        if start in state:
            continue
        path = [start]
        branches = [iter(needs[start])]
        state[start] = "open"
        while path:
            target, need = next(branches[-1], (None, None))
            if target is None or need is None:
                state[path.pop()] = "done"
                branches.pop()
            elif target not in state:
                state[target] = "open"
                path.append(target)
                branches.append(iter(needs.get(target, ())))
            elif target == path[-1]:
                yield [target], need
            elif state[target] == "open":
                cycle = path[path.index(target) :]
                state.update(dict.fromkeys(cycle, "reported"))
                yield cycle, need


def report_cycles(found: Sequence[Found], report: Report) -> None:
    """Report the cycles of dependencies between services and of workflows that require each other."""
    services: dict[str, list[tuple[str, _Need]]] = {}
    workflows: dict[str, list[tuple[str, _Need]]] = {}
    for record in found:
        values = record.values
        if record.place.kind == "dependency" and values.get("target"):
            need = _Need(record.stated["target"], target_path(record))
            services.setdefault(values["service"], []).append((values["target"], need))
        elif record.place.kind == "workflow":
            needs = workflows.setdefault(values["name"], [])
            for index, name in enumerate(values.get("requires", [])):
                path = f"{record.path}.requires[{index}]"
                needs.append((name, _Need(items_of(record, "requires")[index], path)))
    for kind, graph in (("dependency", services), ("workflow", workflows)):
        for names, need in find_cycles(graph):
            report.problem(need.node, need.path, f"{kind} cycle: {_circle(names)}")


def _circle(names: list[str]) -> str:
    shown = names if len(names) <= _SHOWN_NAMES else [*names[: _SHOWN_NAMES - 1], "…"]
    return " -> ".join([*shown, names[0]])
