"""The JSON API: who may call, pages, problems, ETags and the OpenAPI document."""

import json
from datetime import timedelta

import jsonschema
import pytest
from django.contrib.auth.models import Group
from django.core.cache import cache
from django.utils import timezone

from prism.core.audit_entry import AuditEntry
from prism.core.tokens import issue_token
from tests.make import (
    make_administrator,
    make_dependency,
    make_domain,
    make_endpoint,
    make_project,
    make_service,
    make_user,
    make_variable,
    make_workspace,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _empty_cache():
    cache.clear()
    yield
    cache.clear()


def make_token(*scopes, name="ci"):
    now = timezone.now()
    _, secret = issue_token(
        actor=make_administrator(f"maker-of-{name}"),
        name=name,
        scopes=list(scopes),
        expires_at=now + timedelta(days=1),
        now=now,
    )
    return secret


@pytest.fixture
def get(client):
    """Ask the API with a token that may read the catalog."""
    secret = make_token("catalog.view", name="reader")
    return lambda path, **headers: client.get(
        f"/api/v1{path}", headers={"Authorization": f"Bearer {secret}", **headers}
    )


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer prism_wrong"}])
def test_without_a_good_token_the_answer_is_401_and_a_problem(client, headers):
    response = client.get("/api/v1/services", headers=headers)

    assert response.status_code == 401
    assert response["Content-Type"] == "application/problem+json"
    assert response["WWW-Authenticate"] == 'Bearer realm="prism"'
    document = response.json()
    assert document["status"] == 401
    assert response["X-Request-Id"] in document["instance"].replace("-", "")


def test_a_token_without_the_scope_is_refused_and_that_is_written_down(client):
    secret = make_token("manifest.plan")

    response = client.get("/api/v1/services", headers={"Authorization": f"Bearer {secret}"})

    assert (response.status_code, response.json()["title"]) == (403, "Forbidden")
    entry = AuditEntry.objects.get(action="permission.denied")
    assert (entry.actor_kind, entry.actor_name, entry.target) == ("token", "ci", "/api/v1/services")


def test_a_viewer_may_use_the_api_with_the_browser_session(client):
    viewer = make_user(is_staff=True)
    viewer.groups.set(Group.objects.filter(name="viewer"))
    client.force_login(viewer)

    assert client.get("/api/v1/services").status_code == 200


def test_a_person_without_a_role_may_not(client):
    client.force_login(make_user(is_staff=True))

    assert client.get("/api/v1/services").status_code == 403


def test_a_bad_token_is_not_rescued_by_a_session(client):
    client.force_login(make_administrator())

    response = client.get("/api/v1/services", headers={"Authorization": "Bearer prism_wrong"})

    assert response.status_code == 401


def test_a_service_comes_with_its_parts_and_no_values(get):
    service = make_service(name="auth-api", kind="backend", tags=["core"])
    make_domain(service, "auth.example.com")
    make_endpoint(service)
    make_variable(service, "LOG_LEVEL", value="debug-value", default="info-default")
    make_dependency(service, make_service(name="postgres"))

    response = get("/services/auth-api")

    document = response.json()
    assert document["domains"] == {"prod": ["auth.example.com"]}
    assert document["endpoints"] == [{"method": "GET", "path": "/health", "description": ""}]
    assert document["variables"][0]["name"] == "LOG_LEVEL"
    assert document["dependencies"][0]["service"] == "postgres"
    assert "debug-value" not in response.content.decode()


def test_archived_things_are_in_no_list_and_say_so_at_their_own_address(get):
    now = timezone.now()
    make_service(name="gone", archived_at=now)
    make_service(name="gone-with-its-project", project=make_project(name="old", archived_at=now))

    assert get("/services").json()["items"] == []
    assert "old" not in [item["name"] for item in get("/projects").json()["items"]]
    for path in ("/services/gone", "/projects/old"):
        assert get(path).json()["archived_at"]
    make_service(name="kept")
    assert get("/services/kept").json()["archived_at"] is None


def test_filters_narrow_the_list(get):
    make_service(name="one", kind="backend", phase=1)
    make_service(name="two", kind="frontend", phase=2, status="planned")

    def names(query):
        return [item["name"] for item in get(f"/services?{query}").json()["items"]]

    assert names("kind=backend") == ["one"]
    assert names("status=planned") == ["two"]
    assert names("phase=2") == ["two"]
    assert names("project=nowhere") == []


def test_pages_follow_each_other_without_gaps_while_rows_come(get):
    project = make_project(name="p")
    for number in range(7):
        make_service(name=f"s{number}", project=project)

    first = get("/services?limit=3").json()
    make_service(name="a-new-one", project=project)
    make_workspace(revision=2)
    second = get(f"/services?limit=3&cursor={first['next_cursor']}").json()
    third = get(f"/services?limit=3&cursor={second['next_cursor']}").json()

    names = [item["name"] for page in (first, second, third) for item in page["items"]]
    assert names == [f"s{number}" for number in range(7)]
    assert third["next_cursor"] is None


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=201",
        "limit=x",
        "cursor=%00",
        "cursor=bm9wZQ",
        "cursor=W10",
        "cursor=W251bGxd",
        "cursor=WyJcdTAwMDAiXQ",
        "cursor=" + "x" * 501,
        "status=unheard-of",
        "phase=9",
    ],
)
def test_a_wrong_question_is_answered_with_a_problem(get, query):
    response = get(f"/services?{query}")

    assert response.status_code == 422
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["errors"][0]["field"].startswith("query")


def test_an_unknown_address_under_the_api_is_a_problem_too(get):
    response = get("/nowhere")

    assert response.status_code == 404
    assert response["Content-Type"] == "application/problem+json"


def test_who_has_the_body_already_gets_304(get):
    make_service(name="auth-api")
    first = get("/services")

    again = get("/services", **{"If-None-Match": first["ETag"]})

    assert again.status_code == 304
    assert again.content == b""
    make_service(name="another")
    make_workspace(revision=9)
    assert get("/services", **{"If-None-Match": first["ETag"]}).status_code == 200


def test_no_etag_gets_past_the_access_check(client, get):
    etag = get("/services")["ETag"]

    assert client.get("/api/v1/services", headers={"If-None-Match": etag}).status_code == 401


def test_answers_are_kept_while_the_catalog_does_not_move(get):
    make_workspace(revision=4)

    assert get("/services")["X-Cache"] == "MISS"
    assert get("/services")["X-Cache"] == "HIT"
    make_workspace(revision=5)
    assert get("/services")["X-Cache"] == "MISS"


def test_the_list_costs_the_same_queries_for_any_number_of_rows(get, django_assert_max_num_queries):
    def fill(count, prefix):
        for number in range(count):
            make_domain(make_service(name=f"{prefix}{number}"), f"{prefix}{number}.example.com")

    fill(2, "a")
    with django_assert_max_num_queries(7):
        get("/services")
    fill(30, "b")
    make_workspace(revision=2)
    with django_assert_max_num_queries(7):
        get("/services?limit=100")


def test_the_openapi_document_describes_the_answers(get):
    service = make_service(name="auth-api", phase=1)
    make_domain(service, "auth.example.com")
    make_variable(service)
    document = get("/openapi.json").json()

    assert set(document["paths"]) >= {
        "/api/v1/projects",
        "/api/v1/projects/{name}",
        "/api/v1/services",
        "/api/v1/services/{name}",
    }
    for path, url in [
        ("/api/v1/services", "/services"),
        ("/api/v1/services/{name}", "/services/auth-api"),
        ("/api/v1/projects", "/projects"),
        ("/api/v1/projects/{name}", f"/projects/{service.project.name}"),
    ]:
        answer = document["paths"][path]["get"]["responses"]["200"]
        schema = answer["content"]["application/json"]["schema"]
        jsonschema.validate(get(url).json(), schema | {"components": document["components"]})
    assert "http://" not in json.dumps(document)
    assert document["components"]["securitySchemes"].keys() == {"BearerToken", "BrowserSession"}


def test_the_openapi_document_needs_log_in_too(client):
    assert client.get("/api/v1/openapi.json").status_code == 401


def test_there_is_no_page_that_loads_scripts_from_elsewhere(get):
    assert get("/docs").status_code == 404
