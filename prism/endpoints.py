"""The console's own health, version and readiness, for platforms and probes."""

from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse

from prism.version import VERSION


def health(request: HttpRequest) -> JsonResponse:
    """Say that the process answers; touches no database and no Redis."""
    return JsonResponse({"status": "ok"})


def version(request: HttpRequest) -> JsonResponse:
    """Say which version runs."""
    return JsonResponse({"version": VERSION})


def ready(request: HttpRequest) -> JsonResponse:
    """Say whether pages can be served: 200 when the database answers, else 503. One query."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return JsonResponse({"status": "unavailable", "database": "down"}, status=503)
    return JsonResponse({"status": "ok"})
