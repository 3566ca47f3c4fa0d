import pytest
from django.urls import reverse
from django.utils import timezone

from services.catalog.models import ChangeSet, Project, Service
from tests import make
from tests.services.catalog.pages import last_entries

pytestmark = pytest.mark.django_db
SERVICES = reverse("admin:services_service_changelist")


@pytest.fixture
def admin(client):
    client.force_login(make.make_administrator())
    return client


def ask(client, action, rows):
    """Choose rows in the list and an action; give the page that asks for the value."""
    response = client.post(
        SERVICES, {"action": action, "_selected_action": [row.pk for row in rows]}
    )
    assert response.status_code == 200
    return response


def answer(client, page, **values):
    """Fill in the page and press its button."""
    return client.post(page.context["post_url"], page.context["form"].initial | values)


@pytest.mark.parametrize(
    ("action", "values", "field", "expected"),
    [
        ("set_owner", {"owner": "Platform"}, "owner", "Platform"),
        ("set_phase", {"phase": "3"}, "phase", 3),
        ("set_phase", {"phase": ""}, "phase", None),
        ("add_tags", {"tags": "red\r\nblue"}, "tags", ["old", "red", "blue"]),
        ("remove_tags", {"tags": "old"}, "tags", []),
    ],
)
def test_a_value_is_asked_for_and_written_in_one_change_set(admin, action, values, field, expected):
    rows = [make.make_service(phase=1, tags=["old"]) for _ in range(2)]
    untouched = make.make_service(phase=1, tags=["old"], owner="Me")

    response = answer(admin, ask(admin, action, rows), **values, change_message="Tidy up")

    assert response.status_code == 302
    assert [getattr(Service.objects.get(pk=row.pk), field) for row in rows] == [expected] * 2
    assert Service.objects.get(pk=untouched.pk).tags == ["old"]
    assert ChangeSet.objects.get().message == "Tidy up"
    assert len(last_entries()) == 2


def test_more_rows_than_a_form_may_have_fields_are_changed_at_once(admin):
    project = make.make_project()
    Service.objects.bulk_create(
        Service(name=f"s{number}", project=project) for number in range(1_500)
    )

    page = admin.post(
        SERVICES,
        {
            "action": "set_owner",
            "select_across": "1",
            "_selected_action": [Service.objects.first().pk],
        },
    )
    answer(admin, page, owner="Everybody")

    assert Service.objects.filter(owner="Everybody").count() == 1_500


def test_archive_and_restore(admin):
    rows = [make.make_service(), make.make_service()]

    answer(admin, ask(admin, "archive", rows))
    assert not Service.objects.current().exists()

    page = admin.post(
        f"{SERVICES}?archived=yes",
        {"action": "restore", "_selected_action": [row.pk for row in rows]},
    )
    answer(admin, page)
    assert Service.objects.current().count() == 2


def test_the_archive_page_says_what_depends_on_the_rows_and_is_refused_then(admin):
    database, api, web = (make.make_service(name=name) for name in ("db", "api", "web"))
    make.make_dependency(api, database)
    make.make_dependency(web, api, role="service")

    page = ask(admin, "archive", [database])
    refused = answer(admin, page)

    assert [(d.name, d.is_direct) for d in page.context["impact"]] == [
        ("api", True),
        ("web", False),
    ]
    assert refused.status_code == 409
    assert b"api depends on db" in refused.content
    assert Service.objects.current().count() == 3


def test_restoring_a_service_whose_host_name_was_taken_says_so(admin):
    old = make.make_service(name="old", archived_at=timezone.now())
    make.make_domain(old, "a.example.com", is_serving=False)
    make.make_domain(make.make_service(name="new"), "a.example.com")

    page = admin.post(
        f"{SERVICES}?archived=yes", {"action": "restore", "_selected_action": [old.pk]}
    )
    refused = answer(admin, page)

    assert refused.status_code == 409
    assert b"a.example.com" in refused.content


def test_no_tags_is_an_error_and_nothing_is_written(admin):
    page = ask(admin, "add_tags", [make.make_service()])

    response = answer(admin, page, tags=" \r\n")

    assert response.status_code == 400
    assert not ChangeSet.objects.exists()


def test_made_up_ids_are_refused(admin):
    page = ask(admin, "set_owner", [make.make_service()])

    assert answer(admin, page, ids="1,x").status_code == 400


def test_archiving_a_project_archives_its_services(admin):
    service = make.make_service()
    url = reverse("admin:services_project_changelist")

    page = admin.post(url, {"action": "archive", "_selected_action": [service.project.pk]})
    answer(admin, page)

    assert not Project.objects.current().exists()
    assert not Service.objects.current().exists()
