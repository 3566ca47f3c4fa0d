"""The roadmap: phases, target dates and migration plans."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from prism.core.access import console_view
from services.catalog.roadmap import load_roadmap


@require_safe
@console_view("catalog.view")
def roadmap(request: HttpRequest) -> HttpResponse:
    """Show where the platform stands and where it goes."""
    today = timezone.localdate()
    context = {"roadmap": load_roadmap(today), "today": today}
    return render(request, "catalog/roadmap.html", context)
