"""Compares the namespaces that a document declares with those of the catalog. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlencode

from services.analyses.declarations import Declaration
from services.catalog.names import TtlPolicy

_BOUNDED = frozenset({TtlPolicy.MAXIMUM.value, TtlPolicy.SLIDING.value})


@dataclass(frozen=True, slots=True)
class Known:
    """One namespace of the catalog, by its primary key."""

    pk: int
    ttl_policy: str
    ttl_min_s: int | None
    ttl_max_s: int | None


@dataclass(frozen=True, slots=True)
class Standing:
    """A declaration and what the catalog has of it; `form` fills in the form of a new namespace."""

    declaration: Declaration
    state: Literal["same", "differs", "new"]
    pk: int | None
    form: str


def compare_namespaces(
    declarations: Sequence[Declaration], known: Mapping[str, Known]
) -> list[Standing]:
    """Give each declaration with its standing; `known` is the catalog's namespaces by pattern."""
    standings = []
    for declaration in declarations:
        found = known.get(declaration.namespace)
        state: Literal["same", "differs", "new"] = "new"
        if found is not None:
            state = "same" if _is_same(declaration, found) else "differs"
        pk = found.pk if found else None
        standings.append(Standing(declaration, state, pk, _form(declaration)))
    return standings


def _is_same(declaration: Declaration, known: Known) -> bool:
    if declaration.policy == "unstated":
        return True
    if declaration.policy == TtlPolicy.MAXIMUM and known.ttl_policy in _BOUNDED:
        return declaration.ttl_max_s == known.ttl_max_s
    bounds = (declaration.ttl_min_s, declaration.ttl_max_s)
    return declaration.policy == known.ttl_policy and bounds == (known.ttl_min_s, known.ttl_max_s)


def _form(declaration: Declaration) -> str:
    is_stated = declaration.policy != "unstated"
    values = {
        "pattern": declaration.namespace[:200],
        "key_template": declaration.pattern[:300],
        "purpose": declaration.purpose[:300],
        "ttl_policy": declaration.policy if is_stated else TtlPolicy.NONE.value,
        "ttl_min_s": declaration.ttl_min_s,
        "ttl_max_s": declaration.ttl_max_s,
    }
    return urlencode({name: value for name, value in values.items() if value is not None})
