"""The page of one service."""

from datetime import UTC, datetime

import pytest
from django.utils import timezone

from services.catalog.dossier import load_dossier
from services.catalog.links import repository_link
from services.catalog.mentions import mentions_any
from services.catalog.models import Service
from tests.make import (
    make_change_set,
    make_dependency,
    make_deployment,
    make_domain,
    make_endpoint,
    make_migration_plan,
    make_project,
    make_route,
    make_runbook,
    make_service,
    make_variable,
)
from tests.services.catalog.page_tests import HARMLESS, HOSTILE, signed_in, text_of

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def client():
    return signed_in()


def dossier_of(service):
    return load_dossier(Service.objects.for_page().get(pk=service.pk), NOW)


def test_a_bare_service_has_a_page_that_says_what_is_missing(client):
    make_service(name="api")

    page = text_of(client.get("/services/api/"))

    assert "Nothing says where it answers" in page
    assert "Active service has no owner" in page
    assert "Nothing in the catalog would miss it" in page


def test_everything_about_a_service_is_on_its_page(client):
    service = make_service(
        name="api",
        display_name="The API",
        description="Answers questions",
        framework="FastAPI",
        repo="acme/api",
        owner="platform",
        configuration={"max_connections": 100},
        observability={"alerts": ["too slow", "too wrong"]},
        usage=[{"service": "web", "purposes": ["sessions"]}],
    )
    make_domain(service, "api.example.com")
    make_endpoint(service, "/health", description="Is it well")
    make_route(service, "/v1/*", serves="The routers", status="planned")
    make_deployment(service, start_command="serve --port $PORT", healthcheck_timeout_s=30)
    make_variable(service, "MODE", allowed_values=["fast", "slow"], description="How to run")
    make_variable(service, "SIGNING_KEY", secret=True, generate="openssl rand -hex 32")

    page = text_of(client.get("/services/api/"))

    for text in (
        *("The API", "Answers questions", "FastAPI", "platform", "max connections", "100"),
        *("too slow", "sessions", "Is it well", "The routers", "serve --port $PORT", "30 s"),
        *("fast | slow", "How to run", "openssl rand -hex 32", "secret"),
        *('href="https://github.com/acme/api"', 'href="https://api.example.com/"'),
    ):
        assert text in page


def test_variables_that_it_cannot_start_without_come_first():
    service = make_service()
    for name, level in (
        ("A", "exported"),
        ("B", "optional"),
        ("C", "required"),
        ("D", "important"),
    ):
        make_variable(service, name, level=level)

    levels = [variable.level for variable in dossier_of(service).variables]

    assert levels == ["required", "important", "optional", "exported"]


def test_endpoints_and_routes_are_one_list_by_path():
    service = make_service()
    make_endpoint(service, "/health", description="well")
    make_endpoint(service, "/api", method="POST")
    make_route(service, "/health", serves="a page", type="static", status="planned")

    answers = dossier_of(service).answers

    assert [(answer.path, answer.method, answer.text, answer.status) for answer in answers] == [
        ("/api", "POST", "", ""),
        ("/health", "", "a page", "planned"),
        ("/health", "GET", "well", ""),
    ]


def test_it_says_what_it_needs_and_what_would_miss_it(client):
    database = make_service(name="db")
    api = make_service(name="api")
    make_dependency(api, database, connection_variable="DATABASE_URL")
    make_dependency(make_service(name="web"), api, role="service", alias="api")
    make_variable(database, "X", source="${{web.URL}}")

    dossier = dossier_of(database)
    page = text_of(client.get("/services/db/"))

    assert [(reached.name, reached.through) for reached in dossier.impact.breaks] == [
        ("api", "db"),
        ("web", "api"),
    ]
    assert [need.target for need in dossier.derived] == ["web"]
    assert "not declared, but read by X" in page
    assert "DATABASE_URL" in text_of(client.get("/services/api/"))


def test_a_planned_service_says_who_has_its_host_now(client):
    make_domain(make_service(name="old"), "example.com")
    make_domain(make_service(name="new", status="planned"), "example.com")

    assert "served by <a" in text_of(client.get("/services/new/"))
    assert "served by <a" not in text_of(client.get("/services/old/"))


def test_runbooks_and_plans_that_mention_it_are_linked():
    service = make_service(name="postgres", aliases=["pg"])
    make_domain(service, "db.example.com")
    make_runbook(name="look", steps=["Check Postgres logs"])
    make_runbook(name="other", steps=["Check POSTGRES_URL", "Check postgres-old"])
    make_migration_plan(("move PG",), name="move", rollback_plan=["stay"])
    make_migration_plan((), name="host", description="Point db.example.com elsewhere")
    make_migration_plan(("look at my.db.example.com",), name="nothing")

    dossier = dossier_of(service)

    assert [runbook.name for runbook in dossier.runbooks] == ["look"]
    assert [plan.name for plan in dossier.plans] == ["host", "move"]


@pytest.mark.parametrize(
    ("text", "is_about"),
    [
        ("restart redis.", True),
        ("Redis: restart", True),
        ("REDIS_URL", False),
        ("redis-old", False),
        ("my.redis", False),
        ("redis.example.com", False),
        ("", False),
    ],
)
def test_a_mention_is_a_whole_word(text, is_about):
    assert mentions_any(["redis"])([text]) is is_about


def test_no_word_is_mentioned_nowhere():
    assert not mentions_any(["", ""])(["anything"])


def test_the_history_is_found_under_former_names(client):
    service = make_service(name="api", aliases=["backend"])
    change_set = make_change_set(created_at=timezone.now(), actor_name="Ada", message="Rename it")
    entries = [
        {
            "action": "change",
            "model": "service",
            "key": ["backend"],
            "fields": {"owner": ["", "a"]},
        },
        {"action": "create", "model": "variable", "key": ["backend", "A"], "fields": {}},
        {"action": "create", "model": "dependency", "key": ["backend", "x", "a"], "fields": {}},
        {"action": "create", "model": "dependency", "key": ["backend", "x", "b"], "fields": {}},
    ]
    change_set.changes.create(subject_kind="service", subject_name="backend", entries=entries)

    (touched,) = dossier_of(service).history

    assert touched.summary == "created variable A, 2 dependencies; changed owner"
    assert "Rename it" in text_of(client.get("/services/api/"))


def test_the_history_says_that_the_service_itself_was_created():
    service = make_service(name="api")
    keys = (("service", ["api"]), ("variable", ["api", "A"]))
    make_change_set(created_at=timezone.now()).changes.create(
        subject_kind="service",
        subject_name="api",
        entries=[
            {"action": "create", "model": model, "key": key, "fields": {"kind": ["", "x"]}}
            for model, key in keys
        ],
    )

    assert dossier_of(service).history[0].summary == "created it, variable A"


def test_a_database_without_a_domain_is_nothing_to_mention(client):
    make_service(name="db", kind="database")
    make_service(name="api", kind="backend")

    assert "Nothing says where it answers" not in text_of(client.get("/services/db/"))
    assert "Nothing says where it answers" in text_of(client.get("/services/api/"))


def test_a_former_name_or_other_letters_lead_to_the_page(client):
    make_service(name="api", aliases=["backend"], display_name="The API")

    for name in ("backend", "API", "the api"):
        assert client.get(f"/services/{name}/").url == "/services/api/"


def test_a_name_that_nobody_has_is_not_found(client):
    assert client.get("/services/nobody/").status_code == 404
    assert client.get("/projects/nobody/").status_code == 404


def test_an_archived_service_says_so(client):
    needed = make_service(name="db")
    service = make_service(name="old", archived_at=timezone.now())
    make_dependency(service, needed)

    page = text_of(client.get("/services/old/"))

    assert "Archived on" in page
    assert "An archived service needs nothing" in page
    assert "Needs attention" not in page


def test_the_project_stands_in_for_owner_and_repository(client):
    project = make_project(owner="platform", repo="acme/all")
    make_service(name="api", project=project)

    page = text_of(client.get("/services/api/"))

    assert page.count("from the project") == 2
    assert "https://github.com/acme/all" in page


@pytest.mark.parametrize(
    ("repo", "link"),
    [
        ("acme/api", "https://github.com/acme/api"),
        ("https://gitlab.com/acme/api", "https://gitlab.com/acme/api"),
        ("javascript:alert(1)", ""),
        ("JavaScript://github.com/%0aalert(1)", ""),
        ("http://github.com/acme/api", ""),
        ("https://github.com@evil.example/acme", ""),
        ("https://[::1", ""),
        ("https:///acme/api", ""),
        ("//evil.example/acme", ""),
        ("acme/api/../../x", ""),
        ("acme/api\n", ""),
        ("git@github.com:acme/api.git", ""),
        ("", ""),
    ],
)
def test_only_a_repository_that_is_safe_to_open_is_a_link(repo, link):
    assert repository_link(repo) == link


def test_html_anywhere_stays_text(client):
    service = make_service(
        name="api",
        display_name=HOSTILE,
        description=HOSTILE,
        kind=HOSTILE[:50],
        owner=HOSTILE,
        repo=f"javascript:{HOSTILE}",
        tags=[HOSTILE],
        configuration={HOSTILE: {HOSTILE: [HOSTILE]}},
        usage={"no": HOSTILE},
    )
    make_endpoint(service, f"/{HOSTILE}".replace(" ", ""), description=HOSTILE)
    make_route(service, "/", serves=HOSTILE)
    make_variable(service, "X", description=HOSTILE, source=HOSTILE, default=HOSTILE)
    make_deployment(service, start_command=HOSTILE, extra={HOSTILE: HOSTILE})
    make_runbook(name=HOSTILE, steps=["api", HOSTILE])

    page = text_of(client.get("/services/api/"))

    assert HARMLESS in page
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert 'href="javascript' not in page


def test_a_page_has_no_inline_style_or_script(client):
    make_variable(make_service(name="api"), "X")

    page = text_of(client.get("/services/api/"))

    assert " style=" not in page
    assert " onclick=" not in page


def test_the_page_of_what_is_probed_leads_to_its_health(client):
    make_service(name="api", status="active")
    make_service(name="later", status="planned")

    assert 'href="/system/services/api/"' in client.get("/services/api/").content.decode()
    assert "/system/services/later/" not in client.get("/services/later/").content.decode()
