"""The editor and the manifest together: what one writes the other must not disturb."""

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from services.catalog.models import (
    ChangeSet,
    Environment,
    MigrationPlan,
    Project,
    Runbook,
    Section,
    Service,
    Workflow,
    Workspace,
)
from tests import make
from tests.services.catalog.pages import change_url, save

EXAMPLE = Path(__file__).parents[3] / "examples" / "manifest.yml"
pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(client):
    """Log in and import the example."""
    client.force_login(make.make_administrator())
    file = SimpleUploadedFile("manifest.yml", EXAMPLE.read_bytes())
    preview = client.post(reverse("manifest-plan"), {"file": file}, follow=True)
    url = reverse("manifest-apply", args=[preview.context["pending"].pk])
    client.post(url, {"revision": "0"})
    assert Service.objects.exists()
    return client


def test_opening_and_saving_every_page_changes_not_one_byte_of_the_export(admin):
    models = (
        Workspace, Environment, Project, Service, Workflow, Runbook, MigrationPlan, Section,
    )  # fmt: skip
    for model in models:
        for row in model.objects.all():
            assert save(admin, row).status_code == 302, row

    assert ChangeSet.objects.count() == 1
    assert admin.get(reverse("manifest-export")).content == EXAMPLE.read_bytes()


def test_a_field_says_which_line_it_came_from_and_after_an_edit_who_made_it(admin):
    service = Service.objects.exclude(repo="").order_by("pk").first()

    before = admin.get(change_url(service)).content.decode()
    save(admin, service, owner="Somebody")
    after = admin.get(change_url(service)).content.decode()

    assert "manifest.yml:" in before
    assert "edited by admin on" not in before
    assert "edited by admin on" in after


def test_an_edit_in_the_editor_is_patched_into_the_exported_text(admin):
    service = Service.objects.exclude(repo="").order_by("pk").first()

    save(admin, service, repo="org/elsewhere")
    text = admin.get(reverse("manifest-export")).content.decode()

    changed = [line for line in text.splitlines() if line not in EXAMPLE.read_text().splitlines()]
    assert len(changed) == 1
    assert "org/elsewhere" in changed[0]
