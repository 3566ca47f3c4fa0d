"""Health and deployments in the JSON API."""

from datetime import datetime
from typing import Any, Literal

from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.utils import timezone
from ninja import Field, Query, Router, Schema, Status

from monitoring.health.checking import Running
from monitoring.health.day import LETTERS
from monitoring.health.deployments import report_deployment
from monitoring.health.models import Check, Deployment, Reading
from monitoring.health.worst import worst_verdict
from prism.core.api_access import may
from prism.core.api_pages import NO_NUL, PageQuery, page_of
from services.catalog.models import Service

StatusWord = Literal["up", "degraded", "down", "unknown"]
VERDICT_OF_LETTER = {letter: verdict.value for verdict, letter in LETTERS.items()}
LARGEST_ID = 2**63 - 1

router = Router(tags=["health"])


class DeploymentReport(Schema):
    """What CI tells after a deployment."""

    service: str = Field(max_length=100, pattern=NO_NUL)
    environment: str = Field("prod", max_length=100, pattern=NO_NUL)
    commit: str = Field("", max_length=64, pattern=r"^[0-9A-Za-z._-]*$")
    version: str = Field("", max_length=100, pattern=NO_NUL)
    url: str = Field("", max_length=500, pattern=r"^(https://[^\x00]*)?$")
    at: datetime | None = None


class CheckItem(Schema):
    """One check and what it last found."""

    id: int
    service: str
    environment: str
    kind: str
    target: str
    interval_s: int
    is_paused: bool
    status: StatusWord
    step: str
    is_flapping: bool
    latency_ms: float | None
    reason: str
    since: datetime | None
    last_at: datetime | None
    missed: int


class ServiceHealth(Schema):
    """The worst verdict of a service, and its checks."""

    service: str
    status: StatusWord
    checks: list[CheckItem]


class ReadingItem(Schema):
    """What one probe found."""

    at: datetime
    status: StatusWord
    latency_ms: float | None
    reason: str


class DeploymentItem(Schema):
    """A version that began to run."""

    service: str
    environment: str
    commit: str
    version: str
    built_at: datetime | None
    at: datetime
    source: Literal["seen", "reported"]
    url: str


class CheckPage(Schema):
    """One page of checks."""

    items: list[CheckItem]
    next_cursor: str | None


class ReadingPage(Schema):
    """One page of readings."""

    items: list[ReadingItem]
    next_cursor: str | None


class DeploymentPage(Schema):
    """One page of deployments."""

    items: list[DeploymentItem]
    next_cursor: str | None


class PlaceQuery(PageQuery):
    """Of which service, and where."""

    service: str = Field("", max_length=100, pattern=NO_NUL)
    environment: str = Field("", max_length=100, pattern=NO_NUL)


@router.get("/health/{name}", auth=may("health.view"), response=ServiceHealth)
def service_health(request: HttpRequest, name: str) -> dict[str, Any]:
    """Give the verdict of a service and of each of its checks, as the workers last found them."""
    status = None if "\x00" in name else worst_verdict(name)
    if status is None:
        raise Http404
    rows = Check.objects.of_subject(name)
    return {"service": name, "status": status, "checks": [_check(row) for row in rows]}


@router.get("/checks", auth=may("health.view"), response=CheckPage)
def checks(request: HttpRequest, query: Query[PlaceQuery]) -> dict[str, Any]:
    """List the checks that are not retired."""
    rows = _in_place(Check.objects.current().select_related("state"), query)
    return page_of(rows, query, order_by="id", as_item=_check)


@router.get("/checks/{check_id}/readings", auth=may("health.view"), response=ReadingPage)
def readings(request: HttpRequest, check_id: int, query: Query[PageQuery]) -> dict[str, Any]:
    """List what a check found in the last two days, newest first."""
    if not 0 < check_id < LARGEST_ID or not Check.objects.filter(pk=check_id).exists():
        raise Http404
    rows = Reading.objects.filter(check_id=check_id)
    return page_of(rows, query, order_by="-id", as_item=_reading)


@router.get("/deployments", auth=may("health.view"), response=DeploymentPage)
def deployments(request: HttpRequest, query: Query[PlaceQuery]) -> dict[str, Any]:
    """List deployments in the order they became known, the last first."""
    rows = _in_place(Deployment.objects.all(), query)
    return page_of(rows, query, order_by="-id", as_item=_deployment)


@router.post("/deployments", auth=may("deployments.report"), response={201: DeploymentItem})
def report_a_deployment(request: HttpRequest, body: DeploymentReport) -> Status[dict[str, Any]]:
    """Store a deployment; reporting the running one again changes nothing. For CI."""
    service = Service.objects.current().filter(name=body.service).first()
    if service is None:
        raise Http404
    principal = request.principal  # type: ignore[attr-defined]
    now = timezone.now()
    at = body.at if body.at is not None and body.at.tzinfo is not None else now
    made = report_deployment(
        actor=principal,
        actor_name=str(principal),
        service=service,
        environment=body.environment,
        running=Running(body.commit, body.version),
        at=min(at, now),
        url=body.url,
    )
    return Status(201, _deployment(made))


def _in_place(rows: QuerySet[Any], query: PlaceQuery) -> QuerySet[Any]:
    if query.service:
        rows = rows.filter(subject=query.service)
    return rows.filter(environment=query.environment) if query.environment else rows


def _check(row: Check) -> dict[str, Any]:
    state = getattr(row, "state", None)
    return {
        "id": row.pk,
        "service": row.subject,
        "environment": row.environment,
        "kind": row.kind,
        "target": row.target,
        "interval_s": row.interval_s,
        "is_paused": row.is_paused,
        "status": state.verdict if state else "unknown",
        "step": state.step if state else "steady",
        "is_flapping": bool(state and state.is_flapping),
        "latency_ms": state.latency_ms if state else None,
        "reason": state.reason if state else "not asked yet",
        "since": state.since if state else None,
        "last_at": state.last_at if state else None,
        "missed": state.missed if state else 0,
    }


def _reading(row: Reading) -> dict[str, Any]:
    return {
        "at": row.at,
        "status": VERDICT_OF_LETTER[row.found],
        "latency_ms": row.latency_ms,
        "reason": row.reason,
    }


def _deployment(row: Deployment) -> dict[str, Any]:
    return {
        "service": row.subject,
        "environment": row.environment,
        "commit": row.commit,
        "version": row.version,
        "built_at": row.built_at,
        "at": row.at,
        "source": row.source,
        "url": row.url,
    }
