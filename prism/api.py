"""The JSON API under /api/v1/: every room's routers, one way to say what went wrong, and its document."""

from collections.abc import Callable
from dataclasses import asdict
from functools import wraps
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response, patch_cache_control, set_response_etag
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from monitoring.alerts.api import router as incidents_router
from monitoring.events.api import router as events_router
from monitoring.events.canonical import EventRefused
from monitoring.health.api import router as health_router
from monitoring.redis_inspect.api import router as redis_router
from prism.core.api_access import may
from prism.core.api_pages import CursorInvalid
from prism.core.gates import record_denial
from prism.errors import problem
from prism.openapi import with_every_answer
from prism.version import VERSION
from services.catalog.api import router as catalog_router
from services.manifest.actions import (
    AlreadyReverted,
    CatalogMoved,
    ChangeSetUnknown,
    HostnameTaken,
    PruneRefused,
    RevertConflict,
)
from services.manifest.api import RevisionMissing
from services.manifest.api import router as manifest_router
from services.manifest.problems import ManifestInvalid


class ConsoleAPI(NinjaAPI):
    """The API, whose document tells of every answer."""

    def get_openapi_schema(self, **settings: Any) -> Any:
        """Give the OpenAPI document; `x-action` is the scope that a token needs."""
        schema = with_every_answer(super().get_openapi_schema(**settings), prefix=PREFIX)
        for path, operations in schema["paths"].items():
            for method, operation in operations.items():
                operation["x-action"] = self.action_of(path.removeprefix(PREFIX), method)
        return schema

    def action_of(self, path: str, method: str) -> str:
        """Name the action that guards an operation."""
        for _, router in self._routers:
            view = router.path_operations.get(f"/{path}")
            for operation in view.operations if view else ():
                if method.upper() in operation.methods:
                    return str(operation.auth_callbacks[0].action)  # type: ignore[attr-defined]
        raise LookupError(path)


PREFIX = "/api/v1/"
api = ConsoleAPI(
    title="Prism console",
    version=VERSION,
    description="What the platform runs. Tokens are made in the console, under Tokens.",
    docs_url=None,  # its page loads scripts from elsewhere
    openapi_url=None,  # served below, behind the same door as everything else
    urls_namespace="api",
)

View = Callable[..., HttpResponse]


def with_etag(view: View) -> View:
    """Answer 304 to whoever has the same body already; runs outside of the access check."""

    @wraps(view)
    def conditional(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        patch_cache_control(response, private=True, no_cache=True)
        if request.method not in ("GET", "HEAD") or response.status_code != 200:
            return response
        set_response_etag(response)
        return (
            get_conditional_response(request, etag=response["ETag"], response=response) or response
        )

    return conditional


api.add_decorator(with_etag, mode="view")
api.add_router("", catalog_router)
api.add_router("", manifest_router)
api.add_router("", events_router)
api.add_router("", health_router)
api.add_router("", incidents_router)
api.add_router("", redis_router)


@api.get("/openapi.json", auth=may("catalog.view"), include_in_schema=False)
def openapi(request: HttpRequest) -> Any:
    """Describe this API in OpenAPI."""
    return api.get_openapi_schema()


@api.exception_handler(AuthenticationError)
def not_authenticated(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    """Say how to authenticate; the same for no token and for a wrong one."""
    response = problem(request, 401, "Send a token: Authorization: Bearer prism_...")
    response["WWW-Authenticate"] = 'Bearer realm="prism"'
    return response


@api.exception_handler(PermissionDenied)
def not_allowed(request: HttpRequest, error: PermissionDenied) -> HttpResponse:
    """Refuse, and write it down."""
    record_denial(request, error, getattr(request, "principal", None))
    return problem(request, 403, str(error))


@api.exception_handler(Http404)
def not_found(request: HttpRequest, error: Http404) -> HttpResponse:
    """Say that there is nothing, without saying what was looked for."""
    return problem(request, 404)


@api.exception_handler(ValidationError)
def not_valid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """Name every wrong field; what was sent is not repeated."""
    errors = [
        {"field": ".".join(str(part) for part in entry["loc"]), "message": entry["msg"]}
        for entry in error.errors
    ]
    return problem(request, 422, "The request is not valid.", errors=errors)


@api.exception_handler(CursorInvalid)
def no_such_cursor(request: HttpRequest, error: CursorInvalid) -> HttpResponse:
    """Refuse a cursor that we did not give out."""
    errors = [{"field": "query.cursor", "message": "use the next_cursor of the page before"}]
    return problem(request, 422, "The request is not valid.", errors=errors)


@api.exception_handler(EventRefused)
def no_event(request: HttpRequest, error: EventRefused) -> HttpResponse:
    """Name the field of an event that is wrong."""
    errors = [{"field": error.field, "message": error.reason}]
    return problem(request, 422, "The event is not valid.", errors=errors)


@api.exception_handler(ManifestInvalid)
def no_manifest(request: HttpRequest, error: ManifestInvalid) -> HttpResponse:
    """Name every problem of a manifest with its place."""
    errors = [asdict(one) for one in error.problems]
    return problem(request, 422, "The manifest is not valid. Nothing was changed.", errors=errors)


def in_the_way(request: HttpRequest, error: Exception | type[Exception]) -> HttpResponse:
    """Say what stands in the way of a change; nothing was written."""
    kind = error if isinstance(error, type) else type(error)
    return problem(request, STATUS_OF[kind], str(error))


STATUS_OF: dict[type[Exception], int] = {
    AlreadyReverted: 409,
    ChangeSetUnknown: 404,
    HostnameTaken: 409,
    PruneRefused: 409,
    RevertConflict: 409,
    CatalogMoved: 412,
    RevisionMissing: 428,
}
for refusal in STATUS_OF:
    api.add_exception_handler(refusal, in_the_way)


@api.exception_handler(HttpError)
def other_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    """Answer what the library refused by itself, a body that is no JSON for one."""
    return problem(request, error.status_code, HTTPStatus(error.status_code).phrase)
