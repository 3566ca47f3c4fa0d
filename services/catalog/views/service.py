"""The page of one service."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from prism.core.access import console_view, is_allowed
from services.catalog.dossier import load_dossier
from services.catalog.graph import load_graph
from services.catalog.models import Service


@require_safe
@console_view("catalog.view")
def service(request: HttpRequest, name: str) -> HttpResponse:
    """Show everything about a service; a former name or another spelling leads to its page."""
    found = Service.objects.for_page().filter(name=name).first()
    if found is None:
        known = load_graph().names.find(name)
        if known is None:
            raise Http404(f"There is no service called {name}.")
        return redirect("service", known)
    context = {"dossier": load_dossier(found, timezone.now()), "service": found}
    return render(request, "catalog/service.html", context | _rights(request))


def _rights(request: HttpRequest) -> dict[str, bool]:
    return {"may_edit": is_allowed(request.user, "catalog.edit")}
