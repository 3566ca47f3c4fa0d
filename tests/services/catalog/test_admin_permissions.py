import pytest
from django.contrib.auth.models import Group
from django.urls import reverse
from django.utils import timezone

from services.catalog.models import ChangeSet
from tests import make
from tests.services.catalog.pages import change_url

pytestmark = pytest.mark.django_db


def log_in(client, role):
    user = make.make_user(is_staff=True)
    user.groups.add(Group.objects.get_or_create(name=role)[0])
    client.force_login(user)


@pytest.fixture
def service():
    row = make.make_service(name="api")
    make.make_domain(row, "api.example.com")
    make.make_variable(row, "URL")
    make.make_dependency(row, make.make_service(name="db"))
    make.make_deployment(row)
    return row


def test_a_viewer_reads_everything_and_changes_nothing(client, service):
    log_in(client, "viewer")

    page = client.get(change_url(service))
    saved = client.post(change_url(service), {"name": "other"})
    archived = client.post(reverse("admin:services_service_archive", args=[service.pk]))

    assert page.status_code == 200
    for word in (b"api.example.com", b"URL", b"db"):
        assert word in page.content
    assert b'name="_save"' not in page.content
    assert (saved.status_code, archived.status_code) == (403, 403)
    assert not ChangeSet.objects.exists()


def test_a_viewer_is_offered_no_bulk_action_and_refused_its_address(client, service):
    log_in(client, "viewer")

    page = client.get(reverse("admin:services_service_changelist"))
    response = client.post(reverse("admin:services_service_set_owner"), {"ids": str(service.pk)})

    assert b'name="action"' not in page.content
    assert response.status_code == 403


def test_an_editor_archives_but_does_not_delete(client, service):
    log_in(client, "editor")
    service.archived_at = timezone.now()
    service.save()

    response = client.get(reverse("admin:services_service_delete", args=[service.pk]))

    assert response.status_code == 403


@pytest.mark.parametrize("model", ["changeset", "change", "manifestdocument"])
def test_the_history_is_for_reading_even_to_a_superuser(client, model):
    client.force_login(make.make_administrator())

    assert client.get(reverse(f"admin:services_{model}_changelist")).status_code == 200
    assert client.get(reverse(f"admin:services_{model}_add")).status_code == 403


def test_without_a_role_nothing_is_shown(client, service):
    client.force_login(make.make_user(is_staff=True))

    assert client.get(change_url(service)).status_code == 403
