"""The pages of health: the system, one service, deployments, a probe now, and the badge."""

import json

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from monitoring.health.actions import ask_soon, take_heartbeat
from monitoring.health.charts import badge as draw_badge
from monitoring.health.models import Deployment
from monitoring.health.own import SERVICES
from monitoring.health.probing_now import probe_service
from monitoring.health.service_page import WINDOWS, load_service_health
from monitoring.health.system import fingerprint, load_system
from monitoring.health.worst import worst_verdict
from prism.core.access import console_view, is_allowed, logged_in_person
from services.catalog.models import Service

DEPLOYMENT_ROWS = 200


@require_safe
@console_view("health.view")
def system(request: HttpRequest) -> HttpResponse:
    """Show the grid; `?part=grid` gives it alone, or 304 to whoever has it already."""
    now = timezone.now()
    only_problems = request.GET.get("show") == "problems"
    is_part = request.GET.get("part") == "grid"
    tag = f'{fingerprint(now)[:-1]}-{only_problems:d}"' if is_part else ""
    if is_part and request.headers.get("If-None-Match", "").removeprefix("W/") == tag:
        return HttpResponse(status=304, headers={"ETag": tag})
    context = {
        "system": load_system(now, only_problems=only_problems),
        "only_problems": only_problems,
        "now": now,
        "may_probe": is_allowed(request.user, "health.probe"),
    }
    if not is_part:
        return render(request, "health/system.html", context)
    response = render(request, "health/_grid.html", context)
    response["ETag"] = tag
    response["Cache-Control"] = "private, no-cache"
    return response


@require_safe
@console_view("health.view")
def service_health(request: HttpRequest, name: str) -> HttpResponse:
    """Show the health of one service; `?check=` chooses a check, `?span=` 24h, 30d or 90d."""
    service = Service.objects.filter(name=name).select_related("project").first()
    asked, check_id = request.GET.get("span", ""), request.GET.get("check", "")
    window = next((one for one in WINDOWS if one.name == asked), WINDOWS[0])
    health = load_service_health(
        name,
        window=window,
        check_id=int(check_id) if check_id.isdecimal() else None,
        now=timezone.now(),
    )
    if service is None and not health.cards:
        raise Http404
    chosen = health.chosen and health.chosen.state
    context = {
        "name": name,
        "service": service,
        "is_own": name in SERVICES.values(),
        "health": health,
        "windows": WINDOWS,
        "evidence": json.loads(chosen.evidence) if chosen and chosen.evidence else {},
        "may_probe": is_allowed(request.user, "health.probe"),
        "may_edit": is_allowed(request.user, "checks.edit"),
    }
    return render(request, "health/service.html", context)


@require_safe
@console_view("health.view")
def deployments(request: HttpRequest) -> HttpResponse:
    """Show what was deployed, newest first; `?service=` and `?environment=` choose some."""
    rows = Deployment.objects.for_page()
    chosen = {
        field: request.GET.get(name, "")
        for name, field in (("service", "subject"), ("environment", "environment"))
    }
    rows = rows.filter(**{field: value for field, value in chosen.items() if value})
    context = {"deployments": rows[:DEPLOYMENT_ROWS], "chosen": chosen}
    return render(request, "health/deployments.html", context)


@require_POST
@console_view("health.probe")
def probe_all(request: HttpRequest) -> HttpResponse:
    """Make every check due now; the workers do the rest."""
    count = ask_soon(actor=logged_in_person(request))
    messages.success(request, f"{count} checks are due now; a worker asks them within seconds.")
    return redirect("system")


@require_POST
@console_view("health.probe")
def probe_now(request: HttpRequest, name: str) -> HttpResponse:
    """Ask the checks of one service from here and show everything that was found; nothing is stored."""
    found = probe_service(name, actor=logged_in_person(request))
    if not found:
        raise Http404
    return render(request, "health/probe.html", {"name": name, "probes": found})


@require_safe
@console_view("health.view")
def badge(request: HttpRequest, name: str) -> HttpResponse:
    """Draw a badge of a service's verdict, in `?environment=` or everywhere."""
    verdict = worst_verdict(name, request.GET.get("environment", ""))
    if verdict is None:
        raise Http404
    response = HttpResponse(draw_badge(name, verdict, verdict), content_type="image/svg+xml")
    response["Cache-Control"] = "private, no-cache"
    return response


@csrf_exempt  # a script calls it; the key in the address is the secret
@require_POST
def heartbeat(request: HttpRequest, key: str) -> HttpResponse:
    """Take a service's sign of life."""
    if not take_heartbeat(key, now=timezone.now()):
        raise Http404
    return HttpResponse("ok\n", content_type="text/plain")
