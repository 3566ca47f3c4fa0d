"""Health and deployments in the JSON API."""

from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from ninja import Field, Router, Schema

from monitoring.health.checking import Running
from monitoring.health.deployments import report_deployment
from monitoring.health.models import Check, Deployment
from monitoring.health.worst import worst_verdict
from prism.core.api_access import may
from services.catalog.models import Service

router = Router(tags=["health"])


class DeploymentReport(Schema):
    """What CI tells after a deployment."""

    service: str = Field(max_length=100)
    environment: str = Field("prod", max_length=100)
    commit: str = Field("", max_length=64, pattern=r"^[0-9A-Za-z._-]*$")
    version: str = Field("", max_length=100)
    url: str = Field("", max_length=500, pattern=r"^(https://.*)?$")
    at: datetime | None = None


@router.get("/health/{name}", auth=may("health.view"), summary="Read the health of a service")
def service_health(request: HttpRequest, name: str) -> dict[str, Any]:
    """Give the verdict of a service and of each of its checks, as the workers last found them."""
    status = worst_verdict(name)
    if status is None:
        raise Http404
    rows = Check.objects.of_subject(name)
    return {"service": name, "status": status, "checks": [_check(row) for row in rows]}


@router.get("/deployments", auth=may("health.view"), summary="List deployments")
def deployments(request: HttpRequest, service: str = "", environment: str = "") -> dict[str, Any]:
    """Give the last 200, newest first."""
    rows = Deployment.objects.for_page()
    if service:
        rows = rows.filter(subject=service)
    if environment:
        rows = rows.filter(environment=environment)
    return {"deployments": [_deployment(row) for row in rows[:200]]}


@router.post("/deployments", auth=may("deployments.report"), summary="Report a deployment")
def report(request: HttpRequest, body: DeploymentReport) -> HttpResponse:
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
    return JsonResponse(_deployment(made), status=201)


def _check(row: Check) -> dict[str, Any]:
    state = getattr(row, "state", None)
    return {
        "id": row.pk,
        "environment": row.environment,
        "kind": row.kind,
        "status": state.verdict if state else "unknown",
        "step": state.step if state else "steady",
        "is_flapping": bool(state and state.is_flapping),
        "latency_ms": state.latency_ms if state else None,
        "reason": state.reason if state else "not asked yet",
        "since": state.since if state else None,
        "last_at": state.last_at if state else None,
        "missed": state.missed if state else 0,
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
