"""The pages of what went wrong: a request id to quote, and no detail of the inside."""

import sys
from http import HTTPStatus

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string

from prism.core.request_context import request_id

RETRY_AFTER_S = 5

WORDS = {
    400: ("This request makes no sense", "Something in it is malformed. Go back and try again."),
    403: (
        "You may not do this",
        "Your role does not allow it. An administrator can give you another role.",
    ),
    404: ("There is nothing here", "The address is wrong, or what it showed is gone."),
    500: ("Something broke", "It is not your fault, and it has been written to the log."),
    503: (
        "The database does not answer",
        "Nothing was saved. Try again in a few seconds; the health page of the console says more.",
    ),
    507: (
        "The disk is full",
        "Nothing was saved. Pages can be read again at once, and edited when there is space.",
    ),
}


def problem(request: HttpRequest, status: int, detail: str = "", **extra: object) -> HttpResponse:
    """Answer with a problem document (RFC 9457) whose `instance` is the request id."""
    body = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail or WORDS.get(status, ("", ""))[0],
        "instance": f"urn:uuid:{request_id(request)}",
        **extra,
    }
    return JsonResponse(body, status=status, content_type="application/problem+json")


def error_page(request: HttpRequest, status: int) -> HttpResponse:
    """Answer a program with a problem document and a person with a page; touches no database."""
    if request.path.startswith("/api/") or "application/json" in request.headers.get("Accept", ""):
        response = problem(request, status)
    else:
        title, sentence = WORDS[status]
        context = {
            "status": status,
            "title": title,
            "sentence": sentence,
            "request_id": request_id(request),
        }
        response = HttpResponse(render_to_string("core/error.html", context), status=status)
    if status == 503:
        response["Retry-After"] = str(RETRY_AFTER_S)
    response["Cache-Control"] = "no-store"
    return response


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 400."""
    return error_page(request, 400)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 403."""
    return error_page(request, 403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form that did not come from one of our pages."""
    return error_page(request, 403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 404 without repeating the address."""
    return error_page(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 500, or 503 and 507 when the database is what failed."""
    return error_page(request, status_of(sys.exc_info()[1]))


def status_of(exception: BaseException | None) -> int:
    """Tell a database that is away (503) or full (507) from a fault of ours (500)."""
    if not isinstance(exception, OperationalError | InterfaceError):
        return 500
    return 507 if "disk is full" in str(exception) or "No space left" in str(exception) else 503
