import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from services.catalog.actions import set_owner
from services.catalog.models import ChangeSet, Service
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def user():
    return make.make_administrator()


@pytest.fixture
def admin(client, user):
    client.force_login(user)
    return client


def give(user, owner, *services, message=""):
    return set_owner(
        kind="service",
        names=[service.name for service in services],
        owner=owner,
        actor=user,
        now=timezone.now(),
        message=message,
    )


def test_the_list_is_newest_first_and_can_be_filtered(admin, user):
    service = make.make_service()
    give(user, "A", service, message="First")
    give(user, "B", service, message="Second")

    everything = admin.get(reverse("change-sets"))
    nothing = admin.get(reverse("change-sets"), {"kind": "manifest"})
    by_name = admin.get(reverse("change-sets"), {"actor": "ADM"})

    assert [row.message for row in everything.context["page"]] == ["Second", "First"]
    assert b"No change set matches" in nothing.content
    assert len(by_name.context["page"]) == 2


def test_an_empty_history_says_how_to_begin(admin):
    assert b"Nothing has changed yet" in admin.get(reverse("change-sets")).content


def test_a_change_set_shows_old_and_new(admin, user):
    service = make.make_service(name="api", owner="Old team")
    made = give(user, "New team", service)

    page = admin.get(reverse("change-set", args=[made.revision])).content.decode()

    assert "<del>Old team</del>" in page
    assert "<ins>New team</ins>" in page


def test_an_unknown_change_set_is_not_found(admin):
    assert admin.get(reverse("change-set", args=[99])).status_code == 404


def test_a_revert_restores_the_values_and_both_pages_link_each_other(admin, user):
    service = make.make_service(name="api", owner="Old team")
    made = give(user, "New team", service)

    response = admin.post(
        reverse("change-set-revert", args=[made.revision]), {"message": "A mistake"}, follow=True
    )

    assert Service.objects.get().owner == "Old team"
    assert ChangeSet.objects.latest("revision").message == "A mistake"
    assert b"takes back" in response.content
    reverted = admin.get(reverse("change-set", args=[made.revision]))
    assert b"Reverted" in reverted.content
    assert b"Revert #" not in reverted.content


def test_a_revert_that_later_changes_exclude_lists_them(admin, user):
    service = make.make_service(name="api")
    first = give(user, "A", service)
    later = give(user, "B", service)

    response = admin.post(reverse("change-set-revert", args=[first.revision]))

    assert response.status_code == 409
    assert f">#{later.revision}</a>" in response.content.decode()
    assert Service.objects.get().owner == "B"


def test_a_second_revert_says_that_it_was_done(admin, user):
    made = give(user, "A", make.make_service())
    url = reverse("change-set-revert", args=[made.revision])
    admin.post(url)

    response = admin.post(url, follow=True)

    assert b"was reverted by" in response.content


def test_a_viewer_sees_no_revert_button_and_is_refused(client, user):
    made = give(user, "A", make.make_service())
    viewer = make.make_user(is_staff=True)
    viewer.groups.add(Group.objects.get_or_create(name="viewer")[0])
    client.force_login(viewer)

    page = client.get(reverse("change-set", args=[made.revision]))
    response = client.post(reverse("change-set-revert", args=[made.revision]))

    assert page.status_code == 200
    assert b"Revert #" not in page.content
    assert response.status_code == 403


def test_a_large_change_set_is_shown_in_pages(admin, user):
    services = [make.make_service() for _ in range(40)]
    made = give(user, "Everybody", *services)
    url = reverse("change-set", args=[made.revision])

    assert len(admin.get(url).context["subjects"]) == 15
    assert len(admin.get(url, {"page": "3"}).context["subjects"]) == 10


def test_pages_cost_the_same_queries_with_many_rows(admin, user):
    def queries(url):
        admin.get(url)
        with CaptureQueriesContext(connection) as captured:
            admin.get(url)
        return len(captured)

    small = give(user, "A", *(make.make_service() for _ in range(3)))
    few = [queries(reverse("change-sets")), queries(reverse("change-set", args=[small.revision]))]
    services = [make.make_service() for _ in range(12)]
    for number in range(20):
        large = give(user, f"Team {number}", *services)

    many = [queries(reverse("change-sets")), queries(reverse("change-set", args=[large.revision]))]

    assert many == few
    assert max(many) <= 15
