"""Incidents in the JSON API, read only: people acknowledge and resolve."""

from datetime import datetime
from typing import Any, Literal

from django.http import Http404, HttpRequest
from ninja import Field, Query, Router, Schema

from monitoring.alerts.answers import incident_answer
from monitoring.alerts.models import Incident
from prism.core.api_access import may
from prism.core.api_pages import NO_NUL, PageQuery, page_of

LARGEST_ID = 2**63 - 1

router = Router(tags=["incidents"])


class IncidentItem(Schema):
    """Something that is or was wrong with a service."""

    id: int
    service: str
    rule: str
    severity: str
    environments: list[str]
    reason: str
    opened_at: datetime
    resolved_at: datetime | None = Field(description="Null while it is open.")
    cause: int | None = Field(description="The incident whose doing it is.")
    acknowledged_by: str | None
    assigned_to: str | None
    flaps: int


class IncidentPage(Schema):
    """One page of incidents."""

    items: list[IncidentItem]
    next_cursor: str | None


class IncidentQuery(PageQuery):
    """Which incidents."""

    state: Literal["open", "over", ""] = ""
    service: str = Field("", max_length=100, pattern=NO_NUL)


@router.get("/incidents", auth=may("incidents.view"), response=IncidentPage)
def incidents(request: HttpRequest, query: Query[IncidentQuery]) -> dict[str, Any]:
    """List incidents, the newest first."""
    rows = Incident.objects.select_related("assigned_to")
    if query.state:
        rows = rows.filter(resolved_at__isnull=query.state == "open")
    if query.service:
        rows = rows.none() if "\x00" in query.service else rows.filter(subject=query.service)
    return page_of(rows, query, order_by="-id", as_item=incident_answer)


@router.get("/incidents/{incident_id}", auth=may("incidents.view"), response=IncidentItem)
def incident(request: HttpRequest, incident_id: int) -> dict[str, Any]:
    """Give one incident."""
    if not 0 < incident_id < LARGEST_ID:
        raise Http404
    row = Incident.objects.select_related("assigned_to").filter(pk=incident_id).first()
    if row is None:
        raise Http404
    return incident_answer(row)
