"""What every page of the catalog owes its reader: who may see it, and a budget of queries."""

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from services.catalog.models import Service
from tests.make import make_dependency, make_domain, make_service, make_user, make_variable
from tests.services.catalog.page_tests import make_catalog, signed_in, text_of

pytestmark = pytest.mark.django_db

PAGES = (
    "/",
    "/?by=check",
    "/?check=no-owner",
    "/checks/",
    "/services/s-0/",
    "/services/s-1/",
    "/services/s-1/files/",
    "/projects/{project}/",
    "/roadmap/",
    "/graph/",
    "/graph/?focus=s-0",
    "/graph/?project={project}",
    "/search?q=s",
    "/search?q=s&in=services",
    "/search?q=s&part=results",
)
BUDGET = 15


@pytest.mark.parametrize("page", PAGES)
def test_a_stranger_is_sent_to_the_log_in(page):
    (service,) = make_catalog(1)

    response = Client().get(page.format(project=service.project.name))

    assert response.status_code == 302
    assert response.url.startswith("/admin/login/?next=")


@pytest.mark.parametrize("page", PAGES)
def test_staff_without_a_role_is_refused_and_a_viewer_is_not(page):
    service = make_catalog(2)[0]
    page = page.format(project=service.project.name)
    somebody = Client(HTTP_HOST="localhost")
    member = make_user(is_staff=True)
    somebody.force_login(member)

    refused = somebody.get(page).status_code
    member.groups.set(Group.objects.filter(name="viewer"))
    allowed = somebody.get(page).status_code

    assert (refused, allowed) == (403, 200)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_only_reads(page):
    service = make_catalog(1)[0]

    response = signed_in().post(page.format(project=service.project.name))

    assert response.status_code == 405


def test_the_number_of_queries_does_not_grow_with_the_catalog():
    client = signed_in()
    project = make_catalog(3)[0].project.name
    few = {page: _queries(client, page.format(project=project)) for page in PAGES}

    _grow(27)

    many = {page: _queries(client, page.format(project=project)) for page in PAGES}
    assert many == few
    assert max(many.values()) <= BUDGET
    assert few["/search?q=s"] <= 10


def _grow(by):
    first = Service.objects.get(name="s-0")
    for number in range(by):
        service = make_service(name=f"more-{number}", project=first.project)
        make_domain(service, f"more-{number}.example.com")
        make_variable(service, "URL", source="${{s-0.URL}}")
        make_dependency(service, first)
        make_variable(first, f"MORE_{number}")


def _queries(client, page):
    text_of(client.get(page))
    with CaptureQueriesContext(connection) as queries:
        client.get(page)
    return len(queries)
