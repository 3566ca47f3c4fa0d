"""Exporting the catalog in the database."""

from pathlib import Path

import pytest
from django.utils import timezone

from services.catalog.actions import record_edit
from services.catalog.models import Service
from services.manifest.actions import apply_plan, plan_manifest
from services.manifest.export import export_manifest
from services.manifest.provenance import provenance_of

pytestmark = pytest.mark.django_db

TEXT = """\
projects:
  core:
    services:
      backend:
        repo: 'acme/core'  # Future split
        databases:
          primary: {service: "Postgres", connection_var: DATABASE_URL}
      postgres:
        kind: database
        usage:
          - service: backend
            purposes: [rows]
"""


def apply(text: str) -> None:
    plan = plan_manifest(text, file_name="manifest.yml")
    apply_plan(plan, actor=None, actor_name="test", message="", now=timezone.now())


def edit(service: str, **fields: object) -> None:
    with record_edit(actor=None, now=timezone.now()) as edit:
        edit.watch("service", service)
        Service.objects.filter(name=service).update(**fields)


def test_an_empty_catalog_exports_an_empty_manifest():
    assert export_manifest().text == "projects: {}\n"


@pytest.mark.parametrize("text", [TEXT, TEXT.replace("\n", "\r\n"), Path("examples/manifest.yml").read_text()])  # fmt: skip
def test_an_untouched_import_exports_byte_for_byte(text):
    apply(text)

    assert export_manifest().text == text


def test_an_edit_is_patched_into_the_text():
    apply(TEXT)

    edit("backend", repo="acme/api")

    assert export_manifest().text == TEXT.replace("acme/core", "acme/api")


def test_a_rename_is_followed_by_those_who_name_the_service():
    apply(TEXT)

    edit("backend", name="api", aliases=["backend"])

    assert Service.objects.get(name="postgres").usage[0]["service"] == "api"
    assert export_manifest().text == TEXT.replace("      backend:", "      api:").replace(
        "DATABASE_URL}\n", 'DATABASE_URL}\n        aliases:\n          - "backend"\n'
    )


def test_what_was_exported_after_an_edit_applies_without_a_change():
    apply(TEXT)
    edit("backend", name="api", aliases=["backend"], owner="Ann")

    plan = plan_manifest(export_manifest().text, file_name="manifest.yml")

    assert plan.entries == ()


def test_a_value_says_whether_the_file_an_edit_or_nobody_gave_it():
    apply(TEXT)
    edit("backend", owner="Ann")

    provenance = provenance_of("service", "backend")

    assert provenance.of("service", "backend", "repo").label == "manifest.yml:5"
    assert provenance.of("service", "backend", "owner").source == "admin"
    assert provenance.of("service", "backend", "branch").source == "default"
    assert provenance.of_record("dependency", "backend/database/primary").source == "manifest"
