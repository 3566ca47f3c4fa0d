"""The pages of people: who changes whom, and what is written down."""

import json

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse

from prism.core.audit_entry import AuditEntry
from tests.make import make_administrator, make_user

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery"


@pytest.fixture
def root(client):
    client.force_login(make_administrator("root"))
    return client


def change(client, person, **over):
    roles = Group.objects.filter(name__in=over.pop("roles", []))
    data = {
        "username": person.username,
        "is_active": "on",
        "is_staff": "on",
        "groups": [role.pk for role in roles],
        **over,
    }
    data = {name: value for name, value in data.items() if value is not None}
    return client.post(reverse("admin:auth_user_change", args=[person.pk]), data)


def written():
    entries = AuditEntry.objects.order_by("number")
    return {entry.action: json.loads(entry.details) for entry in entries}


def test_a_new_person_may_log_in_and_has_no_role(root):
    data = {"username": "ada", "password1": PASSWORD, "password2": PASSWORD}
    root.post(reverse("admin:auth_user_add"), {**data, "usable_password": "true"})

    ada = User.objects.get(username="ada")
    assert ada.is_staff
    assert not ada.is_superuser
    assert not ada.groups.exists()
    assert "person.created" in written()
    assert PASSWORD not in str(written())


def test_a_weak_password_is_refused(root):
    data = {"username": "ada", "password1": "short", "password2": "short"}

    root.post(reverse("admin:auth_user_add"), {**data, "usable_password": "true"})

    assert not User.objects.filter(username="ada").exists()


def test_giving_a_role_is_written_down_with_before_and_after(root):
    ada = make_user("ada", is_staff=True)

    assert change(root, ada, roles=["editor"]).status_code == 302

    assert written()["person.roles_changed"] == {"before": [], "after": ["editor"]}


def test_making_a_superuser_is_an_entry_of_its_own(root):
    ada = make_user("ada", is_staff=True)

    change(root, ada, is_superuser="on")

    assert written()["person.superuser_changed"] == {"now": True}


def test_an_admin_sees_people_and_changes_nobody(client):
    admin = make_user("adm", is_staff=True, password=PASSWORD)
    admin.groups.set(Group.objects.filter(name="admin"))
    client.force_login(admin)

    page = client.get(reverse("admin:auth_user_change", args=[admin.pk]))
    refused = change(client, admin, is_superuser="on")

    assert page.status_code == 200
    assert "algorithm" not in page.content.decode()
    assert refused.status_code == 403
    admin.refresh_from_db()
    assert not admin.is_superuser


def test_taking_away_active_ends_the_sessions(root):
    ada = make_administrator("ada")
    theirs = Client()
    theirs.force_login(ada)

    change(root, ada, is_active=None)

    assert theirs.get(reverse("account")).status_code == 302


def test_a_new_password_by_a_superuser_ends_the_sessions(root):
    ada = make_administrator("ada")
    theirs = Client()
    theirs.force_login(ada)
    data = {"password1": PASSWORD, "password2": PASSWORD, "usable_password": "true"}

    root.post(reverse("admin:auth_user_password_change", args=[ada.pk]), data)

    assert theirs.get(reverse("account")).status_code == 302
    assert written()["password.changed"] == {"by_superuser": True}


def test_an_admin_ends_sessions_of_people_they_may_not_change(client):
    admin = make_user("adm", is_staff=True)
    admin.groups.set(Group.objects.filter(name="admin"))
    client.force_login(admin)
    ada = make_administrator("ada")
    theirs = Client()
    theirs.force_login(ada)

    client.post(
        reverse("admin:auth_user_changelist"),
        {"action": "end_sessions", "_selected_action": [ada.pk]},
    )

    assert theirs.get(reverse("account")).status_code == 302
    assert "sessions.ended" in written()


def test_a_person_without_a_role_is_shown_the_way_to_their_account(client):
    client.force_login(make_user(is_staff=True))

    page = client.get("/")

    assert page.status_code == 403
    assert reverse("account") in page.content.decode()
    assert client.get(reverse("account")).status_code == 200


def test_deleting_a_person_is_written_down(root):
    ada = make_user("ada")

    root.post(reverse("admin:auth_user_delete", args=[ada.pk]), {"post": "yes"})

    assert not User.objects.filter(username="ada").exists()
    assert AuditEntry.objects.get(action="person.deleted").target == "ada"
