"""Shows incidents in templates: on the home page, and as words everywhere."""

from datetime import datetime
from typing import Any

from django import template
from django.urls import reverse

from monitoring.alerts.models import Incident
from monitoring.alerts.rule_kinds import span
from prism.core.access import is_allowed

register = template.Library()

TABS = (
    ("Incidents", "incidents", "incidents.view"),
    ("Rules", "alert-rules", "incidents.view"),
    ("Channels", "alert-channels", "channels.edit"),
    ("Maintenance", "maintenance", "incidents.view"),
    ("Silences", "silences", "incidents.view"),
)
HOME_ROWS = 6
HOME_COUNTED = 100
SEVERITY_CHIPS = {"critical": "down", "warning": "degraded"}


@register.filter
def severity_chip(severity: str) -> str:
    """Give the chip's class of a severity."""
    return SEVERITY_CHIPS.get(severity, "unknown")


@register.simple_tag
def lasted(start: datetime, end: datetime) -> str:
    """Say how long it took from one moment to another."""
    return span((end - start).total_seconds())


@register.filter
def seconds(value: int) -> str:
    """Write a number of seconds in its biggest units."""
    return span(value)


@register.inclusion_tag("alerts/_tabs.html", takes_context=True)
def alert_tabs(context: dict[str, Any]) -> dict[str, Any]:
    """Lead from one page of alerts to the others that the reader may see. No query."""
    request = context["request"]
    tabs = [
        {"label": label, "url": reverse(name), "is_current": request.path == reverse(name)}
        for label, name, action in TABS
        if is_allowed(request.user, action)
    ]
    return {"tabs": tabs}


@register.inclusion_tag("alerts/_home.html", takes_context=True)
def open_incidents(context: dict[str, Any]) -> dict[str, Any]:
    """Lead the home page with what is open, for whoever may see incidents. One query."""
    user = getattr(context.get("request"), "user", None)
    if not is_allowed(user, "incidents.view"):
        return {"incidents": []}
    rows = list(Incident.objects.leading()[:HOME_COUNTED])
    return {"incidents": rows[:HOME_ROWS], "more": max(0, len(rows) - HOME_ROWS)}
