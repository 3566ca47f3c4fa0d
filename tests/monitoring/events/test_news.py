"""The console's own events: catalog changes and log-ins of administrators, once each."""

import threading

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone

from monitoring.events.models import Event
from monitoring.events.news import News
from prism.core import audit
from tests.make import make_administrator, make_user

pytestmark = pytest.mark.django_db


def news() -> News:
    return News(threading.Event())


def test_changes_and_log_ins_of_administrators_are_published_once() -> None:
    ada, admin, editor = make_administrator("ada"), make_user("adm"), make_user("ed")
    admin.groups.set(Group.objects.get_or_create(name="admin")[:1])
    for person in (ada, admin, editor):
        audit.record("login.ok", actor=person)
    audit.record(
        "manifest.apply",
        actor=ada,
        target="change set 3",
        details={"counts": {"create": 2}, "message": "add docs"},
    )
    audit.record("token.created", actor=ada)
    one = news()

    assert one.publish(timezone.now()) == 4
    assert one.publish(timezone.now()) == 0
    news().publish(timezone.now())  # a second worker, or the same one started again

    assert list(Event.objects.order_by("seq").values_list("type", "message")) == [
        ("admin.login", "ada logged in"),
        ("admin.login", "adm logged in"),
        ("catalog.applied", "ada applied a manifest, change set 3: add docs"),
    ]
