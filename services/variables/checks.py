"""The catalog check of variables: what a service needs in production and was not seen there."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery, TextField, Value
from django.db.models.functions import Coalesce, NullIf

from services.catalog.checks import ACTIVE, Asked, Check, Finding, Suite
from services.catalog.models import SharedVariable, Variable, VariableOverride
from services.catalog.names import DEFAULT_ENVIRONMENTS, Level
from services.variables.models import ObservedEnvironment, ObservedVariable
from services.variables.observing import Seen

PRODUCTION = DEFAULT_ENVIRONMENTS[0]
_WORDS = {
    None: "was not there",
    Seen.EMPTY.value: "was empty",
    Seen.EXAMPLE.value: "was still the example",
    Seen.PLACEHOLDER.value: "was still a placeholder",
}
_COLUMNS = ("service__name", "name", "state", "observed_at", "is_own")


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
    looks: QuerySet[Any] = ObservedEnvironment.objects.filter(
        environment__name=PRODUCTION, service__archived_at__isnull=True
    )
    if asked.service is not None:
        looks = looks.filter(service__name=asked.service)
    found_of = {"service": OuterRef("service"), "name": OuterRef("name")}
    inherited = SharedVariable.objects.filter(
        project=OuterRef("service__project"), name=OuterRef("name")
    )
    own = (
        _lacking(looks, "service__variables", is_own=True)
        .alias(inherited=Subquery(inherited.values("default")[:1]))
        .filter(Q(inherited__isnull=True) | Q(inherited=""))
    )
    shared = _lacking(looks, "service__project__shared_variables", is_own=False).filter(
        ~Exists(Variable.objects.filter(**found_of))
    )
    rows = own.values_list(*_COLUMNS).union(shared.values_list(*_COLUMNS), all=True)
    return [
        Lack(service, name, f"{_WORDS[state]} on {seen_at:%Y-%m-%d}", is_own)
        for service, name, state, seen_at, is_own in rows.order_by("service__name", "name")
    ]


def _lacking(looks: QuerySet[Any], definitions: str, *, is_own: bool) -> QuerySet[Any]:
    """Give each look once for each definition that is required there, has no default, and was not seen."""
    overrides = VariableOverride.objects.filter(
        service=OuterRef("service"), environment=PRODUCTION, name=OuterRef("name")
    )
    seen = ObservedVariable.objects.filter(observed=OuterRef("pk"), name=OuterRef("name"))
    defined: QuerySet[Any] = looks.order_by().annotate(
        name=F(f"{definitions}__name"), is_own=Value(is_own)
    )
    for field, needed in (("level", Level.REQUIRED.value), ("default", "")):
        there = NullIf(Subquery(overrides.values(field)[:1]), Value(""), output_field=TextField())
        defined = defined.alias(
            **{
                f"{field}_there": Coalesce(
                    there, F(f"{definitions}__{field}"), output_field=TextField()
                )
            }
        ).filter(**{f"{field}_there": needed})
    nothing_yet = [state for state in _WORDS if state]
    lacking: QuerySet[Any] = defined.filter(name__isnull=False)
    lacking = lacking.annotate(state=Subquery(seen.values("state")[:1]))
    return lacking.filter(Q(state__isnull=True) | Q(state__in=nothing_yet))


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
