"""Incidents and Redis in the JSON API: pages, filters, and what is not there."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from monitoring.alerts.models import Incident
from monitoring.redis_inspect.models import (
    RedisInstance,
    RedisSample,
    RedisScan,
    ScannedNamespace,
)
from prism.core.tokens import issue_token
from tests.make import make_administrator

pytestmark = pytest.mark.django_db


@pytest.fixture
def api() -> Client:
    """Give a client with a token that may read incidents and Redis."""
    now = timezone.now()
    _, secret = issue_token(
        actor=make_administrator("maker"),
        name="reader",
        scopes=["incidents.view", "redis.view"],
        expires_at=now + timedelta(days=1),
        now=now,
    )
    return Client(headers={"Authorization": f"Bearer {secret}"})


def make_incident(subject: str, **over: Any) -> Incident:
    values = {"rule_name": "down", "kind": "down", "severity": "critical"}
    now = timezone.now()
    return Incident.objects.create(**values | {"subject": subject, "opened_at": now} | over)


def test_incidents_come_newest_first_and_by_state_and_service(api: Client) -> None:
    now = timezone.now()
    over = make_incident("api", opened_at=now - timedelta(hours=1), resolved_at=now)
    cause = make_incident("redis", environments="prod, staging")
    symptom = make_incident("web", cause=cause)

    def ids(query: str = "") -> list[int]:
        return [one["id"] for one in api.get(f"/api/v1/incidents{query}").json()["items"]]

    assert ids() == [symptom.pk, cause.pk, over.pk]
    assert ids("?state=open") == [symptom.pk, cause.pk]
    assert ids("?state=over") == [over.pk]
    assert ids("?service=redis") == [cause.pk]
    assert api.get("/api/v1/incidents?state=odd").status_code == 422
    first = api.get("/api/v1/incidents?limit=1").json()
    assert ids(f"?cursor={first['next_cursor']}") == [cause.pk, over.pk]
    one = api.get(f"/api/v1/incidents/{symptom.pk}").json()
    assert (one["cause"], one["resolved_at"]) == (cause.pk, None)
    assert api.get(f"/api/v1/incidents/{cause.pk}").json()["environments"] == ["prod", "staging"]


@pytest.mark.parametrize("path", ["incidents/999999", "incidents/0", f"redis/scans/{2**63}"])
def test_what_is_not_there_is_404(api: Client, path: str) -> None:
    assert api.get(f"/api/v1/{path}").status_code == 404


def test_redis_is_read_as_it_was_last_looked_at(api: Client) -> None:
    instance = RedisInstance.objects.create(name="cache", title="cache", variable="X")
    now = timezone.now()
    RedisSample.objects.create(
        instance=instance, at=now - timedelta(minutes=1), connection_ok=False, error="refused"
    )
    RedisSample.objects.create(instance=instance, at=now, connection_ok=True, hit_rate=0.91)

    items = api.get("/api/v1/redis/instances").json()["items"]

    assert [(one["name"], one["hit_rate"], one["maxmemory_bytes"]) for one in items] == [
        ("cache", 0.91, None)
    ]


def test_a_scan_tells_what_it_found(api: Client) -> None:
    instance = RedisInstance.objects.create(name="cache", title="cache", variable="X")
    now = timezone.now()
    scan = RedisScan.objects.create(
        instance=instance, kind="full", status="finished", created_at=now, seen_keys=5
    )
    counted = {"keys_low": 3, "keys_high": 3, "sampled_keys": 3}
    ScannedNamespace.objects.create(
        scan=scan, pattern="session:*", position=0, is_declared=True, keys=3, size_bytes=300,
        no_expiry=2, types={"string": [3, 300]}, **counted,
    )  # fmt: skip
    ScannedNamespace.objects.create(
        scan=scan, pattern="cart:*", position=1, is_declared=False, keys=2, size_bytes=90, **counted
    )

    listed = api.get("/api/v1/redis/scans").json()["items"]
    report = api.get(f"/api/v1/redis/scans/{scan.pk}").json()

    assert [(one["id"], one["instance"]) for one in listed] == [(scan.pk, "cache")]
    (declared,) = report["namespaces"]
    assert (declared["pattern"], declared["violations"]["no_expiry"]) == ("session:*", 2)
    assert declared["types"] == {"string": 3}
    assert report["undeclared"] == [{"pattern": "cart:*", "keys": 2, "bytes": 90}]
    assert (report["mode"], report["total_keys"]) == ("full", 5)
