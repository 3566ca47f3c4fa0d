import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from services.catalog.models import Change, ChangeSet
from tests import make

pytestmark = pytest.mark.django_db
SERVICES = reverse("admin:services_service_changelist")
PROJECTS = reverse("admin:services_project_changelist")


@pytest.fixture
def admin(client):
    client.force_login(make.make_administrator())
    return client


def names(client, url, **query):
    response = client.get(url, query)
    assert response.status_code == 200
    return [row.name for row in response.context["cl"].result_list]


@pytest.mark.parametrize("url", [SERVICES, PROJECTS])
def test_thirty_rows_cost_as_many_queries_as_three_and_at_most_fifteen(admin, url):
    def queries():
        admin.get(url)  # the first request of a process fills caches
        with CaptureQueriesContext(connection) as captured:
            assert admin.get(url).status_code == 200
        return len(captured)

    project = make.make_project()
    for _ in range(3):
        make.make_service(project=project)
    few = queries()
    for _ in range(27):
        make.make_service(project=make.make_project(), owner="Team", kind="backend")
    many = queries()

    assert many == few
    assert many <= 15


def test_archived_services_are_hidden_until_asked_for(admin):
    make.make_service(name="here")
    make.make_service(name="gone", archived_at=timezone.now())

    assert names(admin, SERVICES) == ["here"]
    assert names(admin, SERVICES, archived="yes") == ["gone"]
    assert names(admin, SERVICES, archived="all") == ["gone", "here"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"status": "planned"}, ["b"]),
        ({"phase": "2"}, ["b"]),
        ({"kind": "backend"}, ["a"]),
        ({"owner": "Platform"}, ["a"]),
        ({"owner": "-"}, ["b"]),
        ({"q": "other name"}, ["a"]),
        ({"q": "api.example.com"}, ["a"]),
        ({"q": "DATABASE_URL"}, ["b"]),
        ({"q": "blue"}, ["b"]),
    ],
)
def test_filters_and_search_find_the_right_services(admin, query, found):
    first = make.make_service(name="a", kind="backend", owner="Platform", aliases=["Other Name"])
    second = make.make_service(name="b", status="planned", phase=2, tags=["blue"])
    make.make_domain(first, "api.example.com")
    make.make_variable(second, "DATABASE_URL")

    assert names(admin, SERVICES, **query) == found


def test_the_project_filter_and_the_count_of_services_agree(admin):
    project = make.make_project(name="core")
    make.make_service(name="inside", project=project)
    make.make_service(name="archived", project=project, archived_at=timezone.now())
    make.make_service(name="outside")

    page = admin.get(PROJECTS)

    link = f'{SERVICES}?project__id__exact={project.pk}">1</a>'
    assert link in page.content.decode()
    assert names(admin, SERVICES, project__id__exact=project.pk) == ["inside"]


def test_a_row_says_when_it_last_changed(admin):
    make.make_service(name="api")
    old = make.make_change_set(created_at=timezone.now().replace(year=2020))
    new = make.make_change_set(created_at=timezone.now().replace(year=2021))
    for change_set in (old, new):
        Change.objects.create(
            change_set=change_set, subject_kind="service", subject_name="api", entries=[]
        )

    row = admin.get(SERVICES).context["cl"].result_list[0]

    assert row.changed_at == ChangeSet.objects.get(pk=new.pk).created_at


def test_a_search_box_offers_current_services_by_their_names_only(admin):
    make.make_service(name="api-one")
    make.make_variable(make.make_service(name="other", description="Calls the api"), "API_URL")
    make.make_service(name="api-two", archived_at=timezone.now())

    response = admin.get(
        reverse("admin:autocomplete"),
        {
            "app_label": "services",
            "model_name": "dependency",
            "field_name": "target",
            "term": "api",
        },
    )

    assert [result["text"] for result in response.json()["results"]] == ["api-one"]
