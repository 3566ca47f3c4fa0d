"""The pages of alerts: incidents, rules, channels, maintenance, silences."""

import hashlib
import os
from datetime import datetime, timedelta

from django.contrib import messages
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from monitoring.alerts import actions
from monitoring.alerts.actions import NotPossible
from monitoring.alerts.incident_page import load_incident
from monitoring.alerts.models import (
    Channel,
    Delivery,
    EvaluationMark,
    Incident,
    Notification,
    Rule,
    Silence,
)
from monitoring.alerts.rules_page import load_rules
from monitoring.alerts.weeks import load_calendar
from prism.core.access import console_view, is_allowed, logged_in_person
from services.catalog.models import Service

RESOLVED_ROWS = 50
OPEN_ROWS = 200
DELIVERY_ROWS = 30
STALE_AFTER = timedelta(minutes=1)
SILENCE_HOURS = (1, 4, 12, 24, 72, 168)


@require_safe
@console_view("incidents.view")
def incidents(request: HttpRequest) -> HttpResponse:
    """Show what is open, then what is over; `?part=list` gives it alone, or 304 to whoever has it."""
    now = timezone.now()
    mark = EvaluationMark.objects.first()
    evaluated_at = mark.evaluated_at if mark else None
    open_incidents = list(
        Incident.objects.leading().select_related("assigned_to", "deployment")[: OPEN_ROWS + 1]
    )
    over = Incident.objects.filter(resolved_at__isnull=False).select_related("cause")
    context = {
        "open_incidents": open_incidents[:OPEN_ROWS],
        "has_more": len(open_incidents) > OPEN_ROWS,
        "resolved": over.order_by("-resolved_at", "-pk")[:RESOLVED_ROWS],
        "mark": mark,
        "is_stale": evaluated_at is None or now - evaluated_at > STALE_AFTER,
        "now": now,
    }
    if request.GET.get("part") != "list":
        return render(request, "alerts/incidents.html", context)
    response = render(request, "alerts/_incidents.html", context)
    tag = f'"{hashlib.sha256(response.content).hexdigest()[:32]}"'
    if request.headers.get("If-None-Match", "").removeprefix("W/") == tag:
        return HttpResponse(status=304, headers={"ETag": tag})
    response["ETag"] = tag
    response["Cache-Control"] = "private, no-cache"
    return response


@require_safe
@console_view("incidents.view")
def incident(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one incident with its timeline."""
    page = load_incident(pk, timezone.now())
    if page is None:
        raise Http404
    context = {
        "page": page,
        "incident": page.incident,
        "may_act": is_allowed(request.user, "incidents.acknowledge"),
        "may_silence": is_allowed(request.user, "alerts.edit"),
    }
    return render(request, "alerts/incident.html", context)


@require_POST
@console_view("incidents.acknowledge")
def act(request: HttpRequest, pk: int) -> HttpResponse:
    """Acknowledge, assign, note or resolve, as the button `do` says."""
    row, person, now = get_object_or_404(Incident, pk=pk), logged_in_person(request), timezone.now()
    text = request.POST.get("text", "")
    try:
        match request.POST.get("do"):
            case "acknowledge":
                actions.acknowledge(actor=person, incident=row, now=now)
            case "assign":
                username = request.POST.get("person", "")
                actions.assign(actor=person, incident=row, username=username, now=now)
            case "note":
                actions.add_note(actor=person, incident=row, text=text, now=now)
            case "resolve":
                actions.resolve(actor=person, incident=row, text=text, now=now)
    except NotPossible as error:
        messages.error(request, str(error))
    return redirect("incident", pk=pk)


@require_safe
@console_view("incidents.view")
def rules(request: HttpRequest) -> HttpResponse:
    """Show every rule, what it measures now and how often it would have fired."""
    page = load_rules(timezone.now())
    return render(
        request,
        "alerts/rules.html",
        {"page": page, "may_edit": is_allowed(request.user, "alerts.edit")},
    )


@require_safe
@console_view("channels.edit")
def channels(request: HttpRequest) -> HttpResponse:
    """Show where people are told, and whether that works."""
    waiting = Q(notifications__state__in=(Notification.State.GATHERING, Notification.State.READY))
    rows = list(
        Channel.objects.annotate(waiting=Count("notifications", filter=waiting)).order_by("name")
    )
    deliveries = Delivery.objects.select_related("notification__channel").order_by("-at", "-pk")
    context = {
        "channels": [
            (row, [(name, name in os.environ) for name in (row.url_variable, row.key_variable) if name])
            for row in rows
        ],
        "deliveries": deliveries[:DELIVERY_ROWS],
    }  # fmt: skip
    return render(request, "alerts/channels.html", context)


@require_POST
@console_view("channels.edit")
def test_channel(request: HttpRequest, pk: int) -> HttpResponse:
    """Queue a test message."""
    channel = get_object_or_404(Channel, pk=pk)
    actions.send_test(actor=logged_in_person(request), channel=channel, now=timezone.now())
    messages.success(request, f"A worker sends the test to {channel} within seconds; see below.")
    return redirect("alert-channels")


@require_safe
@console_view("incidents.view")
def maintenance(request: HttpRequest) -> HttpResponse:
    """Show the windows and their weeks; `?from=2026-11-23` chooses the first day."""
    now = timezone.now()
    context = {
        "calendar": load_calendar(now, _day(request.GET.get("from", ""))),
        "may_edit": is_allowed(request.user, "alerts.edit"),
        "now": now,
    }
    return render(request, "alerts/maintenance.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@console_view("incidents.view")
def silences(request: HttpRequest) -> HttpResponse:
    """Show the silences; a POST makes one."""
    now = timezone.now()
    if request.method == "POST":
        return _create_silence(request, now)
    rows = list(Silence.objects.for_page()[:100])
    context = {
        "in_force": [row for row in rows if row.ends_at > now],
        "over": [row for row in rows if row.ends_at <= now],
        "may_edit": is_allowed(request.user, "alerts.edit"),
        "rules": Rule.objects.order_by("name").values_list("name", flat=True)[:200],
        "services": Service.objects.current().order_by("name").values_list("name", flat=True)[:2000],
        "hours": SILENCE_HOURS,
        "asked": {name: request.GET.get(name, "") for name in ("service", "rule")},
    }  # fmt: skip
    return render(request, "alerts/silences.html", context)


def _create_silence(request: HttpRequest, now: datetime) -> HttpResponse:
    hours = request.POST.get("hours", "")
    length = timedelta(hours=int(hours)) if hours.isdecimal() and len(hours) < 4 else timedelta(0)
    try:
        actions.create_silence(
            actor=logged_in_person(request),
            reason=request.POST.get("reason", ""),
            service=request.POST.get("service", "").strip(),
            rule_name=request.POST.get("rule", ""),
            ends_at=now + length,
            now=now,
        )
    except NotPossible as error:
        messages.error(request, str(error))
    return redirect("silences")


@require_POST
@console_view("alerts.edit")
def end(request: HttpRequest, pk: int) -> HttpResponse:
    """End a silence now."""
    silence = get_object_or_404(Silence, pk=pk)
    actions.end_silence(actor=logged_in_person(request), silence=silence, now=timezone.now())
    return redirect("silences")


def _day(text: str) -> datetime | None:
    try:
        day = datetime.strptime(text, "%Y-%m-%d")  # noqa: DTZ007
    except ValueError:
        return None
    return timezone.make_aware(day) if 2000 < day.year < 3000 else None
