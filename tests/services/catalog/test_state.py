"""The catalog is read and written as one state, in a number of queries that does not grow."""

from datetime import UTC, datetime

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from services.catalog.changes import diff_states
from services.catalog.models import Domain
from services.catalog.recording import lock_workspace
from services.catalog.records import KINDS, empty_state
from services.catalog.state import load_archive, load_state, load_subject
from services.catalog.writing import HostnameTaken, write_entries
from tests.make import make_dependency, make_domain, make_project, make_service, make_variable
from tests.services.manifest.catalogs import make_state, record

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def write(after):
    with transaction.atomic():
        lock_workspace()
        write_entries(diff_states(load_state(), after, archive=load_archive()), now=NOW)


def full_state():
    """Give a state with a record of every kind."""
    return make_state(
        workspace={(): {"name": "Example Ltd"}},
        section={("metadata",): {"value": {"a": [1, None, True]}}},
        environment={("prod",): {}, ("qa",): {"position": 1}},
        project={("shop",): {"phase": 2, "tags": ["x"], "extra": {"x-a": 1}}},
        service={("api",): {"project": "shop"}, ("db",): {"project": "shop"}},
        deployment={("api",): {"replicas": 2, "watch_paths": ["src/**"]}},
        domain={
            ("api", "prod", 0): {"hostname": "api.example.com"},
            ("db", "prod", 0): {"hostname": "db.example.com"},
        },
        endpoint={("api", "GET", "/health"): {"description": "Health"}},
        route={("api", "/"): {"serves": "everything"}},
        shared_variable={("shop", "REGION"): {"level": "optional", "default": "eu"}},
        variable={("api", "TOKEN"): {"level": "required", "secret": True}},
        variable_override={("api", "qa", "REGION"): {"value": "us", "level": "required"}},
        dependency={("api", "database", "primary"): {"target": "db", "usage": ["orders"]}},
        workflow={("tests",): {"triggers": ["push"]}},
        runbook={("deploy", "roll back"): {"steps": ["Look", "Act"]}},
        migration_plan={("split",): {"rollback_plan": ["Go back"]}},
        migration_step={("split", 1): {"action": "Begin"}},
        redis_namespace={("cart:*",): {"ttl_policy": "maximum", "ttl_max_s": 60}},
    )


def test_an_empty_catalog_has_a_blank_workspace():
    state = empty_state()
    state["workspace"][()] = KINDS["workspace"].blank()

    assert load_state() == state


def test_every_kind_of_record_is_written_and_read_back():
    state = full_state()
    assert all(state.values())  # no kind is forgotten here

    write(state)

    assert load_state() == state


def test_every_kind_of_record_is_taken_away_again():
    before = load_state()
    write(full_state())

    write(before)

    assert load_state() == before


def test_what_is_archived_is_not_in_the_state_but_in_the_archive():
    service = make_service(name="old", archived_at=NOW)
    make_variable(service, "TOKEN")

    assert ("old",) not in load_state()["service"]
    assert load_state()["variable"] == {}
    assert ("old", "TOKEN") in load_archive()["variable"]


def test_a_subject_is_loaded_with_all_it_owns_and_nothing_else():
    api, other = make_service(name="api"), make_service(name="other")
    make_variable(api, "TOKEN")
    make_variable(other, "TOKEN")
    make_dependency(other, api)

    state = load_subject("service", "api")

    assert list(state["service"]) == [("api",)]
    assert list(state["variable"]) == [("api", "TOKEN")]
    assert state["dependency"] == state["project"] == state["workspace"] == {}


@pytest.mark.parametrize("services", [2, 40])
def test_loading_takes_one_query_a_kind_at_any_size(services):
    project = make_project()
    for number in range(services):
        make_variable(make_service(project=project), f"V{number}")

    with CaptureQueriesContext(
        connection,
    ) as queries:
        load_state()

    assert len(queries) == len(KINDS)


def test_two_services_swap_their_hosts_and_names_at_once():
    state = full_state()
    write(state)
    swapped = full_state()
    domains = swapped["domain"]
    domains["api", "prod", 0], domains["db", "prod", 0] = (
        domains["db", "prod", 0],
        domains["api", "prod", 0],
    )

    write(swapped)

    assert load_state() == swapped
    assert all(Domain.objects.values_list("is_serving", flat=True))


def test_two_active_services_cannot_share_a_host():
    state = full_state()
    state["domain"]["db", "prod", 0] = record("domain", hostname="api.example.com")

    with pytest.raises(HostnameTaken) as refusal:
        write(state)

    assert refusal.value.services == ("api", "db")
    assert (refusal.value.hostname, refusal.value.environment) == ("api.example.com", "prod")


def test_a_domain_serves_while_its_service_is_active():
    state = full_state()
    write(state)
    state["service"]["api",] = record("service", project="shop", status="planned")

    write(state)

    serving = Domain.objects.filter(is_serving=True).values_list("service__name", flat=True)
    assert list(serving) == ["db"]


def test_the_host_of_an_archived_service_is_free():
    old = make_service(name="old", archived_at=NOW)
    make_domain(old, "api.example.com")

    write(full_state())

    assert Domain.objects.get(hostname="api.example.com", is_serving=True).service.name == "api"
