"""The manifest in the JSON API: plan, apply with If-Match, the change sets, and what is refused."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from prism.core.tokens import issue_token
from services.catalog.models import Service
from services.manifest.export import export_manifest
from tests.make import make_administrator

pytestmark = pytest.mark.django_db

YAML = "application/yaml"
MANIFEST = """\
version: "1.0"
projects:
  shop:
    description: Sells things
    status: active
    services:
      api:
        type: api
        repo: https://github.com/example/api
"""


@pytest.fixture
def api() -> Client:
    """Give a client with a token that may do everything with manifests."""
    now = timezone.now()
    scopes = ["manifest.view", "manifest.plan", "manifest.apply", "manifest.revert"]
    _, secret = issue_token(
        actor=make_administrator("maker"),
        name="ci",
        scopes=scopes,
        expires_at=now + timedelta(days=1),
        now=now,
    )
    return Client(headers={"Authorization": f"Bearer {secret}"})


def plan(api: Client, text: str = MANIFEST) -> Any:
    return api.post("/api/v1/manifest/plan", text, content_type=YAML)


def apply(api: Client, text: str = MANIFEST, *, query: str = "", **headers: str) -> Any:
    return api.post(f"/api/v1/manifest/apply{query}", text, content_type=YAML, headers=headers)


def test_a_plan_is_applied_by_its_etag_and_then_there_is_nothing_left_to_do(api: Client) -> None:
    planned = plan(api)

    assert planned.status_code == 200
    assert {change["model"] for change in planned.json()["changes"]} >= {"project", "service"}
    assert not Service.objects.exists()
    applied = apply(api, query="?message=first", **{"If-Match": planned["ETag"]})
    assert applied.json()["change_set"] == 1
    assert Service.objects.get().name == "api"
    again = plan(api)
    assert again.json()["is_empty"]
    assert apply(api, **{"If-Match": again["ETag"]}).json() == {"change_set": None, "counts": {}}
    exported = api.get("/api/v1/manifest")
    assert (exported["Content-Type"], exported.content.decode()) == (YAML, MANIFEST)


def test_a_plan_is_not_applied_to_a_catalog_that_moved(api: Client) -> None:
    old = plan(api)["ETag"]
    apply(api, **{"If-Match": old})

    moved = apply(api, MANIFEST.replace("Sells", "Buys"), **{"If-Match": old})

    assert (moved.status_code, moved["Content-Type"]) == (412, "application/problem+json")
    assert "plan again" in moved.json()["detail"]
    assert "Sells" in export_manifest().text


@pytest.mark.parametrize("header", ["", '""', "  "])
def test_what_names_no_plan_is_not_applied(api: Client, header: str) -> None:
    response = apply(api, **({"If-Match": header} if header else {}))

    assert response.status_code == 428
    assert not Service.objects.exists()


def test_a_bad_manifest_is_told_with_every_place(api: Client) -> None:
    response = plan(api, MANIFEST.replace("status: active", "status: activ") + "  nonsense: [\n")

    assert response.status_code == 422
    errors = response.json()["errors"]
    assert {"file", "line", "column", "path", "message"} == errors[0].keys()


def test_change_sets_are_listed_newest_first_and_reverted_once(api: Client) -> None:
    for text in (MANIFEST, MANIFEST.replace("Sells", "Buys"), MANIFEST.replace("Sells", "Lends")):
        apply(api, text, **{"If-Match": plan(api, text)["ETag"]})

    first = api.get("/api/v1/change-sets?limit=2").json()
    rest = api.get(f"/api/v1/change-sets?limit=2&cursor={first['next_cursor']}").json()
    revert = [
        api.post("/api/v1/change-sets/3/revert", {"message": "no"}, "application/json")
        for _ in range(2)
    ]

    listed = [item["change_set"] for item in first["items"] + rest["items"]]
    assert (listed, rest["next_cursor"]) == ([3, 2, 1], None)
    assert [response.status_code for response in revert] == [200, 409]
    assert revert[0].json()["reverts"] == 3
    assert "Buys" in export_manifest().text


@pytest.mark.parametrize("revision", [0, 99, 2**40, -1])
def test_a_change_set_that_is_not_there_is_404(api: Client, revision: int) -> None:
    response = api.post(f"/api/v1/change-sets/{revision}/revert", {}, "application/json")

    assert response.status_code == 404


@pytest.mark.parametrize(
    "cursor", ["x", "WyJhIl0", "W3RydWVd", "WzFlOTld", "WzEwMDAwMDAwMDAwMDAwMDAwMDAwMDAwXQ"]
)
def test_a_cursor_that_was_not_given_out_is_named(api: Client, cursor: str) -> None:
    response = api.get(f"/api/v1/change-sets?cursor={cursor}")

    assert response.status_code == 422
    assert response.json()["errors"][0]["field"] == "query.cursor"
