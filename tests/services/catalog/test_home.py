"""The home page."""

from datetime import UTC, datetime

import pytest
from django.utils import timezone

from services.catalog.models import Section
from services.catalog.overview import load_overview
from tests.make import (
    make_change_set,
    make_deployment,
    make_domain,
    make_endpoint,
    make_project,
    make_service,
    make_variable,
)
from tests.services.catalog.page_tests import HARMLESS, HOSTILE, signed_in, text_of

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def client():
    return signed_in()


def found():
    return {
        result.check.id: [finding.subject for finding in result.findings]
        for result in load_overview(NOW).results
    }


def test_an_empty_catalog_says_how_to_fill_it(client):
    page = text_of(client.get("/"))

    assert "prism apply" in page
    assert "/manifest/" in page
    assert "Needs attention" not in page


def test_a_catalog_in_order_says_so(client):
    service = make_service(owner="platform")
    make_domain(service, "api.example.com")
    make_endpoint(service, "/health")

    assert "Every check passes" in text_of(client.get("/"))


def test_what_is_wrong_links_to_the_service(client):
    service = make_service(name="api")

    page = text_of(client.get("/"))

    assert 'href="/services/api/"' in page
    assert "Active service has no owner" in page
    assert service.name in found()["no-domain"]


def test_the_owner_of_the_project_answers_for_its_services():
    make_service(project=make_project(owner="platform"))

    assert "no-owner" not in found()


@pytest.mark.parametrize("declare", ["endpoint", "deployment"])
def test_a_health_path_may_be_an_endpoint_or_a_deployment_setting(declare):
    service = make_service()
    if declare == "endpoint":
        make_endpoint(service, "/api/Health/summary")
    else:
        make_deployment(service, healthcheck_path="/up")

    assert "no-health-path" not in found()


def test_a_planned_service_waits_for_the_host_of_an_active_one():
    make_domain(make_service(name="old"), "example.com")
    make_domain(make_service(name="new", status="planned"), "example.com")
    make_domain(make_service(name="elsewhere", status="planned"), "example.com", environment="dev")

    assert found()["claimed-host"] == ["new"]


def test_archived_services_are_in_no_check():
    gone = make_service(archived_at=timezone.now())
    make_variable(gone, "A_TOKEN", source="${{nobody.X}}")

    assert found() == {}


def test_the_counts_that_the_manifest_declares_are_compared():
    make_service()
    Section.objects.create(name="deployment_state", value={"active_services": 3})

    assert found()["declared-counts"] == [""]


def test_a_check_shows_three_and_opens_on_request(client):
    for number in range(5):
        make_service(name=f"service-{number}", status="active")

    closed = text_of(client.get("/?by=check"))
    opened = text_of(client.get("/?check=no-owner"))

    assert "?check=no-owner#no-owner" in closed
    assert closed.count("/services/service-4/") == 0
    assert opened.count("/services/service-4/") == 1


def test_what_is_wrong_is_grouped_by_service_the_worst_first(client):
    make_service(name="warned")
    bad = make_service(name="wrong", owner="platform")
    make_variable(bad, "URL", source="${{nobody.URL}}")

    page = text_of(client.get("/"))

    assert page.index('href="/services/wrong/"') < page.index('href="/services/warned/"')
    assert 'title="error"' in page
    assert "URL: nobody" in page


def test_only_the_worst_services_are_on_the_home_page(client):
    for number in range(15):
        make_service(name=f"service-{number:02}")

    page = text_of(client.get("/"))

    assert page.count('href="/services/service-') == 12
    assert 'href="/checks/">Show all 15<' in page


def test_the_page_of_checks_has_every_check_and_every_finding(client, settings):
    settings.PRISM_CHECKS = {"no-domain": "off", "no-owner": "fail"}
    for number in range(15):
        make_service(name=f"service-{number:02}")

    page = text_of(client.get("/checks/"))

    assert page.count('href="/services/service-') == 15
    assert "claimed-host" in page
    assert "not asked" in page
    assert '<span class="chip down">error</span></td><td><b>Active service has no owner' in page


def test_an_unknown_check_opens_nothing(client):
    make_service()

    assert "Show fewer" not in text_of(client.get("/?check=%00nothing"))


def test_the_newest_change_sets_come_first_with_who_and_what(client):
    make_service()
    for number in range(10):
        change_set = make_change_set(
            created_at=timezone.now(),
            actor_name="Ada",
            message=f"number {number}",
            counts={"create": 2},
        )
        for name in "abcde":
            change_set.changes.create(subject_kind="service", subject_name=name, entries=[])

    page = text_of(client.get("/"))

    assert page.index("number 9") < page.index("number 8")
    assert "number 1" not in page
    assert "Ada" in page
    assert "2 created" in page
    assert "a, b, c and 2 more" in page


def test_the_totals_leave_out_what_is_archived():
    service = make_service(status="planned")
    make_variable(service, level="optional")
    make_domain(service, "a.example.com")
    gone = make_service(archived_at=timezone.now(), project=service.project)
    make_variable(gone)

    totals = load_overview(NOW).totals

    assert (totals.services, totals.by_status) == (1, {"planned": 1})
    assert (totals.variables, totals.required_variables) == (1, 0)
    assert (totals.domains, totals.environments) == (1, 1)


@pytest.mark.parametrize("value", ["a text", ["a", "list"], {"phase": {"deep": 1}}, None])
def test_a_deployment_state_of_any_shape_is_no_error(client, value):
    make_service()
    Section.objects.create(name="deployment_state", value=value)

    text_of(client.get("/"))


def test_html_in_names_and_messages_stays_text(client):
    make_service(name="api")
    Section.objects.create(name="deployment_state", value={"phase": HOSTILE})
    make_change_set(created_at=timezone.now(), message=HOSTILE, actor_name=HOSTILE)

    page = text_of(client.get("/"))

    assert HARMLESS in page
    assert "<script>alert" not in page
    assert "<img src=x" not in page
