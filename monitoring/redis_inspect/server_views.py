"""The pages of the servers: all of them, one, and what its user may do."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from monitoring.redis_inspect.history import WINDOWS
from monitoring.redis_inspect.instances import sync_instances
from monitoring.redis_inspect.models import OWN, RedisInstance
from monitoring.redis_inspect.permissions_page import load_permissions
from monitoring.redis_inspect.server_page import load_server_page
from monitoring.redis_inspect.servers_page import load_servers
from prism.core.access import console_view, is_allowed


def find_instance(name: str) -> RedisInstance:
    """Give an instance that is there now, or raise Http404; a new console's own is made at once."""
    found = RedisInstance.objects.current().filter(name=name).first()
    if found is None and name == OWN:
        sync_instances(timezone.now())
        found = RedisInstance.objects.current().filter(name=name).first()
    if found is None:
        raise Http404
    return found


@require_safe
@console_view("redis.view")
def servers(request: HttpRequest) -> HttpResponse:
    """List the instances."""
    return render(request, "redis/servers.html", {"rows": load_servers(timezone.now())})


@require_safe
@console_view("redis.view")
def server(request: HttpRequest, name: str) -> HttpResponse:
    """Show one instance; `?span=` 1h, 24h or 30d, `?node=` one server of a cluster."""
    asked = request.GET.get("span", "")
    window = next((one for one in WINDOWS if one.name == asked), WINDOWS[0])
    page = load_server_page(
        find_instance(name),
        window=window,
        chosen=request.GET.get("node", ""),
        now=timezone.now(),
    )
    context = {
        "instance": page.instance,
        "page": page,
        "window": window,
        "windows": WINDOWS,
        "tab": "server",
        # who talks to it and with which keys is for those who may look at keys
        "may_browse": is_allowed(request.user, "redis.browse"),
    }
    return render(request, "redis/server.html", context)


@require_safe
@console_view("redis.view")
def permissions(request: HttpRequest, name: str) -> HttpResponse:
    """Show the least a user needs on this server, and what the one that we have may do."""
    page = load_permissions(find_instance(name), now=timezone.now())
    context = {"instance": page.instance, "page": page, "tab": "permissions"}
    return render(request, "redis/permissions.html", context)
