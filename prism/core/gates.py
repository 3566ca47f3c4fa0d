"""What stands between log-in and a page: a readable address, the second factor, the note of a denial."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect

from prism.core import audit
from prism.core.access import AccessDenied, Actor
from prism.core.second_factor import SESSION_FLAG, is_required_for

# What works before the second factor is set up: setting it up, and leaving.
OPEN_URL_NAMES = frozenset({"second-factor", "account-log-out", "account-log-in"})


class AddressGate:
    """Knows no page at an address with NUL in it, which PostgreSQL would refuse as the name of anything."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer the request."""
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: object, args: object, kwargs: object
    ) -> None:
        """Raise Http404 before a view looks for the name."""
        if "\0" in request.path:
            raise Http404("There is nothing of this name.")


class SecondFactorGate:
    """Sends whoever needs a second factor and has not proved it to the page that sets it up."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer the request."""
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: object, args: object, kwargs: object
    ) -> HttpResponseBase | None:
        """Let through pages that need no log-in, and people who proved it or need not."""
        if request.resolver_match and request.resolver_match.url_name in OPEN_URL_NAMES:
            return None
        if not is_required_for(request.user) or request.session.get(SESSION_FLAG):
            return None
        if "application/json" in request.headers.get("Accept", ""):
            raise PermissionDenied("a second factor is required")
        return redirect("second-factor")


class DenialMiddleware:
    """Writes every refused action of a known actor to the audit trail."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer the request."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> None:
        """Note a denial; the error page answers it."""
        if isinstance(exception, PermissionDenied) and request.user.is_authenticated:
            record_denial(request, exception, request.user)


def record_denial(request: HttpRequest, denial: PermissionDenied, actor: Actor) -> None:
    """Write one denial down: who wanted which action at which address."""
    details: dict[str, Any] = {"method": request.method}
    if isinstance(denial, AccessDenied):
        details["action"] = denial.action
    audit.record("permission.denied", actor=actor, target=request.path, details=details)
