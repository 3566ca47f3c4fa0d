"""Reads what the home page shows: what is wrong, what changed, and how much there is."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Prefetch, Q, Value
from django.db.models.functions import Greatest

from services.catalog.attention import Facts
from services.catalog.checks import Asked, Result
from services.catalog.inspection import inspect, load_facts
from services.catalog.models import Change, ChangeSet, Domain, Variable
from services.catalog.names import Level, Status

NEWEST_CHANGE_SETS = 8
SUBJECTS_PER_CHANGE_SET = 3


@dataclass(frozen=True, slots=True)
class Totals:
    """How much there is; `stated` is the phase and strategy in the company's own words."""

    services: int
    by_status: Mapping[str, int]
    projects: int
    projects_by_status: Mapping[str, int]
    variables: int
    required_variables: int
    domains: int
    environments: int
    stated: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything on the home page."""

    results: Sequence[Result]
    change_sets: Sequence[ChangeSet]
    totals: Totals

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to look after yet."""
        return not self.totals.services and not self.totals.projects


def load_overview(now: datetime) -> Overview:
    """Run the checks and count; `now` is aware UTC. A constant number of queries."""
    facts = load_facts(now.date())
    return Overview(inspect(facts, Asked(now)), _newest_change_sets(), _count(facts))


def _count(facts: Facts) -> Totals:
    variables, required = domains, environments = 0, 0
    for what, first, second in _count_rows():
        if what == "variables":
            variables, required = first, second
        else:
            domains, environments = first, second
    by_status = Counter(service.status for service in facts.services)
    of_projects = Counter(project.status for project in facts.projects)
    return Totals(
        services=len(facts.services),
        by_status={status.value: by_status[status] for status in Status if by_status[status]},
        projects=len(facts.projects),
        projects_by_status={
            status.value: of_projects[status] for status in Status if of_projects[status]
        },
        variables=variables,
        required_variables=required,
        domains=domains,
        environments=environments,
        stated=facts.deployment_state if isinstance(facts.deployment_state, Mapping) else {},
    )


def _count_rows() -> Iterable[tuple[str, int, int]]:
    """Count variables with the required ones, and domains with their environments. One query."""
    variables = Variable.objects.current().annotate(what=Value("variables")).values("what")
    domains = Domain.objects.filter(service__archived_at__isnull=True)
    counted = variables.annotate(
        first=Count("pk"), second=Count("pk", filter=Q(level=Level.REQUIRED))
    )
    return counted.union(
        domains.annotate(what=Value("domains"))
        .values("what")
        .annotate(first=Count("pk"), second=Count("environment", distinct=True)),
        all=True,
    ).values_list("what", "first", "second")


def _newest_change_sets() -> list[ChangeSet]:
    """Give the last change sets, each with `first_changes` and the number of `more_subjects`."""
    first = Change.objects.order_by("pk").only("change_set_id", "subject_kind", "subject_name")
    return list(
        ChangeSet.objects.annotate(
            more_subjects=Greatest(Count("changes") - SUBJECTS_PER_CHANGE_SET, 0)
        )
        .prefetch_related(
            Prefetch("changes", first[:SUBJECTS_PER_CHANGE_SET], to_attr="first_changes")
        )
        .order_by("-revision")[:NEWEST_CHANGE_SETS]
    )
