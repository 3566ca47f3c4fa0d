"""The request that is being answered: its id, and where it came from, for the audit and the logs."""

import hashlib
import uuid
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponseBase

from prism.core.client_address import client_address

_current: ContextVar[HttpRequest | None] = ContextVar("prism_current_request", default=None)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an action came from; all empty outside of a request."""

    address: str = ""
    session: str = ""
    request_id: str = ""


def request_id(request: HttpRequest) -> str:
    """Give the id that the response, the log lines and the audit entries of this request share."""
    known: str | None = getattr(request, "prism_request_id", None)
    if known is None:
        known = uuid.uuid4().hex
        request.prism_request_id = known  # type: ignore[attr-defined]
    return known


def current_request_id() -> str:
    """Give the id of the request in hand, empty outside of one."""
    request = _current.get()
    return "" if request is None else request_id(request)


def current_origin() -> Origin:
    """Tell where the request in hand came from. The session is a fingerprint, never its key."""
    request = _current.get()
    if request is None:
        return Origin()
    session_key = getattr(getattr(request, "session", None), "session_key", None)
    fingerprint = hashlib.sha256(session_key.encode()).hexdigest()[:16] if session_key else ""
    return Origin(client_address(request), fingerprint, request_id(request))


class RequestContextMiddleware:
    """Gives every request an id, sends it back as `X-Request-Id`, and remembers the request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer the request with its id in reach of everything below."""
        token = _current.set(request)
        try:
            response = self.get_response(request)
        finally:
            _current.reset(token)
        response["X-Request-Id"] = request_id(request)
        return response
