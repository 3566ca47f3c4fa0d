"""The page of one project."""

import pytest
from django.utils import timezone

from tests.make import make_change_set, make_project, make_service
from tests.services.catalog.page_tests import HARMLESS, HOSTILE, signed_in, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def client():
    return signed_in()


def test_an_empty_project_offers_to_add_a_service(client):
    make_project(name="shop")

    assert "No service is in this project yet" in text_of(client.get("/projects/shop/"))


def test_a_former_name_or_other_letters_lead_to_the_page(client):
    make_project(name="shop", aliases=["store"])

    for name in ("store", "SHOP"):
        assert client.get(f"/projects/{name}/")["Location"] == "/projects/shop/"
    assert client.get("/projects/nobody/").status_code == 404


def test_a_project_shows_its_current_services_and_what_changed(client):
    project = make_project(name="shop", phase=2, description="Sells", owner="sales")
    make_service(name="api", project=project)
    make_service(name="gone", project=project, archived_at=timezone.now())
    make_change_set(created_at=timezone.now(), message="Begin").changes.create(
        subject_kind="project", subject_name="shop", entries=[]
    )

    page = text_of(client.get("/projects/shop/"))

    assert '<a href="/services/api/">' in page
    assert "gone" not in page
    assert "Begin" in page
    assert "sales" in page


@pytest.mark.parametrize(
    ("status", "is_overdue"), [("planned", True), ("development", True), ("active", False)]
)
def test_a_target_date_that_passed_is_overdue_until_the_project_is_active(
    client, status, is_overdue
):
    make_project(name="shop", status=status, target_date="2020-Q1")

    assert ("overdue" in text_of(client.get("/projects/shop/"))) is is_overdue


def test_an_archived_project_shows_what_was_archived_with_it(client):
    project = make_project(name="shop", archived_at=timezone.now())
    make_service(name="api", project=project, archived_at=timezone.now())

    page = text_of(client.get("/projects/shop/"))

    assert "Archived on" in page
    assert "/services/api/" in page


def test_html_stays_text(client):
    make_project(name="shop", description=HOSTILE, owner=HOSTILE, repo=f"javascript:{HOSTILE}")

    page = text_of(client.get("/projects/shop/"))

    assert HARMLESS in page
    assert "<img src=x" not in page
    assert 'href="javascript' not in page
