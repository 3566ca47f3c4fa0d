"""Read `${{...}}` references out of a text: the one parser of them. Pure.

Source of the syntax: Railway, "Reference variables" and "Template variable functions".
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

SHARED = "shared"  # the platform's namespace for variables of a whole project
PLATFORM_PREFIX = "RAILWAY_"  # names that the platform gives every service

# A quoted text may hold braces: the alphabet of a template function.
_REFERENCE = re.compile(r'\$\{\{((?:[^{}"]|"[^"\n]{0,300}"){1,300})\}\}')
_FUNCTION = re.compile(r"\s*([A-Za-z]{1,40})\s*\((.*)\)\s*", re.DOTALL)
_OPENING = "${{"

Kind = Literal["service", "self", "shared", "function", "malformed"]


@dataclass(frozen=True, slots=True)
class Reference:
    """One `${{...}}`: `text` as it is written, from `start` to `end` of the text around it.

    `service`: `namespace` is any of the names of a service, with spaces where it has some; `self`:
    a variable of the same service; `shared`: one of its project; `function`: a function of a
    template, which the platform runs when the template is deployed and never again; `malformed`: it
    is not closed, or there is nothing in it.
    """

    kind: Kind
    text: str
    start: int
    end: int
    namespace: str = ""
    variable: str = ""

    @property
    def is_platform(self) -> bool:
        """Whether the platform itself gives the variable, such as `RAILWAY_PUBLIC_DOMAIN`."""
        return self.variable.startswith(PLATFORM_PREFIX)


def parse_references(text: str) -> list[Reference]:
    """Give every reference of a text in its order, those that are malformed too.

    The variable is what follows the last dot; a service's name may hold dots and spaces.
    """
    found: list[Reference] = []
    position = 0
    while (start := text.find(_OPENING, position)) >= 0:
        match = _REFERENCE.match(text, start)
        if match is None:
            position = start + len(_OPENING)
            end = min(len(text), start + 40)
            found.append(Reference("malformed", text[start:end], start, position))
            continue
        position = match.end()
        found.append(_reference(match.group(1), match.group(), start, position))
    return found


def holds_reference(text: str) -> bool:
    """Say whether the text refers to anything."""
    return _OPENING in text


def namespaces_in(source: str) -> Iterator[str]:
    """Give the namespace of each reference to a service in a text, once.

    A reference without a namespace is to the service itself.
    """
    seen: set[str] = set()
    for reference in parse_references(source):
        if reference.kind == "service" and reference.namespace not in seen:
            seen.add(reference.namespace)
            yield reference.namespace


def _reference(inside: str, text: str, start: int, end: int) -> Reference:
    if function := _FUNCTION.fullmatch(inside):
        return Reference("function", text, start, end, variable=function.group(1))
    before, dot, after = inside.rpartition(".")
    namespace, variable = before.strip(), after.strip()
    if not variable or (dot and not namespace):
        return Reference("malformed", text, start, end)
    kind: Kind = "service" if namespace else "self"
    if namespace == SHARED:
        kind = "shared"
    return Reference(kind, text, start, end, namespace, variable)
