"""What went wrong, said without a detail of the inside; and the headers of every answer."""

import json

import pytest
from django.contrib.auth.models import Group
from django.db import InterfaceError, OperationalError
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse

from prism import errors
from prism.core.audit_entry import AuditEntry
from tests.make import make_administrator, make_user

SECRET_DETAIL = "relation xyzzy at 10.0.0.7"


@pytest.fixture
def broken_page(client, monkeypatch):
    """Break a page with an exception; give its answer."""
    client.raise_request_exception = False

    def answer(exception, **headers):
        def fail(*args, **kwargs):
            raise exception

        monkeypatch.setattr("django.urls.resolvers.URLResolver.resolve", fail)
        return client.get("/account/", headers=headers)

    return answer


def test_a_fault_is_answered_with_a_request_id_and_no_detail(broken_page):
    response = broken_page(RuntimeError(SECRET_DETAIL))

    text = response.content.decode()
    assert response.status_code == 500
    assert response["X-Request-Id"] in text
    assert "xyzzy" not in text
    assert "Traceback" not in text
    assert "default-src 'none'" in response["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("exception", "status"),
    [
        (OperationalError(f"connection refused: {SECRET_DETAIL}"), 503),
        (InterfaceError("connection already closed"), 503),
        (OperationalError("database or disk is full"), 507),
        (OperationalError('could not extend file: "No space left on device"'), 507),
    ],
)
def test_a_database_that_fails_has_its_own_answer(broken_page, exception, status):
    response = broken_page(exception)

    assert response.status_code == status
    assert "xyzzy" not in response.content.decode()
    assert response.get("Retry-After") == ("5" if status == 503 else None)


def test_a_program_gets_a_problem_document(broken_page):
    response = broken_page(OperationalError("gone"), Accept="application/json")

    document = response.json()
    assert response["Content-Type"] == "application/problem+json"
    assert document["status"] == 503
    assert response["X-Request-Id"] == document["instance"].removeprefix("urn:uuid:")


@pytest.mark.django_db
def test_an_address_that_does_not_exist_is_not_repeated(client):
    response = client.get("/<script>alert(1)</script>")

    assert response.status_code == 404
    assert "alert" not in response.content.decode()


@pytest.mark.django_db
def test_a_refused_page_says_so_and_is_written_down(client):
    viewer = make_user("vera", is_staff=True)
    viewer.groups.set(Group.objects.filter(name="viewer"))
    client.force_login(viewer)

    response = client.get(reverse("audit"))

    assert response.status_code == 403
    entry = AuditEntry.objects.get(action="permission.denied")
    assert (entry.actor_name, entry.target) == ("vera", "/audit/")
    assert json.loads(entry.details) == {"action": "audit.view", "method": "GET"}
    assert entry.request_id == response["X-Request-Id"]


@pytest.mark.django_db
def test_a_form_from_another_site_is_refused():
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_administrator())

    response = client.post(reverse("account-end-sessions"))

    assert response.status_code == 403
    assert "You may not do this" in response.content.decode()


def test_a_request_id_of_the_client_is_not_believed(client):
    response = client.get("/health", headers={"X-Request-Id": "forged"})

    assert response["X-Request-Id"] != "forged"
    assert len(response["X-Request-Id"]) == 32


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path", ["/health", "/admin/login/", "/account/", "/nowhere", "/api/v1/services"]
)
def test_every_answer_carries_the_security_headers(client, path):
    headers = client.get(path).headers

    csp = dict(part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";"))
    assert csp["default-src"] == "'none'"
    assert csp["script-src"] == csp["style-src"] == "'self'"
    assert csp["frame-ancestors"] == csp["base-uri"] == "'none'"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "Server" not in headers
    assert "X-Powered-By" not in headers


@pytest.mark.django_db
@pytest.mark.parametrize(
    "url_name", ["account", "audit", "second-factor", "admin:core_token_changelist"]
)
def test_pages_of_people_are_stored_nowhere(client, url_name):
    client.force_login(make_administrator())

    assert "no-store" in client.get(reverse(url_name))["Cache-Control"]


def test_a_status_without_words_still_makes_a_problem():
    response = errors.problem(RequestFactory().get("/api/x"), 429)

    assert isinstance(response, HttpResponse)
    assert json.loads(response.content)["title"] == "Too Many Requests"
