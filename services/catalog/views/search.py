"""The search page, and its results alone for looking while somebody types."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from prism.core.access import console_view
from services.catalog.search import GROUPS, QUERY_LENGTH, search_catalog


@require_safe
@console_view("catalog.view")
def search(request: HttpRequest) -> HttpResponse:
    """Show what matches `?q=`, in every group or in `?in=` one; `?part=results` leaves the page off."""
    asked = request.GET.get("q", "").strip()
    only = request.GET.get("in", "")
    if only not in {group.id for group in GROUPS}:
        only = ""
    found = search_catalog(asked, only=only)
    context = {
        "asked": asked[:QUERY_LENGTH],
        "only": only,
        "found": found,
        "total": sum(results.total for results in found),
        "query_length": QUERY_LENGTH,
    }
    part = request.GET.get("part") == "results"
    return render(request, "catalog/_results.html" if part else "catalog/search.html", context)
