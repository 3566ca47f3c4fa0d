"""A plan tells every difference between a manifest and the catalog, and what stands in its way."""

import json

import pytest

from services.catalog.actions import archive_services, set_owner
from services.catalog.models import ChangeSet, Service
from services.catalog.state import load_state
from services.manifest.actions import plan_manifest
from services.manifest.problems import ManifestInvalid
from tests.make import make_domain, make_service, make_variable
from tests.services.manifest.acting import NOW, SHOP, apply, plan, told

pytestmark = pytest.mark.django_db


def test_a_first_manifest_creates_owners_before_what_they_own():
    made = plan(SHOP)

    assert told(made) == [
        "create project shop",
        "create service api",
        "create service db",
        "create domain api/prod/0",
        "create variable api/TOKEN",
        "create dependency api/database/primary",
    ]
    assert made.counts == {"create": 9}
    assert not made.is_empty


def test_a_plan_writes_nothing():
    plan(SHOP)

    assert load_state()["service"] == {}
    assert not ChangeSet.objects.exists()


def test_a_change_tells_the_old_and_the_new_value():
    apply(SHOP)

    [entry] = plan(SHOP.replace("core team", "shop team")).entries

    assert (entry.action, entry.name) == ("change", "api")
    assert entry.fields == {"owner": ("core team", "shop team")}


def test_the_same_file_again_is_an_empty_plan():
    apply(SHOP)

    assert plan(SHOP).is_empty


def test_other_comments_are_no_change_but_a_new_text():
    apply(SHOP)

    made = plan("# a new comment\n" + SHOP)

    assert made.entries == ()
    assert made.brings_text


def test_what_the_file_does_not_state_keeps_what_was_edited():
    apply(SHOP)
    set_owner(kind="service", names=["db"], owner="data team", actor=None, now=NOW)

    assert plan(SHOP).entries == ()


def test_what_the_file_states_wins_over_an_edit_with_a_warning():
    apply(SHOP)
    set_owner(kind="service", names=["api"], owner="data team", actor=None, now=NOW)

    made = plan(SHOP)

    assert [entry.fields for entry in made.entries] == [{"owner": ("data team", "core team")}]
    [warning] = made.warnings
    assert (warning.file, warning.line) == ("manifest.yml", 6)
    assert "owner overwrites an edit by system on 2026-11-23" in str(warning)


def test_a_field_that_the_file_no_longer_states_returns_to_its_default():
    apply(SHOP)

    [entry] = plan(SHOP.replace("owner: core team", "kind: backend")).entries

    assert entry.fields == {"owner": ("core team", ""), "kind": ("", "backend")}


def test_a_service_follows_the_status_of_its_project():
    apply(SHOP)

    made = plan(SHOP.replace("projects:", "planned_projects:"))

    assert [(e.kind, e.name, dict(e.fields)) for e in made.entries] == [
        ("project", "shop", {"status": ("active", "planned")}),
        ("service", "api", {"status": ("active", "planned")}),
        ("service", "db", {"status": ("active", "planned")}),
    ]
    apply(SHOP.replace("projects:", "planned_projects:"))
    assert {tuple(e.fields.items()) for e in plan(SHOP).entries} == {
        (("status", ("planned", "active")),)
    }


def test_nothing_is_removed_without_prune():
    apply(SHOP)

    made = plan("projects: {shop: {services: {db: {kind: database}}}}")

    assert made.entries == ()
    assert made.unlisted == (("service", ("api",)),)


def test_prune_archives_services_and_removes_records_of_those_that_stay():
    apply(SHOP.rstrip() + "\n          old: {}")
    smaller = SHOP.replace("env:", "").replace("required: [TOKEN]", "")

    made = plan(smaller, prune=True)

    assert told(made) == ["remove variable api/TOKEN", "archive service old"]


def test_prune_refuses_a_file_that_is_much_smaller():
    names = "".join(f"\n          service-{number}: {{}}" for number in range(20))
    apply(SHOP.rstrip() + names)

    made = plan(SHOP, prune=True)

    assert made.prune_refusal == "it would take away 20 of 29 records, more than 20%"


def test_prune_refuses_a_file_without_services():
    apply(SHOP)

    assert plan("projects: {}", prune=True).prune_refusal == "the file has no services"


def test_a_rename_keeps_the_service_and_renames_what_names_it():
    apply(SHOP)
    renamed = SHOP.replace("service: db", "service: postgres").replace(
        "db:\n            kind", "postgres:\n            renamed_from: db\n            kind"
    )

    made = plan(renamed)

    assert told(made) == ["rename service postgres"]
    apply(renamed)
    assert plan(renamed).is_empty


def test_a_new_service_with_the_repository_and_host_of_an_unlisted_one_looks_like_a_rename():
    text = """
        projects:
          shop:
            services:
              NAME: {repo: example/api, domains: {prod: api.example.com}}
        """
    apply(text.replace("NAME", "api"))

    made = plan(text.replace("NAME", "backend"))

    [suggestion] = made.suggestions
    assert (suggestion.old, suggestion.new) == ("api", "backend")
    [problem] = made.problems
    assert "belongs to api, which is active as well" in problem.message
    assert "renamed_from: api" in problem.message


def test_a_name_that_an_archived_service_has_is_not_given_by_a_rename():
    apply(SHOP)
    make_service(name="postgres", archived_at=NOW)

    made = plan(
        "projects: {shop: {services: {postgres: {renamed_from: db}, api: {depends_on: [postgres]}}}}"
    )

    [problem] = made.problems
    assert "an archived service is called postgres" in problem.message


def test_an_archived_service_that_reappears_is_restored_as_the_file_says():
    apply(SHOP)
    make_variable(Service.objects.get(name="db"), "EXTRA")
    archive_services(names=["api", "db"], actor=None, now=NOW)

    made = plan(SHOP)

    assert told(made) == ["restore service api", "restore service db", "remove variable db/EXTRA"]


def test_a_host_of_a_service_that_only_the_catalog_has_is_a_problem():
    make_domain(make_service(name="web"), "api.example.com")

    [problem] = plan(SHOP).problems

    assert str(problem).startswith("manifest.yml:7:")
    assert "api.example.com (prod) belongs to web, which is active as well" in str(problem)


def test_a_variable_that_becomes_a_secret_loses_its_value():
    text = "projects: {shop: {services: {api: {env: {required: [{name: TOKEN, %s}]}}}}}"
    apply(text % "default: hunter2")

    made = plan(text % "secret: true")

    assert made.entries[0].fields == {"default": ("•••", ""), "secret": (False, True)}


def test_an_invalid_file_is_no_plan():
    with pytest.raises(ManifestInvalid) as refusal:
        plan("projects: {shop: {sevices: {}}}")

    assert "sevices" in str(refusal.value)


def test_a_flat_list_says_nothing_about_what_it_cannot_say():
    apply(SHOP)
    flat = [{"id": "api", "name": "API", "railwayProject": "shop", "domain": "www.example.com"}]

    made = plan_manifest(json.dumps(flat), file_name="services.json")

    assert told(made) == ["change project shop", "change service api", "change domain api/prod/0"]
    assert made.entries[1].fields == {"display_name": ("", "API")}
    assert made.unlisted == (("service", ("db",)),)
    assert not made.brings_text


@pytest.mark.parametrize("services", [3, 30])
def test_planning_takes_the_same_queries_at_any_size(services, django_assert_num_queries):
    text = "projects:\n  shop:\n    services:\n" + "".join(
        f"      service-{number}: {{owner: a, env: {{required: [A, B]}}}}\n"
        for number in range(services)
    )
    apply(text)

    with django_assert_num_queries(24):
        plan(text.replace("owner: a", "owner: b"))
