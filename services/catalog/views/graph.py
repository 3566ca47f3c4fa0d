"""The dependency graph, and what breaks when a service stops."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from prism.core.access import console_view
from services.catalog.drawing import draw
from services.catalog.graph import load_graph
from services.catalog.impact import impact_of
from services.catalog.scope import of_project, of_service, whole_graph

TABLE_ROWS = 500


@require_safe
@console_view("catalog.view")
def graph(request: HttpRequest) -> HttpResponse:
    """Draw the whole graph, one `?project=`, or what surrounds the service `?focus=`."""
    whole = load_graph()
    asked, project = request.GET.get("focus", ""), request.GET.get("project", "")
    focus = whole.names.find(asked) if asked else None
    impact = impact_of(whole, focus) if focus else None
    if impact:
        scope = of_service(whole, impact)
    elif project:
        scope = of_project(whole, project)
    else:
        scope = whole_graph(whole)
    context = {
        "graph": whole,
        "scope": scope,
        "drawing": draw(whole, scope, impact) if scope.names else None,
        "impact": impact,
        "focus": whole.nodes[focus] if focus else None,
        "not_found": asked if asked and not focus else "",
        "project": project,
        "projects": sorted({node.project for node in whole.nodes.values()}),
        "derived_count": sum(need.is_derived for need in scope.needs),
        "table": scope.needs[:TABLE_ROWS],
        "table_more": max(0, len(scope.needs) - TABLE_ROWS),
        "alone": [whole.nodes[name] for name in scope.alone],
    }
    return render(request, "catalog/graph.html", context)
