"""The pages of the room: the matrix with its export, one service's environment, and the references."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from prism.core.access import console_view, is_allowed
from services.catalog.models import Project, Service
from services.catalog.names import Level
from services.variables.export import as_csv, as_json
from services.variables.known import load_resolution
from services.variables.matrix import EXPORT_ROWS, PAGE_ROWS, load_all, load_page
from services.variables.matrix_rows import Filters
from services.variables.rings import deploy_order
from services.variables.service_environment import load_service_environment

EXPORT_FORMATS = {"csv": (as_csv, "text/csv"), "json": (as_json, "application/json")}
USES_SHOWN = 500
MAX_PAGE = 100_000


@require_safe
@console_view("catalog.view")
def matrix(request: HttpRequest) -> HttpResponse:
    """Show variables by environments, what is required and missing first; the address filters."""
    filters, page = _filters(request), _page(request)
    environment = request.GET.get("environment", "")
    found = load_page(filters, page=page, environment=environment, now=timezone.now())
    count = found.failing if filters.only_failing else found.total
    query = request.GET.copy()
    query.pop("page", None)
    context = {
        "matrix": found,
        "filters": filters,
        "environment": environment,
        "levels": [level.value for level in Level],
        "projects": Project.objects.current().order_by("name").values_list("name", flat=True),
        "query": query.urlencode(),
        "is_filtered": any(request.GET.get(name) for name in _NAMES),
        "page": page,
        "pages": -(-count // PAGE_ROWS),
        "previous": page - 1,
        "next": page + 1 if page * PAGE_ROWS < count else 0,
        "may_observe": is_allowed(request.user, "variables.observe"),
    }
    return render(request, "variables/matrix.html", context)


@require_safe
@console_view("catalog.view")
def export(request: HttpRequest) -> HttpResponse:
    """Send the filtered matrix as a file; one that is too long is refused, never cut off."""
    name = request.GET.get("format", "csv")
    if name not in EXPORT_FORMATS:
        return HttpResponse("format must be csv or json\n", status=400, content_type="text/plain")
    filters, environment = _filters(request), request.GET.get("environment", "")
    found = load_all(filters, environment=environment, now=timezone.now())
    if found.total > EXPORT_ROWS:
        text = f"{found.total} variables are too many for one file of {EXPORT_ROWS}; filter them\n"
        return HttpResponse(text, status=400, content_type="text/plain")
    write, content_type = EXPORT_FORMATS[name]
    response = HttpResponse(write(found), content_type=f"{content_type}; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="prism-variables.{name}"'
    return response


@require_safe
@console_view("catalog.view")
def service_environment(request: HttpRequest, name: str) -> HttpResponse:
    """Show the effective environment of a service in `?environment=`, and who uses what it offers."""
    service = Service.objects.select_related("project").filter(name=name).first()
    if service is None:
        raise Http404(f"There is no service called {name}.")
    asked = request.GET.get("environment", "")
    context = {
        "service": service,
        "found": load_service_environment(service, asked, timezone.now()),
        "may_edit": is_allowed(request.user, "catalog.edit"),
        "may_observe": is_allowed(request.user, "variables.observe"),
    }
    return render(request, "variables/service.html", context)


@require_safe
@console_view("catalog.view")
def references(request: HttpRequest) -> HttpResponse:
    """Show which references lead nowhere, which lead in a circle, and the order of a deployment."""
    resolution = load_resolution()
    services = Service.objects.current().order_by("name").values_list("name", flat=True)
    pairs = list(resolution.needs_between_services())
    named = {name for pair in pairs for name in pair}
    context: dict[str, Any] = {
        "unresolved": resolution.unresolved[:USES_SHOWN],
        "rings": [[*ring, ring[0]] for ring in resolution.rings],
        "uses": resolution.uses[:USES_SHOWN],
        "uses_count": len(resolution.uses),
        "order": deploy_order([name for name in services if name in named], pairs),
        "alone": sum(name not in named for name in services),
    }
    return render(request, "variables/references.html", context)


_NAMES = ("service", "project", "name", "level", "environment", "show")


def _filters(request: HttpRequest) -> Filters:
    asked = {name: request.GET.get(name, "").strip()[:200] for name in _NAMES}
    return Filters(
        service=asked["service"].replace("\0", ""),
        project=asked["project"].replace("\0", ""),
        name=asked["name"].replace("\0", ""),
        level=asked["level"] if asked["level"] in {level.value for level in Level} else "",
        only_failing=asked["show"] == "failing",
    )


def _page(request: HttpRequest) -> int:
    text = request.GET.get("page", "1")
    number = int(text) if text.isascii() and text.isdecimal() and len(text) < 8 else 1
    return min(max(1, number), MAX_PAGE)
