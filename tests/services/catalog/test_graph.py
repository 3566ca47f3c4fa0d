"""The page of the dependency graph."""

import pytest
from django.utils import timezone

from services.catalog.models import Service
from services.catalog.scope import DRAWN_AT_MOST
from tests.make import make_dependency, make_project, make_service, make_variable
from tests.services.catalog.page_tests import HARMLESS, HOSTILE, signed_in, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def client():
    return signed_in()


@pytest.fixture
def company():
    """`web` needs `api` needs `db`; `cron` reads a variable of `api`; `docs` is on its own."""
    services = {name: make_service(name=name) for name in ("web", "api", "db", "cron", "docs")}
    make_dependency(services["web"], services["api"], role="service", alias="api")
    make_dependency(services["api"], services["db"])
    make_variable(services["cron"], "API_URL", source="https://${{API.HOST}}")
    return services


def test_an_empty_catalog_says_how_to_fill_it(client):
    assert "prism apply" in text_of(client.get("/graph/"))


def test_services_without_needs_are_listed(client):
    make_service(name="docs")

    page = text_of(client.get("/graph/"))

    assert "No service needs another one yet" in page
    assert '<a href="/services/docs/">docs</a>' in page


def test_every_service_is_a_link_in_the_drawing_and_every_need_a_row(client, company):
    page = text_of(client.get("/graph/"))

    for name in ("web", "api", "db", "cron"):
        assert f'data-name="{name}"' in page
    assert 'data-name="docs"' not in page
    assert page.count('<path class="arrow') == 3
    assert "3 dependencies" in page
    assert 'arrow none derived" d="' in page


def test_the_focus_says_what_breaks_and_what_it_needs(client, company):
    response = client.get("/graph/?focus=db")
    impact = response.context["impact"]

    assert [(reached.name, reached.distance) for reached in impact.breaks] == [
        ("api", 1),
        ("cron", 2),
        ("web", 2),
    ]
    page = text_of(response)
    assert "What breaks if db stops" in page
    assert 'class="box focus active" href="/services/db/"' in page


def test_a_focus_may_be_any_name_of_a_service(client, company):
    Service.objects.filter(name="db").update(display_name="Main DB")

    assert client.get("/graph/?focus=main+db").context["focus"].name == "db"


def test_a_focus_that_nobody_has_says_so_and_shows_the_graph(client, company):
    page = text_of(client.get("/graph/?focus=nobody"))

    assert "There is no service called nobody" in page
    assert 'data-name="web"' in page


def test_a_service_on_its_own_breaks_nothing(client, company):
    page = text_of(client.get("/graph/?focus=docs"))

    assert "Nothing in the catalog needs it" in page


def test_archived_services_are_not_drawn(client, company):
    Service.objects.filter(name="web").update(archived_at=timezone.now())

    assert 'data-name="web"' not in text_of(client.get("/graph/"))


def test_a_cycle_is_drawn(client, company):
    make_dependency(company["db"], company["web"], role="service", alias="web")

    page = text_of(client.get("/graph/?focus=db"))

    assert 'class="box both' in page


def test_a_graph_that_is_too_big_offers_its_projects(client):
    project = make_project(name="big")
    hub = make_service(name="hub", project=project)
    for number in range(DRAWN_AT_MOST):
        make_dependency(make_service(name=f"s-{number}", project=project), hub)

    whole = text_of(client.get("/graph/"))
    of_project = text_of(client.get("/graph/?project=big"))

    assert "Choose a project" in whole
    assert "data-graph" not in whole
    assert of_project.count("data-name=") == DRAWN_AT_MOST
    assert "1 are left out" in of_project


def test_html_in_names_stays_text(client, company):
    Service.objects.filter(name="web").update(kind=HOSTILE[:50])
    make_variable(company["web"], "X", source="${{db.X}}", description=HOSTILE)

    page = text_of(client.get(f"/graph/?focus={HOSTILE}"))

    assert HARMLESS in page
    assert "<img src=x" not in page
    assert " style=" not in page
