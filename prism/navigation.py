"""The navigation of the whole console: one table, shown in the sidebar of every page."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Value
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import SimpleLazyObject

from monitoring.alerts.models import Incident
from prism.core.access import actions_of
from services.catalog.models import Project, Service


@dataclass(frozen=True, slots=True)
class Entry:
    """One link: its words, the name of its URL, who sees it, and the key of its count if it has one.

    `also` are beginnings of other addresses that belong to the same entry; of an exact entry,
    what stands below its own address does not.
    """

    label: str
    url_name: str
    action: str
    count: str = ""
    also: tuple[str, ...] = ()
    is_exact: bool = False


# Rooms that are not built yet are not here; an entry whose URL is not there is left out.
NAVIGATION: tuple[tuple[str, tuple[Entry, ...]], ...] = (
    (
        "",
        (
            Entry("Home", "home", "catalog.view", is_exact=True),
            Entry("System", "system", "health.view"),
            Entry(
                "Incidents",
                "incidents",
                "incidents.view",
                count="incidents",
                also=(
                    "/alerts/",
                    "/admin/monitoring/rule/",
                    "/admin/monitoring/channel/",
                    "/admin/monitoring/maintenancewindow/",
                ),
            ),
        ),
    ),
    (
        "Catalog",
        (
            Entry(
                "Services",
                "admin:services_service_changelist",
                "catalog.view",
                count="services",
                also=("/services/",),
            ),
            Entry(
                "Projects",
                "admin:services_project_changelist",
                "catalog.view",
                count="projects",
                also=("/projects/",),
            ),
            Entry("Variables", "variables", "catalog.view"),
            Entry("Graph", "graph", "catalog.view"),
            Entry("Roadmap", "roadmap", "catalog.view"),
            Entry("Analyses", "analyses", "catalog.view"),
            Entry("Runbooks", "runbooks", "catalog.view", also=("/plans/", "/runs/")),
            Entry("Manifest", "manifest", "manifest.view"),
        ),
    ),
    (
        "Monitoring",
        (
            Entry("Events", "events", "events.view"),
            Entry("Deployments", "deployments", "health.view"),
            Entry("Checks", "admin:monitoring_check_changelist", "health.view"),
        ),
    ),
    (
        "Redis",
        (
            Entry(
                "Namespaces",
                "redis-own-namespaces",
                "redis.view",
                also=("/admin/services/redisnamespace/",),
            ),
            Entry("Scans", "redis-scans", "redis.view"),
            Entry("Servers", "redis-servers", "redis.view", also=("/redis/",)),
        ),
    ),
    (
        "Console",
        (
            Entry("Console", "console", "metrics.view"),
            Entry("Audit", "audit", "audit.view"),
            Entry("People", "admin:auth_user_changelist", "people.view"),
            Entry("Tokens", "admin:core_token_changelist", "tokens.manage"),
            Entry("API", "api-docs", "catalog.view"),
            Entry(
                "All records",
                "admin:index",
                "catalog.view",
                also=("/admin/services/", "/admin/core/"),
                is_exact=True,
            ),
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Link:
    """One link as it is shown."""

    label: str
    url: str
    is_current: bool
    count: int | None


def navigation(request: HttpRequest) -> dict[str, Any]:
    """Give every template the sidebar; it asks the database only when it is shown."""
    return {"navigation": SimpleLazyObject(lambda: sections(request))}


def sections(request: HttpRequest) -> list[dict[str, Any]]:
    """Give the sections that the user may see, with the current page marked. One query for all counts."""
    user = getattr(request, "user", None)
    allowed = actions_of(user)
    visible = [
        (title, [(entry, url) for entry in entries if (url := _url_of(entry, allowed))])
        for title, entries in NAVIGATION
    ]
    current = current_entry(request.path, [pair for _, pairs in visible for pair in pairs])
    counts = _counts() if any(entry.count for _, pairs in visible for entry, _ in pairs) else {}
    return [
        {
            "title": title,
            "links": [
                Link(entry.label, url, entry is current, counts.get(entry.count))
                for entry, url in pairs
            ],
        }
        for title, pairs in visible
        if pairs
    ]


def current_entry(path: str, entries: list[tuple[Entry, str]]) -> Entry | None:
    """Find the entry whose address, or one of `also`, is the longest beginning of the path."""
    matches = [(len(url), entry) for entry, url in entries if path == url]
    matches += [
        (len(prefix), entry)
        for entry, url in entries
        for prefix in (entry.also if entry.is_exact else (url, *entry.also))
        if path.startswith(prefix)
    ]
    return max(matches, key=lambda match: match[0])[1] if matches else None


def _url_of(entry: Entry, allowed: frozenset[str]) -> str:
    """Give the address of an entry, "" when the user may not see it or it is not there."""
    if entry.action not in allowed:
        return ""
    try:
        return reverse(entry.url_name)
    except NoReverseMatch:
        return ""


def _counts() -> Mapping[str, int]:
    """Count the rows behind the links. One query."""
    counted = [
        queryset.annotate(key=Value(key)).values("key").annotate(n=Count("pk"))
        for key, queryset in (
            ("services", Service.objects.current()),
            ("projects", Project.objects.current()),
            ("incidents", Incident.objects.unresolved().filter(cause=None)),
        )
    ]
    return dict(counted[0].union(*counted[1:], all=True).values_list("key", "n"))
