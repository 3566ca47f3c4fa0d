"""Who is calling the JSON API: a token in the `Authorization` header, or somebody's browser session."""

from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.utils import timezone
from ninja.security import APIKeyCookie, HttpBearer
from ninja.security.base import AuthBase

from prism.core.access import authorize
from prism.core.tokens import Token, find_token


class BearerToken(HttpBearer):
    """Takes `Authorization: Bearer prism_...` and asks whether that token may do the action."""

    def __init__(self, action: str) -> None:
        super().__init__()
        self.action = action

    def authenticate(self, request: HttpRequest, token: str) -> Token | None:
        """Give the token as the principal; raises `AccessDenied` when its scopes do not reach."""
        principal = find_token(token, timezone.now())
        if principal is not None:
            request.principal = principal  # type: ignore[attr-defined]
            authorize(principal, self.action)
        return principal


class BrowserSession(APIKeyCookie):
    """Takes the session cookie, with Django's check against cross-site requests on every write."""

    param_name = settings.SESSION_COOKIE_NAME

    def __init__(self, action: str) -> None:
        super().__init__(csrf=True)
        self.action = action

    def __call__(self, request: HttpRequest) -> Any:
        """Step aside for a request that names a token: a bad token is not rescued by a cookie."""
        if "Authorization" in request.headers:
            return None
        return super().__call__(request)

    def authenticate(self, request: HttpRequest, key: str | None) -> User | None:
        """Give the logged-in person; raises `AccessDenied` when their roles do not reach."""
        if not isinstance(request.user, User):
            return None
        request.principal = request.user  # type: ignore[attr-defined]
        authorize(request.user, self.action)
        return request.user


def may(action: str) -> list[AuthBase]:
    """Guard one operation of the API: `@router.get("/services", auth=may("catalog.view"))`."""
    return [BearerToken(action), BrowserSession(action)]
