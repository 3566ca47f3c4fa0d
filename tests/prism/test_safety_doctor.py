"""What guards the console, as `prism doctor` sees it."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.utils import timezone

from prism import safety_doctor
from prism.core import audit
from prism.core.audit_entry import AuditEntry
from prism.core.audit_guard import install_guard
from prism.finding import Light
from tests.make import make_administrator, make_user

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("password", ["admin", "changeme", "root"])
def test_an_administrator_with_a_first_guess_for_a_password_is_red(password):
    make_administrator("root", password=password)

    finding = safety_doctor.passwords_finding()

    assert finding.light is Light.RED
    assert "root" in finding.seen


def test_the_role_counts_and_retired_people_do_not():
    admin = make_user("ada", is_staff=True, password="ada")
    make_administrator("gone", password="admin", is_active=False)
    assert safety_doctor.passwords_finding().light is Light.GREEN

    admin.groups.set(Group.objects.filter(name="admin"))

    assert safety_doctor.passwords_finding().light is Light.RED


def test_a_broken_chain_is_red():
    audit.record("first")
    assert safety_doctor.audit_finding().light is Light.GREEN

    AuditEntry.objects.update(action="forged")

    assert safety_doctor.audit_finding().light is Light.RED


def test_missing_triggers_are_red():
    assert safety_doctor.guard_finding().light is Light.RED

    install_guard(connection)

    assert safety_doctor.guard_finding().light is Light.GREEN


@pytest.mark.parametrize(
    ("off_s", "light"), [(0.2, Light.GREEN), (-3, Light.AMBER), (60, Light.RED)]
)
def test_clocks_drift_apart(off_s, light):
    now = timezone.now()

    finding = safety_doctor.clock_finding(now, now + timedelta(seconds=off_s))

    assert finding.light is light


def test_the_database_names_its_version():
    finding = safety_doctor.database_version_finding()

    assert finding.seen.startswith(("SQLite 3.", "PostgreSQL "))
