"""Tells every page whether it can be woken up: without Redis it is as fresh as its last reload."""

from django.http import HttpRequest

from prism.core.redis import server_state


def live_updates(request: HttpRequest) -> dict[str, bool]:
    """Give every template `live_updates_are_paused`; asks nobody, the breaker knows."""
    return {"live_updates_are_paused": not server_state().is_answering}
