"""Reads what references are resolved against, for the whole catalog."""

from datetime import datetime
from typing import Any

from django.db.models import CharField, F, Q, QuerySet, Value

from services.catalog.collector import collector_paused
from services.catalog.models import (
    ChangeSet,
    Service,
    SharedVariable,
    Variable,
    VariableOverride,
)
from services.catalog.references import parse_references
from services.catalog.service_names import Named, ServiceNames
from services.variables.resolution import EVERYWHERE, Known, Node, Resolution, Source

_REFERS = Q(source__contains="${{") | Q(value__contains="${{")
_kept: list[tuple[tuple[int, datetime], Resolution]] = []


def load_resolution() -> Resolution:
    """Resolve every reference of the current catalog. One query, and three after each change of it.

    Every write of the catalog is a change set, so that what was resolved under the same one still
    holds. A catalog without a change set is resolved anew.
    """
    newest = ChangeSet.objects.order_by("-revision").values_list("revision", "created_at").first()
    if _kept and newest is not None and _kept[0][0] == newest:
        return _kept[0][1]
    with collector_paused():
        resolution = _resolve()
    if newest is not None:
        _kept[:] = [(newest, resolution)]
    return resolution


def forget() -> None:
    """Let go of what was resolved, for tests whose catalogs are rolled back."""
    _kept.clear()


def _resolve() -> Resolution:
    sources = _load_sources()
    names = {
        reference.variable for source in sources for reference in parse_references(source.text)
    }
    services = list(
        Service.objects.current()
        .order_by("name")
        .values_list("name", "aliases", "display_name", "railway_service", "project__name", "type")
    )
    own = Variable.objects.current().filter(name__in=names).annotate(of=Value("service"))
    shared = _shared().filter(name__in=names).annotate(of=Value("project"))
    defined = own.values_list("of", "service__name", "name").union(
        shared.values_list("of", "project__name", "name"), all=True
    )
    pairs = list(defined) if names else []
    known = Known(
        names=ServiceNames(Named(*row[:4]) for row in services),
        projects={row[0]: row[4] for row in services},
        types={row[0]: row[5] for row in services},
        defined={(owner, name) for of, owner, name in pairs if of == "service"},
        shared={(owner, name) for of, owner, name in pairs if of == "project"},
    )
    return Resolution(known, sources)


def _load_sources() -> list[Source]:
    everywhere = Value(EVERYWHERE, CharField())
    overrides = VariableOverride.objects.filter(service__archived_at__isnull=True)
    own = _rows(Variable.objects.current(), "service", F("service__name"), everywhere)
    found = own.union(
        _rows(_shared(), "project", F("project__name"), everywhere),
        _rows(overrides, "service", F("service__name"), F("environment")),
        all=True,
    )
    return [
        Source(Node(owner, name, of == "project"), where, value or source)
        for of, owner, name, where, value, source in found
    ]


def _shared() -> QuerySet[SharedVariable]:
    """Give what current projects share; an archived one shares and asks for nothing."""
    return SharedVariable.objects.filter(project__archived_at__isnull=True)


def _rows(queryset: QuerySet[Any], of: str, owner: F, where: Any) -> Any:
    """Give the rows of a queryset whose text refers to something, in the columns of all three."""
    rows = queryset.filter(_REFERS).order_by().annotate(of=Value(of), owner=owner, place=where)
    return rows.values_list("of", "owner", "name", "place", "value", "source")
