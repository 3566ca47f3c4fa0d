"""The page of one project."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from prism.core.access import console_view, is_allowed
from services.catalog.facts import project_facts
from services.catalog.history import load_history
from services.catalog.models import Project, Service
from services.catalog.target_dates import is_overdue


@require_safe
@console_view("catalog.view")
def project(request: HttpRequest, name: str) -> HttpResponse:
    """Show a project, its services and what changed; a former name leads to its page."""
    found = Project.objects.filter(name=name).first()
    if found is None:
        known = Project.objects.current_name(name)
        if known is None:
            raise Http404(f"There is no project called {name}.")
        return redirect("project", known)
    context = {
        "project": found,
        "facts": project_facts(found),
        "services": Service.objects.of_project(found),
        "history": load_history("project", [found.name, *found.aliases]),
        "is_overdue": is_overdue(found.status, found.target_date, timezone.localdate()),
        "may_edit": is_allowed(request.user, "catalog.edit"),
    }
    return render(request, "catalog/project.html", context)
