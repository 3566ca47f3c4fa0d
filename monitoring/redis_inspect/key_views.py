"""The pages of keys: the list, and one key, whose value is revealed by a POST with a reason."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from monitoring.redis_inspect.instances import NoAddress
from monitoring.redis_inspect.key_actions import NoReason, ValueIsSecret, look_at_key, reveal_value
from monitoring.redis_inspect.keys_page import (
    UNDECLARED,
    find_one_key,
    load_keys_page,
    ttl_words,
)
from monitoring.redis_inspect.models import RedisInstance
from monitoring.redis_inspect.scan_pages import read_place
from monitoring.redis_inspect.server_page import key_access
from monitoring.redis_inspect.server_views import find_instance
from monitoring.redis_inspect.write_switch import may_write
from prism.core.access import console_view, is_allowed
from prism.core.redis import NoPermissionError, RedisError


@require_safe
@console_view("redis.browse")
@never_cache
def keys(request: HttpRequest, name: str) -> HttpResponse:
    """List keys; `?namespace=` a pattern or `undeclared`, `?at=` where to go on."""
    instance = find_instance(name)
    access = key_access()
    asked = request.GET.get("namespace", "")
    context = {
        "instance": instance,
        "tab": "keys",
        "namespaces": access.namespaces,
        "asked": asked,
        "undeclared": UNDECLARED,
        "at": request.GET.get("at", ""),
        "may_write": may_write(request.user),
    }
    try:
        place = read_place(request.GET.get("at", ""))
        context["page"] = load_keys_page(
            instance, access, asked=asked, place=place, now=timezone.now()
        )
    except NoPermissionError:
        context["error"] = "SCAN is not permitted to this user"
    except (NoAddress, RedisError, ValueError) as error:
        context["error"] = str(error)
    return render(request, "redis/keys.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@console_view("redis.browse")
@never_cache
def key(request: HttpRequest, name: str, reference: str) -> HttpResponse:
    """Show one key without its value; a POST with a reason shows a page of the value too."""
    instance = find_instance(name)
    context = {
        "instance": instance,
        "tab": "keys",
        "reference": reference,
        "may_read": is_allowed(request.user, "redis.read_value"),
        "reason": request.POST.get("reason", ""),
    }
    try:
        _fill(request, instance, reference, context)
    except NoPermissionError:
        context["error"] = "this user may not look at keys"
    except (NoAddress, RedisError, ValueError) as error:
        context["error"] = str(error)
    return render(request, "redis/key.html", context)


def _fill(
    request: HttpRequest, instance: RedisInstance, reference: str, context: dict[str, object]
) -> None:
    """Put the key into the context, and what a POST reveals."""
    now, access = timezone.now(), key_access()
    found = find_one_key(instance, access, reference)
    if found is None:
        raise Http404
    context["access"] = found.access
    try:
        if request.method != "POST":
            described = look_at_key(instance, found.node, found.key, now=now)
        else:
            described, context["revealed"] = reveal_value(
                actor=request.user,
                instance=instance,
                node=found.node,
                key=found.key,
                access=access,
                reason=request.POST.get("reason", ""),
                place=request.POST.get("place", ""),
                now=now,
            )
    except (NoReason, ValueIsSecret) as refused:
        context["no_reason"] = isinstance(refused, NoReason)
        described = look_at_key(instance, found.node, found.key, now=now)
    context |= {
        "described": described,
        "ttl": ttl_words(described.ttl_ms),
        "address": found.node.address,
    }
