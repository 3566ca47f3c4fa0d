import pytest
from django.urls import reverse
from django.utils import timezone

from services.catalog.models import ChangeSet, Domain, Service
from tests import make
from tests.filled_form import filled_form
from tests.services.catalog.pages import change_url, errors_of, last_entries, open_form, save

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(client):
    client.force_login(make.make_administrator())
    return client


@pytest.fixture
def service():
    """A service in which every field holds something that forms are known to spoil."""
    row = make.make_service(
        name="api",
        display_name=" Api ",
        description="First\nsecond\n",
        aliases=["Back end", "two\nlines"],
        tags=["a", " b "],
        configuration={"max": 100, "ratio": 1.0, "word": "no", "text": "1", "deep": {"x": [1, {}]}},
        backups={"enabled": True, "note": "a\nb\n"},
        observability={"metrics": ["at /metrics"], "empty": []},
        usage=[{"service": "web", "purposes": ["HTTP", "x: y"]}],
        extra={"x-thing": [None, False]},
    )
    make.make_domain(row, "api.example.com")
    make.make_domain(row, "api.staging.example.com", environment="staging")
    make.make_endpoint(row, description="Basic")
    make.make_route(row, "/api/*", serves="REST")
    make.make_deployment(
        row, start_command="a \\\n  b\n", watch_paths=["backend/**"], extra={"n": 1}
    )
    make.make_dependency(row, make.make_service(name="db"), usage=["rows", "more"])
    make.make_variable(row, "URL", default=" spaced ", allowed_values=["a", "b"], source="${{X.Y}}")
    make.make_variable(row, "KEY", secret=True, generate="openssl rand -hex 32", level="optional")
    return row


def test_saving_an_untouched_page_changes_nothing_at_all(admin, service):
    response = save(admin, service)

    assert response.status_code == 302
    assert not ChangeSet.objects.exists()


def test_an_edit_is_one_change_set_with_just_what_changed(admin, service):
    save(
        admin,
        service,
        description="Other",
        **{"domains-0-hostname": "API2.example.com.", "change_message": "New host"},
    )

    made = ChangeSet.objects.get()
    assert (made.kind, made.actor_name, made.message) == ("admin", "admin", "New host")
    assert [(entry["model"], entry["fields"]) for entry in last_entries()] == [
        ("service", {"description": ["First\nsecond\n", "Other"]}),
        ("domain", {"hostname": ["api.example.com", "api2.example.com"]}),
    ]


def test_one_key_of_a_mapping_changes_alone(admin, service):
    text = open_form(admin, service)["configuration"]

    save(admin, service, configuration=text.replace("max: 100", "max: 250"))

    assert [entry["fields"] for entry in last_entries()] == [{"configuration.max": [100, 250]}]


def test_a_mapping_that_cannot_be_read_says_the_line(admin, service):
    response = save(admin, service, configuration="max: 1\nretention 30")

    assert errors_of(response) == ["Line 2: write `key: value`, with a space after the colon."]


def test_the_domains_of_an_edited_active_service_keep_serving(admin, service):
    save(admin, service, **{"domains-0-hostname": "other.example.com"})

    assert set(service.domains.values_list("is_serving", flat=True)) == {True}


def test_a_host_name_typed_in_capitals_again_keeps_serving(admin, service):
    response = save(admin, service, **{"domains-0-hostname": "API.EXAMPLE.COM"})

    assert response.status_code == 302
    assert not ChangeSet.objects.exists()
    assert Domain.objects.get(hostname="api.example.com").is_serving


def test_the_main_host_name_can_be_swapped_with_the_next(admin, service):
    make.make_domain(service, "second.example.com")
    data = open_form(admin, service)
    first, second = (
        next(name for name, value in data.items() if value == host and name.startswith("domains-"))
        for host in ("api.example.com", "second.example.com")
    )

    save(
        admin,
        service,
        **{first.replace("hostname", "position"): "1", second.replace("hostname", "position"): "0"},
    )

    main = Domain.objects.get(service=service, environment__name="prod", position=0)
    assert main.hostname == "second.example.com"
    assert main.is_serving


def test_two_host_names_change_places(admin, service):
    make.make_domain(service, "second.example.com")
    data = open_form(admin, service)
    first, second = (
        next(name for name, value in data.items() if value == host and name.startswith("domains-"))
        for host in ("api.example.com", "second.example.com")
    )

    response = save(admin, service, **{first: "second.example.com", second: "api.example.com"})

    assert response.status_code == 302
    rows = Domain.objects.filter(service=service, environment__name="prod").order_by("position")
    assert [(row.hostname, row.is_serving) for row in rows] == [
        ("second.example.com", True),
        ("api.example.com", True),
    ]


def test_a_service_may_step_back_and_claim_a_host_name_in_one_save(admin, service):
    make.make_domain(make.make_service(name="web"), "taken.example.com")

    response = save(admin, service, status="planned", **{"domains-0-hostname": "taken.example.com"})

    assert response.status_code == 302
    assert set(service.domains.values_list("is_serving", flat=True)) == {False}


def test_a_host_name_of_another_active_service_is_an_error_on_its_row(admin, service):
    make.make_domain(make.make_service(name="web"), "taken.example.com")

    response = save(admin, service, **{"domains-0-hostname": "taken.example.com"})

    assert errors_of(response) == ["The active service web has this host name in prod."]


def test_a_service_that_becomes_active_is_refused_a_host_name_in_use(admin, service):
    waiting = make.make_service(name="next", status="planned")
    make.make_domain(waiting, "api.example.com")

    response = save(admin, waiting, status="active")

    assert errors_of(response) == ["The active service api has this host name in prod."]


def test_a_planned_service_may_claim_a_host_name_and_is_warned(admin, service):
    waiting = make.make_service(name="next", status="planned")
    make.make_domain(waiting, "soon.example.com")

    response = save(admin, waiting, **{"domains-0-hostname": "api.example.com"})
    page = admin.get(response.url)

    assert b"The host name api.example.com (prod) belongs to the active service api" in page.content


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("https://api.example.com/health", "Write the host name alone: api.example.com"),
        ("münchen.example.com", "Write this name in its DNS form: xn--mnchen-3ya.example.com"),
        ("no spaces.example.com", "A host name looks like api.example.com."),
        ("localhost", "A host name looks like api.example.com."),
    ],
)
def test_a_bad_host_name_says_what_to_write(admin, service, typed, message):
    response = save(admin, service, **{"domains-0-hostname": typed})

    assert errors_of(response) == [message]


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("name", "Not A Slug"),
        ("endpoints-0-path", "health"),
        ("endpoints-0-method", "FETCH"),
        ("routes-0-path", "no slash"),
        ("variables-0-name", "lower"),
        ("deployment-0-port", "70000"),
        ("deployment-0-healthcheck_path", "health check"),
        ("deployment-0-cron_schedule", "* *"),
        ("dependencies-0-connection_variable", "1BAD"),
    ],
)
def test_a_bad_shape_is_an_error_on_its_field(admin, service, field, typed):
    response = save(admin, service, **{field: typed})

    assert len(errors_of(response)) == 1
    assert not ChangeSet.objects.exists()


def test_a_secret_with_a_value_is_refused(admin, service):
    data = open_form(admin, service)
    name = next(name for name, value in data.items() if value == "KEY").replace("name", "default")

    response = save(admin, service, **{name: "hunter2"})

    assert errors_of(response)[0].startswith("A secret has no value here.")


def test_a_need_that_closes_a_circle_is_refused_with_the_circle(admin, service):
    top = make.make_service(name="web")
    make.make_dependency(top, service)
    database = Service.objects.get(name="db")
    empty = open_form(admin, database, "?rows=1")

    response = admin.post(
        change_url(database),
        empty
        | {
            "dependencies-0-role": "service",
            "dependencies-0-alias": "loop",
            "dependencies-0-target": str(top.pk),
        },
    )

    assert errors_of(response) == ["A circle: db → web → api → db."]


def test_a_service_cannot_need_itself(admin, service):
    response = save(admin, service, **{"dependencies-0-target": str(service.pk)})

    assert errors_of(response) == ["A circle: api → api."]


def test_a_need_of_an_archived_service_is_refused_with_words(admin, service):
    gone = make.make_service(name="gone", archived_at=timezone.now())

    response = save(admin, service, **{"dependencies-0-target": str(gone.pk)})

    page = admin.get(response.url) if response.status_code == 302 else response
    assert b"archived" in page.content
    assert not ChangeSet.objects.exists()


def test_a_rename_keeps_the_old_name_as_an_alias_and_the_history(admin, service):
    save(admin, service, name="backend")

    service.refresh_from_db()
    assert (service.name, service.aliases[-1]) == ("backend", "api")
    assert last_entries()[0]["action"] == "rename"
    history = admin.get(reverse("admin:services_service_history", args=[service.pk]))
    assert b"rename" in history.content


def test_a_name_or_alias_of_another_service_is_refused(admin, service):
    assert errors_of(save(admin, service, name="db"))
    assert errors_of(save(admin, service, aliases="DB")) == ["DB already names db."]


def test_a_new_service_is_recorded_as_created(admin):
    project = make.make_project()
    url = reverse("admin:services_service_add")
    data = filled_form(admin.get(url), "service_form")

    response = admin.post(url, data | {"name": "fresh", "project": str(project.pk)})

    assert response.status_code == 302
    assert [(entry["action"], entry["key"]) for entry in last_entries()] == [("create", ["fresh"])]


def test_an_edit_that_the_reader_has_not_seen_is_not_written_over_silently(admin, service):
    stale = open_form(admin, service)
    save(admin, service, description="By somebody else")

    first = admin.post(change_url(service), stale | {"description": "Mine"})
    again = filled_form(first, "service_form")
    second = admin.post(change_url(service), again)

    assert "Change set #1 has changed this" in errors_of(first)[0]
    assert "Change set #1 has changed this" in first.content.decode()
    assert second.status_code == 302
    service.refresh_from_db()
    assert service.description == "Mine"


def test_thirty_variables_cost_as_many_queries_as_three(
    admin, service, django_assert_max_num_queries
):
    admin.get(change_url(service))  # what a process learns once
    few = _queries(admin, change_url(service), django_assert_max_num_queries)
    for number in range(30):
        make.make_variable(service, f"MORE_{number}")
        make.make_route(service, f"/{number}")
        make.make_dependency(service, make.make_service(), alias=f"need-{number}")

    many = _queries(admin, change_url(service), django_assert_max_num_queries)

    assert many == few


def _queries(admin, url, budget):
    with budget(15) as captured:
        assert admin.get(url).status_code == 200
    return len(captured)
