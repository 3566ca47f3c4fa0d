"""Health and deployments in the JSON API."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from monitoring.events.models import Event
from monitoring.health.checking import Running
from monitoring.health.deployments import note_running
from monitoring.health.models import Deployment, Reading
from prism.core.audit_entry import AuditEntry
from prism.core.tokens import issue_token
from tests.make import make_administrator, make_project, make_service
from tests.monitoring.health.making import asking, make_check

pytestmark = pytest.mark.django_db(transaction=True)


def with_token(*scopes: str) -> Client:
    now = timezone.now()
    _, secret = issue_token(
        actor=make_administrator("issuer"), name="ci", scopes=list(scopes), now=now,
        expires_at=now + timedelta(days=1),
    )  # fmt: skip
    return Client(headers={"Authorization": f"Bearer {secret}"})


def report(client: Client, **over: Any) -> Any:
    body = {"service": "shop", "environment": "prod", "commit": "f8e9d0a1b2", "version": "1.2"}
    return client.post("/api/v1/deployments", {**body, **over}, content_type="application/json")


def test_ci_reports_a_deployment_once() -> None:
    make_service(name="shop", repo="example/shop")
    client = with_token("deployments.report")

    first, again = report(client), report(client)

    assert (first.status_code, again.status_code) == (201, 201)
    row = Deployment.objects.get()
    assert (row.source, row.reported_by) == ("reported", "ci")
    assert row.url == "https://github.com/example/shop/commit/f8e9d0a1b2"
    assert Event.objects.get(type="deploy.success").message == "f8e9d0a runs in prod"
    assert AuditEntry.objects.filter(action="deployment.reported").count() == 1


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"service": "nobody"}, 404),
        ({"commit": "<script>"}, 422),
        ({"url": "javascript:alert(1)"}, 422),
        ({"service": ""}, 404),
    ],
)
def test_a_report_that_makes_no_sense_is_refused(wrong: dict[str, Any], status: int) -> None:
    make_service(name="shop")

    assert report(with_token("deployments.report"), **wrong).status_code == status
    assert not Deployment.objects.exists()


def test_a_token_for_something_else_reports_nothing() -> None:
    make_service(name="shop")

    assert report(with_token("health.view")).status_code == 403
    assert report(Client()).status_code == 401


def test_what_ci_reported_is_what_the_service_says_later() -> None:
    make_service(name="shop")
    report(with_token("deployments.report"), commit="f8e9d0a", version="")

    seen = note_running(asking(), Running(commit="f8e9d0a1b2c3"), now=timezone.now())

    assert seen is None
    assert Deployment.objects.count() == 1


def test_the_repository_of_the_project_is_linked_too() -> None:
    make_service(name="shop", project=make_project(repo="example/platform"))

    report(with_token("deployments.report"))

    assert "example/platform/commit/" in Deployment.objects.get().url


def test_health_of_a_service_as_json() -> None:
    make_check()
    client = with_token("health.view")

    answer = client.get("/api/v1/health/shop").json()

    assert (answer["service"], answer["status"]) == ("shop", "unknown")
    assert answer["checks"][0]["reason"] == "not asked yet"
    assert client.get("/api/v1/health/nobody").status_code == 404
    page = client.get("/api/v1/deployments?service=shop").json()
    assert page == {"items": [], "next_cursor": None}


def test_checks_and_their_readings_come_in_pages_newest_reading_first() -> None:
    check, other = make_check(), make_check(subject="other")
    now = timezone.now()
    for number, letter in enumerate("udx?"):
        Reading.objects.create(
            check_id=check.pk, at=now + timedelta(seconds=number), found=letter, latency_ms=number
        )
    client = with_token("health.view")

    of_shop = client.get("/api/v1/checks?service=shop").json()["items"]
    both = client.get("/api/v1/checks?limit=1").json()
    rest = client.get(f"/api/v1/checks?limit=1&cursor={both['next_cursor']}").json()
    first = client.get(f"/api/v1/checks/{check.pk}/readings?limit=3").json()
    last = client.get(f"/api/v1/checks/{check.pk}/readings?cursor={first['next_cursor']}").json()

    assert [item["id"] for item in of_shop] == [check.pk]
    assert [both["items"][0]["id"], rest["items"][0]["id"]] == [check.pk, other.pk]
    assert [one["status"] for one in first["items"]] == ["unknown", "down", "degraded"]
    assert [one["status"] for one in last["items"]] == ["up"]
    assert client.get(f"/api/v1/checks/{2**64}/readings").status_code in (404, 422)
    assert client.get("/api/v1/checks/999999/readings").status_code == 404


def test_deployments_come_in_pages_the_last_known_first() -> None:
    client = with_token("health.view")
    for commit in ("a1", "b2", "c3"):
        Deployment.objects.create(
            subject="shop", environment="prod", commit=commit, at=timezone.now(), source="seen"
        )

    first = client.get("/api/v1/deployments?limit=2").json()
    rest = client.get(f"/api/v1/deployments?limit=2&cursor={first['next_cursor']}").json()

    assert [one["commit"] for one in first["items"] + rest["items"]] == ["c3", "b2", "a1"]


@pytest.mark.parametrize(
    "address",
    ["deployments?service=", "checks?environment=", "services?project=", "services?kind=", "incidents?service="],
)  # fmt: skip
def test_a_query_with_nul_is_refused(admin_client: Client, address: str) -> None:
    assert admin_client.get(f"/api/v1/{address}%00").status_code == 422


@pytest.mark.parametrize("field", ["service", "environment", "version", "url"])
def test_a_report_with_nul_is_refused(field: str) -> None:
    make_service(name="shop")
    answer = report(with_token("deployments.report"), **{field: "https://a/\0b"})

    assert answer.status_code == 422
    assert not Deployment.objects.exists()
