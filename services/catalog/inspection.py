"""Runs every check of the catalog and of the rooms above it, under the levels that are set."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef

from services.catalog.attention import (
    CHECKS,
    HOSTS_VARIABLE,
    SECRET_ENDINGS,
    Claim,
    Facts,
    ProjectFacts,
    ServiceFacts,
    variable_facts,
)
from services.catalog.checks import (
    Asked,
    Check,
    Level,
    Result,
    registered,
    run_checks,
    run_suites,
    worst_first,
)
from services.catalog.deployment_checks import DeploymentFacts, is_on_railway
from services.catalog.graph import load_graph
from services.catalog.listing import DEPLOYMENT_STATE
from services.catalog.models import Domain, Endpoint, Project, Section, Service, Variable


def inspect(facts: Facts, asked: Asked) -> list[Result]:
    """Give what every check finds, the worst first. At most one query for each registered suite."""
    statuses = {service.name: service.status for service in facts.services}
    levels: Mapping[str, Level] = settings.PRISM_CHECKS
    results = run_checks(CHECKS, facts, statuses=statuses, levels=levels)
    return worst_first([*results, *run_suites(asked, statuses=statuses, levels=levels)])


def every_check() -> dict[str, Check[Any]]:
    """Give every check by its id: the catalog's own, then those of the rooms above it."""
    checks = [*CHECKS, *(check for suite in registered() for check in suite.checks)]
    return {check.id: check for check in checks}


def load_facts(today: date) -> Facts:
    """Read what the catalog's own checks look at, for every current service. Seven queries."""
    section = Section.objects.filter(name=DEPLOYMENT_STATE).values_list("value", flat=True)
    return Facts(
        deployment_state=section.first(),
        services=_load_services(),
        projects=[
            ProjectFacts(*row)
            for row in Project.objects.for_roadmap().values_list("name", "status", "target_date")
        ],
        variables=[
            variable_facts(*row)
            for row in Variable.objects.for_attention(SECRET_ENDINGS, HOSTS_VARIABLE)
        ],
        claims=[Claim(*row) for row in Domain.objects.waiting()],
        dangling=load_graph().dangling,
        today=today,
    )


def _load_services() -> list[ServiceFacts]:
    mine = {"service": OuterRef("pk")}
    health_endpoint = Endpoint.objects.filter(**mine, path__icontains="health")
    deployed = ("root_directory", "watch_paths", "cron_schedule", "healthcheck_path", "platform")
    rows = (
        Service.objects.current()
        .annotate(
            has_domain=Exists(Domain.objects.filter(**mine)),
            has_health_endpoint=Exists(health_endpoint),
        )
        .order_by("name", "pk")
        .values(
            *("name", "kind", "status", "owner", "framework", "railway_service"),
            *("project__name", "project__owner", "project__railway_project"),
            *("has_domain", "has_health_endpoint"),
            *(f"deployment__{name}" for name in deployed),
        )
    )
    return [
        ServiceFacts(
            row["name"],
            row["kind"],
            row["status"],
            is_owned=bool(row["owner"] or row["project__owner"]),
            has_domain=row["has_domain"],
            has_health_path=row["has_health_endpoint"] or bool(row["deployment__healthcheck_path"]),
            deployment=DeploymentFacts(
                is_on_railway(
                    row["deployment__platform"] or "",
                    row["railway_service"],
                    row["project__railway_project"],
                ),
                row["framework"],
                row["deployment__root_directory"] or "",
                tuple(row["deployment__watch_paths"] or ()),
                row["deployment__cron_schedule"] or "",
                row["deployment__healthcheck_path"] or "",
            ),
            project=row["project__name"],
        )
        for row in rows
    ]
