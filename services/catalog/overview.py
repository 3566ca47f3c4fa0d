"""Reads what the home page shows: what is wrong, what changed, and how much there is."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Prefetch, Q
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
    variables = Variable.objects.current().aggregate(
        all=Count("pk"), required=Count("pk", filter=Q(level=Level.REQUIRED))
    )
    domains = Domain.objects.filter(service__archived_at__isnull=True).aggregate(
        all=Count("pk"), environments=Count("environment", distinct=True)
    )
    by_status = Counter(service.status for service in facts.services)
    of_projects = Counter(project.status for project in facts.projects)
    return Totals(
        services=len(facts.services),
        by_status={status.value: by_status[status] for status in Status if by_status[status]},
        projects=len(facts.projects),
        projects_by_status={
            status.value: of_projects[status] for status in Status if of_projects[status]
        },
        variables=variables["all"],
        required_variables=variables["required"],
        domains=domains["all"],
        environments=domains["environments"],
        stated=facts.deployment_state if isinstance(facts.deployment_state, Mapping) else {},
    )


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
