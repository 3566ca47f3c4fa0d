"""The ways in which values come to be looked at: a `.env` file, a process, what Railway prints. Pure.

What a door gives is looked at and let go; nothing here writes, logs or shows a value.
"""

import json
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from prism.core.terminal import printable
from services.variables.env_file import PORTABLE, Reader, parse
from services.variables.observing import PRESERVED

MAX_JSON_CHARACTERS = 4_000_000


class NotFromRailway(Exception):
    """A text is not what `railway variable list --json` or `railway config pull --json` prints."""


def from_env_file(text: str, readers: Collection[Reader] = PORTABLE) -> dict[str, str | object]:
    """Give the values of a `.env` file; raise EnvFileError."""
    return {found.name: found.value for found in parse(text, readers)}


def from_process(environ: Mapping[str, str], defined: Collection[str]) -> dict[str, str | object]:
    """Give the values that a process has of the defined variables; the rest is none of ours."""
    return {name: environ[name] for name in defined if name in environ}


def from_railway(text: str, service_names: Collection[str]) -> dict[str, str | object]:
    """Give the values of one service out of what the Railway CLI prints; raise NotFromRailway.

    `variable list --json` is a mapping of names to values. `config pull --json` is a graph of
    services; the one that has one of `service_names` is taken, and what it keeps back is PRESERVED.
    """
    if len(text) > MAX_JSON_CHARACTERS:
        raise NotFromRailway("it is longer than anything that Railway prints")
    try:
        document = json.loads(text.removeprefix("\ufeff"))
    except (ValueError, RecursionError):
        raise NotFromRailway("it is no JSON document") from None
    if not isinstance(document, dict):
        raise NotFromRailway("it is no JSON object")
    if document and all(isinstance(value, str) for value in document.values()):
        return dict(document)
    return _from_graph(document, {name.casefold() for name in service_names if name})


def _from_graph(document: Mapping[str, Any], names: Collection[str]) -> dict[str, str | object]:
    services = list(_services_in(document))
    if not services:
        raise NotFromRailway("it holds neither variables nor services")
    chosen = [variables for name, variables in services if name.casefold() in names]
    if len(chosen) != 1:
        found = ", ".join(sorted({printable(name)[:100] for name, _ in services})[:10])
        raise NotFromRailway(f"it holds no one service of this name; it has {found}")
    return {str(name): _value(given) for name, given in chosen[0].items()}


def _services_in(document: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Give services with their variables, from a mapping by name or a list of resources."""
    found = document.get("services") or document.get("resources") or ()
    if not isinstance(found, dict | list | tuple):
        return
    pairs = found.items() if isinstance(found, dict) else (("", item) for item in found)
    for key, item in pairs:
        if not isinstance(item, dict):
            continue
        variables = item.get("variables", item.get("env"))
        if isinstance(variables, dict):
            yield str(item.get("name") or key), variables


def _value(given: Any) -> str | object:
    """Give a value out of a text or `{"value": text}`; everything else is kept back by the platform."""
    if isinstance(given, dict):
        given = given.get("value")
    return given if isinstance(given, str) and given != "«hidden»" else PRESERVED
