"""Search over the whole catalog: what matches, in which order, and how many there are."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, Count, IntegerField, Q, QuerySet, Value, When, Window
from django.urls import reverse

from services.catalog.models import (
    Domain,
    Endpoint,
    MigrationPlan,
    Project,
    Runbook,
    Service,
    Variable,
)

SHOWN_PER_GROUP = 10
SHOWN_OF_ONE_GROUP = 200
QUERY_LENGTH = 200
TERMS = 6  # more words than this are looked for as they stand in the first six


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing that was found, and the address of the page that shows it."""

    name: str
    detail: str
    url: str


@dataclass(frozen=True, slots=True)
class Group:
    """One kind of thing: where its names are, which other texts count, how a hit reads.

    A match of a name ranks before a match of a text: exact, then prefix, then anywhere.
    """

    id: str
    title: str
    rows: Callable[[], QuerySet[Any]]
    names: tuple[str, ...]
    texts: tuple[str, ...]
    show: Callable[[Any], Hit]


@dataclass(frozen=True, slots=True)
class Found:
    """The best hits of one group, and how many there are in all."""

    group: Group
    hits: Sequence[Hit]
    total: int

    @property
    def more(self) -> int:
        """How many are not shown."""
        return self.total - len(self.hits)


def search_catalog(asked: str, *, only: str = "") -> list[Found]:
    """Look in every group, or in one by its id; one query each. Case does not matter (ASCII on SQLite).

    Every word must occur in the name or in a text of what is found.
    """
    asked = " ".join(asked.replace("\x00", "").split())[:QUERY_LENGTH]
    if not asked:
        return []
    limit = SHOWN_OF_ONE_GROUP if only else SHOWN_PER_GROUP
    groups = [group for group in GROUPS if only in ("", group.id)]
    found = [_search(group, asked, limit) for group in groups]
    return [results for results in found if results.total]


def _search(group: Group, asked: str, limit: int) -> Found:
    rows = (
        group.rows()
        .filter(_matches(asked, (*group.names, *group.texts)))
        .annotate(rank=_rank(asked, group.names), total=Window(Count("pk")))
        .order_by("rank", *group.names, "pk")[:limit]
    )
    page = list(rows)
    return Found(group, [group.show(row) for row in page], page[0].total if page else 0)


def _matches(asked: str, fields: Sequence[str]) -> Q:
    matches = Q()
    for term in asked.split(" ")[:TERMS]:
        anywhere = Q()
        for field in fields:
            anywhere |= Q(**{f"{field}__icontains": term})
        matches &= anywhere
    return matches


def _rank(asked: str, names: Sequence[str]) -> Case:
    """Give 0 for an exact name, 1 for its beginning, 2 for a part of it, 3 for the texts."""
    lookups = ("iexact", "istartswith", "icontains")
    cases = [
        When(Q(**{f"{name}__{lookup}": asked}), then=Value(rank))
        for rank, lookup in enumerate(lookups)
        for name in names
    ]
    return Case(*cases, default=Value(len(lookups)), output_field=IntegerField())


def _hit(name: str, page: str, *words: str) -> Hit:
    return Hit(name, " · ".join(filter(None, words)), page)


def _service_page(service: Service) -> str:
    return reverse("service", args=[service.name])


def _service_hit(service: Service) -> Hit:
    words = (service.display_name, service.kind, service.status, service.project.name)
    return _hit(service.name, _service_page(service), *words)


def _project_hit(project: Project) -> Hit:
    page = reverse("project", args=[project.name])
    return _hit(project.name, page, project.status, project.description)


def _domain_hit(domain: Domain) -> Hit:
    words = (domain.service.name, domain.environment.name)
    return _hit(domain.hostname, f"{_service_page(domain.service)}#domains", *words)


def _variable_hit(variable: Variable) -> Hit:
    secret = "secret" if variable.secret else ""
    words = (variable.service.name, variable.level, secret, variable.description)
    return _hit(variable.name, f"{_service_page(variable.service)}#variables", *words)


def _endpoint_hit(endpoint: Endpoint) -> Hit:
    words = (endpoint.service.name, endpoint.description)
    return _hit(str(endpoint), f"{_service_page(endpoint.service)}#endpoints", *words)


def _runbook_hit(runbook: Runbook) -> Hit:
    page = reverse("runbook", args=[runbook.pk])
    steps = len(runbook.steps)
    return _hit(runbook.name, page, runbook.category, f"{steps} step{'s' * (steps != 1)}")


def _plan_hit(plan: MigrationPlan) -> Hit:
    return _hit(plan.name, reverse("plan", args=[plan.pk]), plan.description)


def _of_current(model: type[Any]) -> Callable[[], QuerySet[Any]]:
    """Give the parts of services that are not archived, each with its service."""
    return lambda: model.objects.filter(service__archived_at__isnull=True).select_related("service")


GROUPS = (
    Group(
        "services",
        "Services",
        lambda: Service.objects.current().select_related("project"),
        ("name", "display_name"),
        ("aliases", "railway_service", "repo", "kind", "owner", "tags", "description"),
        _service_hit,
    ),
    Group(
        "projects",
        "Projects",
        lambda: Project.objects.current(),
        ("name",),
        ("aliases", "repo", "owner", "tags", "description"),
        _project_hit,
    ),
    Group(
        "domains",
        "Domains",
        lambda: _of_current(Domain)().select_related("environment"),
        ("hostname",),
        (),
        _domain_hit,
    ),
    Group(
        "variables",
        "Variables",
        _of_current(Variable),
        ("name",),
        ("description", "source"),
        _variable_hit,
    ),
    Group(
        "endpoints",
        "Endpoints",
        _of_current(Endpoint),
        ("path",),
        ("description",),
        _endpoint_hit,
    ),
    Group(
        "runbooks",
        "Runbooks",
        lambda: Runbook.objects.all(),
        ("name",),
        ("category", "steps"),
        _runbook_hit,
    ),
    Group(
        "plans",
        "Migration plans",
        lambda: MigrationPlan.objects.all(),
        ("name",),
        ("description", "rollback_plan"),
        _plan_hit,
    ),
)
