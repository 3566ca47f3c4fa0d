"""Redis in the JSON API, read only: how each instance does, and what the scans found."""

from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest
from ninja import Field, Query, Router, Schema

from monitoring.redis_inspect.models import RedisSample, RedisScan, ScannedNamespace
from monitoring.redis_inspect.scan_answers import scan_report
from prism.core.api_access import may
from prism.core.api_pages import PageQuery, page_of

LARGEST_ID = 2**63 - 1

router = Router(tags=["redis"])


class InstanceItem(Schema):
    """One Redis as it was last looked at; what could not be had is null."""

    name: str
    environment: str
    at: datetime
    connection_ok: bool
    error: str
    version: str
    latency_ms: float | None
    used_memory_bytes: int | None
    maxmemory_bytes: int | None = Field(description="0 is no limit.")
    maxmemory_policy: str
    hit_rate: float | None = Field(description="0 to 1, of the last five minutes.")
    evicted_per_s: float | None
    commands_per_s: float | None
    connected_clients: int | None
    rejected_connections: int | None
    keys: int | None
    persistence_ok: bool | None
    replication_ok: bool | None


class InstanceList(Schema):
    """Every instance; there are few."""

    items: list[InstanceItem]


class ScanItem(Schema):
    """One scan."""

    id: int
    instance: str
    kind: str
    status: str
    created_at: datetime
    finished_at: datetime | None
    seen_keys: int
    total_keys: int | None
    violations: int


class ScanPage(Schema):
    """One page of scans."""

    items: list[ScanItem]
    next_cursor: str | None


class ScannedNamespaceItem(Schema):
    """What a scan found in a declared namespace."""

    pattern: str
    keys: int
    bytes: int
    types: dict[str, int]
    violations: dict[str, int]


class UndeclaredItem(Schema):
    """Keys that nothing declares, by the pattern they share."""

    pattern: str
    keys: int
    bytes: int


class ScanReport(ScanItem):
    """One scan with what it found, as `prism redis scan --json` gives it."""

    namespaces: list[ScannedNamespaceItem]
    undeclared: list[UndeclaredItem]
    mode: str
    duration_s: float


@router.get("/redis/instances", auth=may("redis.view"), response=InstanceList)
def instances(request: HttpRequest) -> dict[str, Any]:
    """Give the last look at every Redis instance."""
    rows = RedisSample.objects.latest_of_each()
    plain = InstanceItem.model_fields.keys() - {"name", "environment"}
    return {
        "items": [
            {"name": row.instance.name, "environment": row.instance.environment}
            | {field: getattr(row, field) for field in plain}
            for row in rows
        ]
    }


@router.get("/redis/scans", auth=may("redis.view"), response=ScanPage)
def scans(request: HttpRequest, query: Query[PageQuery]) -> dict[str, Any]:
    """List scans, the newest first."""
    rows = RedisScan.objects.select_related("instance").defer("checkpoint")
    return page_of(rows, query, order_by="-id", as_item=_scan)


@router.get("/redis/scans/{scan_id}", auth=may("redis.view"), response=ScanReport)
def scan(request: HttpRequest, scan_id: int) -> dict[str, Any]:
    """Give what a scan found; its lists are empty while it runs."""
    if not 0 < scan_id < LARGEST_ID:
        raise Http404
    row = (
        RedisScan.objects.select_related("instance").defer("checkpoint").filter(pk=scan_id).first()
    )
    if row is None:
        raise Http404
    found = list(ScannedNamespace.objects.of_scan(row))
    return _scan(row) | scan_report(row, found)


def _scan(row: RedisScan) -> dict[str, Any]:
    plain = ScanItem.model_fields.keys() - {"instance"}
    return {field: getattr(row, field) for field in plain} | {"instance": row.instance.name}
