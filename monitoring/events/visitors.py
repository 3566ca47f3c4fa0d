"""Who is behind a socket: the session of its cookie, asked again while the socket is open."""

import http.cookies
from collections.abc import Iterable
from importlib import import_module

from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.auth.models import User
from django.http import HttpRequest

from monitoring.events.reads import in_thread
from prism.core.access import is_allowed
from prism.core.second_factor import SESSION_FLAG, is_required_for

NOT_LOGGED_IN, NOT_ALLOWED = 4401, 4403  # close codes


def session_key(headers: Iterable[tuple[bytes, bytes]]) -> str:
    """Read the session cookie of a handshake; empty when there is none that is readable."""
    text = "; ".join(value.decode("latin-1") for name, value in headers if name == b"cookie")
    try:
        cookies = http.cookies.SimpleCookie(text)
    except http.cookies.CookieError:
        return ""
    morsel = cookies.get(settings.SESSION_COOKIE_NAME)
    return morsel.value if morsel else ""


@in_thread
def refusals(keys: Iterable[str]) -> dict[str, int]:
    """Give the close code of every session that may not see events now; asks SQL for each."""
    found = {key: _refusal(key) for key in keys}
    return {key: code for key, code in found.items() if code}


def _refusal(key: str) -> int:
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(key or None)
    user = get_user(request)
    if not isinstance(user, User) or not user.is_active or not user.is_staff:
        return NOT_LOGGED_IN
    if is_required_for(user) and not request.session.get(SESSION_FLAG):
        return NOT_ALLOWED
    return 0 if is_allowed(user, "events.view") else NOT_ALLOWED
