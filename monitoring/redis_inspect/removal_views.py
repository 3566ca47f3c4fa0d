"""The pages of guarded deletes: plan, read the plan, type the namespace."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from monitoring.redis_inspect.instances import NoAddress
from monitoring.redis_inspect.models import (
    RedisRemoval,
    RemovalChoice,
    RemovalKind,
    RemovalStatus,
)
from monitoring.redis_inspect.removal_actions import RemovalRefused, carry_out, plan_removal
from monitoring.redis_inspect.server_page import key_access
from monitoring.redis_inspect.server_views import find_instance
from monitoring.redis_inspect.write_switch import is_on
from prism.core.access import console_view, logged_in_person
from prism.core.redis import RedisError


@require_http_methods(["GET", "HEAD", "POST"])
@console_view("redis.write")
def new_removal(request: HttpRequest, name: str) -> HttpResponse:
    """Ask what to do with which keys; a POST counts them and leads to the plan."""
    instance = find_instance(name)
    access, error = key_access(), ""
    asked = request.POST if request.method == "POST" else request.GET
    if request.method == "POST":
        person = logged_in_person(request)
        try:
            plan = plan_removal(
                actor=person,
                actor_name=person.get_username(),
                instance=instance,
                access=access,
                pattern=asked.get("namespace", ""),
                kind=asked.get("kind", ""),
                choice=asked.get("choice", ""),
                ttl_s=int(text) if (text := asked.get("ttl_s", "")).isdecimal() else None,
                reason=asked.get("reason", ""),
                now=timezone.now(),
            )
            return redirect("redis-removal", instance.name, plan.pk)
        except (RemovalRefused, NoAddress, RedisError, ValueError) as problem:
            error = str(problem)
    context = {
        "instance": instance,
        "tab": "keys",
        "is_on": is_on(),
        "error": error,
        "asked": asked,
        "namespaces": [one for one in access.namespaces if one.prefix],
        "kinds": RemovalKind.choices,
        "choices": RemovalChoice.choices,
    }
    return render(request, "redis/removal_new.html", context, status=400 if error else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@console_view("redis.write")
def removal(request: HttpRequest, name: str, pk: int) -> HttpResponse:
    """Show a plan; a POST with the typed namespace carries it out."""
    instance = find_instance(name)
    plan = get_object_or_404(RedisRemoval.objects.select_related("instance"), pk=pk)
    if plan.instance_id != instance.pk:
        raise Http404
    error = ""
    if request.method == "POST":
        try:
            carry_out(
                actor=logged_in_person(request),
                plan=plan,
                access=key_access(),
                typed=request.POST.get("typed", ""),
                now=timezone.now(),
            )
            messages.success(request, f"{plan.changed_keys} keys: {plan.get_status_display()}.")
            return redirect("redis-removal", instance.name, plan.pk)
        except RemovalRefused as problem:
            error = str(problem)
    context = {
        "instance": instance,
        "tab": "keys",
        "plan": plan,
        "error": error,
        "is_on": is_on(),
        "is_open": plan.status == RemovalStatus.PLANNED,
    }
    return render(request, "redis/removal.html", context, status=400 if error else 200)
