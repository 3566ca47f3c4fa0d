import pytest
from django.urls import reverse
from django.utils import timezone

from prism.core.models import AuditEntry
from services.catalog.models import Service
from tests import make
from tests.services.catalog.pages import change_url, last_entries

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(client):
    client.force_login(make.make_administrator())
    return client


def archive_url(row):
    return reverse(f"admin:services_{row._meta.model_name}_archive", args=[row.pk])


def test_a_service_is_archived_and_restored_on_its_own_page(admin):
    service = make.make_service(name="api")

    admin.post(archive_url(service), {"change_message": "Replaced"})
    service.refresh_from_db()
    assert service.archived_at is not None
    assert last_entries()[0]["action"] == "archive"

    admin.post(archive_url(service))
    service.refresh_from_db()
    assert service.archived_at is None


def test_the_page_lists_what_depends_on_the_service_near_and_far(admin):
    database, api, web = (make.make_service(name=name) for name in ("db", "api", "web"))
    make.make_dependency(api, database)
    make.make_dependency(web, api, role="service")

    page = admin.get(archive_url(database)).content.decode()

    assert "What depends on this: 2 services" in page
    assert "through api" in page


def test_a_needed_service_is_not_archived(admin):
    database = make.make_service(name="db")
    make.make_dependency(make.make_service(name="api"), database)

    response = admin.post(archive_url(database))

    assert response.status_code == 409
    assert b"api depends on db" in response.content


def test_an_archived_service_can_be_read_but_not_changed(admin):
    service = make.make_service(archived_at=timezone.now())

    page = admin.get(change_url(service))
    response = admin.post(change_url(service), {"name": "other"})

    assert b"Restore it to change it" in page.content
    assert b'name="_save"' not in page.content
    assert response.status_code == 302
    assert b"restore it before editing it" in admin.get(response.url).content
    assert Service.objects.get().name == service.name


def test_only_what_is_archived_can_be_deleted(admin):
    service = make.make_service()
    url = reverse("admin:services_service_delete", args=[service.pk])

    assert admin.get(url).status_code == 403

    Service.objects.update(archived_at=timezone.now())
    assert admin.post(url, {"post": "yes"}).status_code == 302
    assert not Service.objects.exists()
    entry = AuditEntry.objects.latest("number")
    assert (entry.action, entry.target) == ("catalog.delete", f"service {service.name}")


def test_the_delete_page_lists_what_depends_on_the_service(admin):
    database = make.make_service(name="db", archived_at=timezone.now())
    make.make_dependency(make.make_service(name="api"), database)

    page = admin.get(reverse("admin:services_service_delete", args=[database.pk]))

    assert b"What depends on this: 1 service" in page.content


def test_archiving_a_project_names_the_services_that_go_along(admin):
    service = make.make_service(name="api")

    page = admin.get(archive_url(service.project))

    assert b"Archived along with it: 1 service" in page.content
