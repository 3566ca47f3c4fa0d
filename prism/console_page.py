"""The page about the console itself."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from prism.console_state import load_console_state
from prism.core.access import console_view


@require_safe
@console_view("metrics.view")
def console_page(request: HttpRequest) -> HttpResponse:
    """Show workers, steps, probing, events, notifications and versions as they are now."""
    return render(request, "console_state.html", {"state": load_console_state(timezone.now())})
