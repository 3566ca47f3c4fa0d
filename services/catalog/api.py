"""The catalog in the JSON API: projects and services, read only."""

from datetime import datetime
from typing import Any, Literal

from django.http import Http404, HttpRequest, HttpResponse
from ninja import Field, Query, Router, Schema

from prism.core.api_access import may
from prism.core.api_pages import NO_NUL, PageQuery, page_of
from prism.core.cache import cached_json_response
from services.catalog.models import Project, Service, Workspace

StatusWord = Literal["active", "development", "planned", "research"]

router = Router(tags=["catalog"])


class ProjectItem(Schema):
    """One project."""

    name: str
    description: str
    status: StatusWord
    phase: int | None
    target_date: str
    owner: str
    tags: list[str]
    repo: str
    archived_at: datetime | None


class ServiceItem(Schema):
    """One service in a list."""

    name: str
    display_name: str
    project: str
    kind: str
    status: StatusWord
    phase: int | None
    owner: str
    tags: list[str]
    repo: str
    archived_at: datetime | None
    domains: dict[str, list[str]] = Field(description="Host names by environment, primary first.")


class VariableItem(Schema):
    """The definition of one environment variable; values are nowhere in the console."""

    name: str
    level: str
    secret: bool
    description: str
    source: str


class DependencyItem(Schema):
    """What a service needs, under which alias."""

    role: str
    alias: str
    service: str
    version: str


class EndpointItem(Schema):
    """An address that answers a question."""

    method: str
    path: str
    description: str


class ServiceDocument(ServiceItem):
    """One service with its parts."""

    description: str
    aliases: list[str]
    endpoints: list[EndpointItem]
    variables: list[VariableItem]
    dependencies: list[DependencyItem]


class ProjectPage(Schema):
    """One page of projects."""

    items: list[ProjectItem]
    next_cursor: str | None


class ServicePage(Schema):
    """One page of services."""

    items: list[ServiceItem]
    next_cursor: str | None


class ServiceQuery(PageQuery):
    """Which services."""

    project: str = Field("", max_length=100, pattern=NO_NUL)
    kind: str = Field("", max_length=50, pattern=NO_NUL)
    status: StatusWord | Literal[""] = ""
    phase: int | None = Field(None, ge=1, le=3)


@router.get("/projects", auth=may("catalog.view"), response=ProjectPage)
def projects(request: HttpRequest, query: Query[PageQuery]) -> HttpResponse:
    """List the projects by name, without archived ones."""
    return _answer(
        "projects",
        query.dict(),
        lambda: page_of(Project.objects.current(), query, order_by="name", as_item=_project),
    )


@router.get("/projects/{name}", auth=may("catalog.view"), response=ProjectItem)
def project(request: HttpRequest, name: str) -> HttpResponse:
    """Give one project, an archived one too: `archived_at` says since when."""
    return _answer("project", {"name": name}, lambda: _project(_one(Project.objects.all(), name)))


@router.get("/services", auth=may("catalog.view"), response=ServicePage)
def services(request: HttpRequest, query: Query[ServiceQuery]) -> HttpResponse:
    """List the services by name, without archived ones and those of archived projects."""
    rows = _services().current().filter(project__archived_at=None)
    if query.project:
        rows = rows.filter(project__name=query.project)
    for field in ("kind", "status", "phase"):
        if wanted := getattr(query, field):
            rows = rows.filter(**{field: wanted})
    return _answer(
        "services",
        query.dict(),
        lambda: page_of(rows, query, order_by="name", as_item=_service),
    )


@router.get("/services/{name}", auth=may("catalog.view"), response=ServiceDocument)
def service(request: HttpRequest, name: str) -> HttpResponse:
    """Give one service with its endpoints, variable definitions and dependencies, archived or not."""
    rows = _services().prefetch_related("endpoints", "variables", "dependencies__target")
    return _answer("service", {"name": name}, lambda: _service_document(_one(rows, name)))


def _answer(endpoint: str, params: dict[str, Any], build: Any) -> HttpResponse:
    """Answer from the cache while the catalog has not moved; every role sees the same here."""
    revision = Workspace.objects.values_list("revision", flat=True).first() or 0
    return cached_json_response(endpoint=endpoint, params=params, revision=revision, build=build)


def _services() -> Any:
    return Service.objects.select_related("project").prefetch_related("domains__environment")


def _one(rows: Any, name: str) -> Any:
    found = None if "\x00" in name else rows.filter(name=name).first()
    if found is None:
        raise Http404
    return found


def _project(row: Project) -> dict[str, Any]:
    return {field: getattr(row, field) for field in ProjectItem.model_fields}


def _service(row: Service) -> dict[str, Any]:
    domains: dict[str, list[str]] = {}
    for domain in sorted(row.domains.all(), key=lambda domain: domain.position):
        domains.setdefault(domain.environment.name, []).append(domain.hostname)
    plain = ServiceItem.model_fields.keys() - {"project", "domains"}
    fields = {field: getattr(row, field) for field in plain}
    return fields | {"project": row.project.name, "domains": domains}


def _service_document(row: Service) -> dict[str, Any]:
    return _service(row) | {
        "description": row.description,
        "aliases": row.aliases,
        "endpoints": [_fields(endpoint, EndpointItem) for endpoint in row.endpoints.all()],
        "variables": [_fields(variable, VariableItem) for variable in row.variables.all()],
        "dependencies": [
            {
                "role": dependency.role,
                "alias": dependency.alias,
                "service": dependency.target.name,
                "version": dependency.version,
            }
            for dependency in row.dependencies.all()
        ],
    }


def _fields(row: object, schema: type[Schema]) -> dict[str, Any]:
    return {field: getattr(row, field) for field in schema.model_fields}
