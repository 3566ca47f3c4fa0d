"""Reads what the home page shows: what is wrong, what changed, and how much there is."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Exists, OuterRef, Prefetch, Q
from django.db.models.functions import Greatest

from services.catalog.attention import (
    SECRET_ENDINGS,
    Claim,
    Facts,
    ProjectFacts,
    Result,
    ServiceFacts,
    VariableFacts,
    run_checks,
)
from services.catalog.graph import load_graph
from services.catalog.listing import DEPLOYMENT_STATE
from services.catalog.models import (
    Change,
    ChangeSet,
    Domain,
    Endpoint,
    Project,
    Section,
    Service,
    Variable,
)
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


def load_overview(today: date) -> Overview:
    """Run the checks and count. A constant number of queries."""
    section = Section.objects.filter(name=DEPLOYMENT_STATE).values_list("value", flat=True)
    stated = section.first()
    facts = _load_facts(stated, today)
    return Overview(run_checks(facts), _newest_change_sets(), _count(facts))


def _load_facts(stated: Any, today: date) -> Facts:
    return Facts(
        services=_load_services(),
        projects=[
            ProjectFacts(*row)
            for row in Project.objects.for_roadmap().values_list("name", "status", "target_date")
        ],
        variables=[
            VariableFacts(service, name, level, secret, has_origin=bool(source or generate))
            for service, name, level, secret, source, generate in Variable.objects.for_attention(
                SECRET_ENDINGS
            )
        ],
        claims=[Claim(*row) for row in Domain.objects.waiting()],
        dangling=load_graph().dangling,
        deployment_state=stated,
        today=today,
    )


def _load_services() -> list[ServiceFacts]:
    mine = {"service": OuterRef("pk")}
    health_endpoint = Endpoint.objects.filter(**mine, path__icontains="health")
    rows = (
        Service.objects.current()
        .annotate(
            has_domain=Exists(Domain.objects.filter(**mine)),
            has_health_endpoint=Exists(health_endpoint),
        )
        .order_by("name", "pk")
        .values_list(
            *("name", "kind", "status", "owner", "project__owner"),
            *("has_domain", "has_health_endpoint", "deployment__healthcheck_path"),
        )
    )
    return [
        ServiceFacts(
            name,
            kind,
            status,
            is_owned=bool(owner or project_owner),
            has_domain=has_domain,
            has_health_path=has_endpoint or bool(health_path),
        )
        for name, kind, status, owner, project_owner, has_domain, has_endpoint, health_path in rows
    ]


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
