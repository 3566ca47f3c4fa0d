"""Shows events in templates: the marks of severities, and the feed on a service's page."""

from typing import Any

from django import template

from monitoring.events.models import Event
from prism.core.access import is_allowed

register = template.Library()

FEED_ROWS = 10
# a symbol beside the colour: severity is never colour alone
MARKS = {"debug": ("i", "·"), "info": ("i", "●"), "warning": ("w", "▲"), "error": ("e", "■"),
         "critical": ("e", "✖")}  # fmt: skip


@register.filter
def severity_class(severity: str) -> str:
    """Give the class of a severity's mark."""
    return MARKS.get(severity, ("i", "?"))[0]


@register.filter
def severity_mark(severity: str) -> str:
    """Give the symbol of a severity."""
    return MARKS.get(severity, ("i", "?"))[1]


@register.inclusion_tag("events/_service_feed.html", takes_context=True)
def service_events(context: dict[str, Any], name: str) -> dict[str, Any]:
    """Show the newest events of a service to whoever may see events. One query."""
    user = getattr(context.get("request"), "user", None)
    if not is_allowed(user, "events.view"):
        return {"is_shown": False}
    rows = list(Event.objects.of_service(name).defer("payload")[:FEED_ROWS])
    return {"is_shown": True, "rows": rows, "name": name}
