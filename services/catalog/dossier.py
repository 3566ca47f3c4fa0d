"""Everything about one service, read together for its page."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import CharField, F, Value

from services.catalog.attention import (
    WITHOUT_DOMAIN,
    Claim,
    Facts,
    ProjectFacts,
    ServiceFacts,
    variable_facts,
)
from services.catalog.checks import Asked, Result
from services.catalog.deployment_checks import DeploymentFacts, is_on_railway
from services.catalog.facts import Fact, Panel, deployment_facts, panels_of, service_facts
from services.catalog.graph import load_graph
from services.catalog.history import Touched, load_history
from services.catalog.impact import Impact, impact_of
from services.catalog.inspection import inspect
from services.catalog.mentions import mentions_any
from services.catalog.models import (
    DeploymentSettings,
    Domain,
    Endpoint,
    Route,
    Service,
    SharedVariable,
    Variable,
)
from services.catalog.names import Level
from services.catalog.needs import Declared, Graph, Need
from services.catalog.procedures import PlanName, RunbookSteps, load_procedures
from services.catalog.records import KINDS

_LEVELS = tuple(level.value for level in Level)
_DEFINITION = ("name", *(field.name for field in KINDS["variable"].fields))


@dataclass(frozen=True, slots=True)
class Answer:
    """One path that a service answers on: an endpoint with its method, or a route without one."""

    path: str
    method: str
    text: str
    type: str
    status: str


@dataclass(frozen=True, slots=True)
class Dossier:
    """One service with all that belongs to it; `derived` are needs that nobody declared."""

    service: Service
    results: Sequence[Result]
    facts: Sequence[Fact]
    deployment: Sequence[Fact]
    panels: Sequence[Panel]
    domains: Sequence[Domain]
    answers: Sequence[Answer]
    variables: Sequence[Variable]
    inherited: Sequence[SharedVariable]
    declared: Sequence[Declared]
    derived: Sequence[Need]
    impact: Impact
    runbooks: Sequence[RunbookSteps]
    plans: Sequence[PlanName]
    history: Sequence[Touched]

    @property
    def has_place_for_domains(self) -> bool:
        """Whether its kind is one that is reached by a host name, or it has one all the same."""
        return bool(self.domains) or self.service.kind not in WITHOUT_DOMAIN


def load_dossier(service: Service, now: datetime) -> Dossier:
    """Read everything about a service that `for_page` loaded. Eight queries at any size.

    An archived service is in no graph: its needs and its impact are empty.
    """
    graph = load_graph()
    domains = list(Domain.objects.for_service_page(service))
    variables, inherited = _load_variables(service)
    answers = _load_answers(service)
    declared = graph.declared_by.get(service.name, [])
    runbooks, plans = load_procedures(_mentions(service, domains))
    return Dossier(
        service=service,
        results=_check(service, domains, variables, _has_health(answers), graph, now),
        facts=service_facts(service),
        deployment=deployment_facts(getattr(service, "deployment", None)),
        panels=panels_of(service),
        domains=domains,
        answers=answers,
        variables=variables,
        inherited=inherited,
        declared=declared,
        derived=[need for need in graph.needs_of.get(service.name, ()) if need.is_derived],
        impact=impact_of(graph, service.name),
        runbooks=runbooks,
        plans=plans,
        history=load_history("service", [service.name, *service.aliases]),
    )


def _load_variables(service: Service) -> tuple[list[Variable], list[SharedVariable]]:
    """Give the service's own definitions, and those of its project that it says nothing of.

    What it cannot start without comes first. One query: the rows are saved nowhere.
    """
    own = Variable.objects.filter(service=service).annotate(of=Value("service"))
    shared = SharedVariable.objects.filter(project=service.project_id)
    rows = own.values("of", *_DEFINITION).union(
        shared.annotate(of=Value("project")).values("of", *_DEFINITION), all=True
    )
    found: dict[str, list[dict[str, Any]]] = {"service": [], "project": []}
    for row in sorted(rows, key=lambda row: (_LEVELS.index(row["level"]), row["name"])):
        found[row.pop("of")].append(row)
    names = {row["name"] for row in found["service"]}
    return (
        [Variable(service=service, **row) for row in found["service"]],
        [SharedVariable(**row) for row in found["project"] if row["name"] not in names],
    )


def _load_answers(service: Service) -> list[Answer]:
    nothing = Value("", CharField())
    columns = ("path", "method", "description", "type", "status")
    endpoints = Endpoint.objects.filter(service=service).annotate(type=nothing, status=nothing)
    routes = Route.objects.filter(service=service).annotate(method=nothing, description=F("serves"))
    both = endpoints.values_list(*columns).union(routes.values_list(*columns), all=True)
    return [Answer(*row) for row in both.order_by("path", "method")]


def _has_health(answers: Iterable[Answer]) -> bool:
    return any(answer.method and "health" in answer.path.lower() for answer in answers)


def _mentions(service: Service, domains: Iterable[Domain]) -> Callable[[Iterable[str]], bool]:
    """Make the test whether texts speak of a service, its project or one of its host names."""
    names = (service.name, service.display_name, service.railway_service, service.project.name)
    return mentions_any([*names, *service.aliases, *(domain.hostname for domain in domains)])


def _check(
    service: Service,
    domains: Sequence[Domain],
    variables: Sequence[Variable],
    has_health_endpoint: bool,
    graph: Graph,
    now: datetime,
) -> list[Result]:
    """Run the checks of the home page for one service, and its project's target date."""
    if service.archived_at is not None:
        return []
    project, deployment = service.project, getattr(service, "deployment", None)
    told = deployment or DeploymentSettings()
    facts = Facts(
        services=[
            ServiceFacts(
                service.name,
                service.kind,
                service.status,
                is_owned=bool(service.owner or project.owner),
                has_domain=bool(domains),
                has_health_path=has_health_endpoint or bool(told.healthcheck_path),
                deployment=DeploymentFacts(
                    is_on_railway(told.platform, service.railway_service, project.railway_project),
                    service.framework,
                    told.root_directory,
                    tuple(told.watch_paths),
                    told.cron_schedule,
                    told.healthcheck_path,
                ),
                project=project.name,
            )
        ],
        projects=[ProjectFacts(project.name, project.status, project.target_date)],
        variables=[
            variable_facts(
                "service",
                *(service.name, variable.name, variable.level, variable.secret),
                *(variable.source, variable.generate),
                *(variable.value, variable.default, variable.example),
            )
            for variable in variables
        ],
        claims=[
            Claim(
                *(service.name, domain.hostname, domain.environment.name),
                *(domain.served_by, domain.position),
            )
            for domain in domains
            if domain.served_by
        ],
        dangling=[dangling for dangling in graph.dangling if dangling.service == service.name],
        deployment_state=None,
        today=now.date(),
    )
    return inspect(facts, Asked(now, service.name, service))
