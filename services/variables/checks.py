"""The catalog check of variables: what a service needs in production and was not seen there."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F, FilteredRelation, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, NullIf

from services.catalog.checks import ACTIVE, Asked, Check, Finding, Suite
from services.catalog.models import SharedVariable, Variable, VariableOverride
from services.catalog.names import DEFAULT_ENVIRONMENTS, Level
from services.variables.models import ObservedVariable
from services.variables.observing import Seen

PRODUCTION = DEFAULT_ENVIRONMENTS[0]
_WORDS = {
    None: "was not there",
    Seen.EMPTY.value: "was empty",
    Seen.EXAMPLE.value: "was still the example",
    Seen.PLACEHOLDER.value: "was still a placeholder",
}


@dataclass(frozen=True, slots=True)
class Lack:
    """A required variable of a service, and why it is as good as absent in production."""

    service: str
    variable: str
    reason: str
    is_own: bool  # and not its project's


def load(asked: Asked) -> list[Lack]:
    """Find what the last look at each service in production did not find. One query.

    A service at which nobody looked lacks nothing that anybody knows of.
    """
    own = _lacking(Variable.objects.current(), "service")
    defined_again = Variable.objects.filter(
        service=OuterRef("project__services"), name=OuterRef("name")
    )
    shared = _lacking(
        SharedVariable.objects.filter(project__services__archived_at__isnull=True),
        "project__services",
    ).alias(own=Subquery(defined_again.values("pk")[:1]))
    shared = shared.filter(own__isnull=True)
    if asked.service is not None:
        own = own.filter(service__name=asked.service)
        shared = shared.filter(project__services__name=asked.service)
    columns = ("owner", "name", "state", "look__observed_at", "is_own")
    rows = own.annotate(is_own=Value(True)).values_list(*columns).union(
        shared.annotate(is_own=Value(False)).values_list(*columns), all=True
    )
    return [
        Lack(service, name, f"{_WORDS[state]} on {seen_at:%Y-%m-%d}", is_own)
        for service, name, state, seen_at, is_own in rows.order_by("owner", "name")
    ]


def _lacking(definitions: QuerySet[Any], service: str) -> QuerySet[Any]:
    """Keep the definitions that are required in production, have no default, and were not seen there."""
    overrides = VariableOverride.objects.filter(
        service=OuterRef(service), environment=PRODUCTION, name=OuterRef("name")
    )
    seen = ObservedVariable.objects.filter(observed=OuterRef("look"), name=OuterRef("name"))
    there = {
        field: Coalesce(NullIf(Subquery(overrides.values(field)[:1]), Value("")), F(field))
        for field in ("level", "default")
    }
    return (
        definitions.order_by()
        .annotate(
            owner=F(f"{service}__name"),
            look=FilteredRelation(
                f"{service}__observations",
                condition=Q(**{f"{service}__observations__environment__name": PRODUCTION}),
            ),
        )
        .filter(look__isnull=False)
        .annotate(state=Subquery(seen.values("state")[:1]))
        .alias(level_there=there["level"], default_there=there["default"])
        .filter(level_there=Level.REQUIRED, default_there="")
        .filter(Q(state__isnull=True) | Q(state__in=[state for state in _WORDS if state]))
    )


def _missing(lacking: Sequence[Lack]) -> Iterator[Finding]:
    for lack in lacking:
        record = ("variable", (lack.service, lack.variable)) if lack.is_own else None
        yield Finding("service", lack.service, f"{lack.variable} {lack.reason}", record)


SUITE: Suite[Sequence[Lack]] = Suite(
    room="variables",
    checks=(
        Check(
            id="missing-in-production",
            severity="error",
            statuses=ACTIVE,
            singular="required variable is missing in production",
            plural="required variables are missing in production",
            why="The service does not start without it, or starts and fails where it is needed.",
            fix="Set it there, then look again: prism env-check, or the page Variables.",
            find=_missing,
        ),
    ),
    load=load,
)
