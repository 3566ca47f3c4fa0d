"""A plan is applied whole or not at all, once, and only to the catalog that it was made for."""

import threading
from pathlib import Path

import pytest
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from prism.core.audit_entry import AuditEntry
from services.catalog.actions import HostnameTaken, set_owner
from services.catalog.models import Change, ChangeSet, Domain, ManifestDocument, Service, Workspace
from services.catalog.state import load_state
from services.manifest.actions import (
    CatalogMoved,
    PruneRefused,
    apply_plan,
    plan_manifest,
    plan_read_manifest,
)
from services.manifest.documents import document_text
from services.manifest.problems import ManifestInvalid
from tests.bench.generate import generate_manifest
from tests.make import make_domain, make_service
from tests.services.manifest.acting import BY_TEST, NOW, SHOP, apply, plan
from tests.services.manifest.catalogs import as_manifest, make_state

EXAMPLE = Path(__file__).parents[3] / "examples" / "manifest.yml"
WRITES = ("INSERT", "UPDATE", "DELETE")


def writes_of(queries):
    return [query["sql"] for query in queries if query["sql"].startswith(WRITES)]


@pytest.mark.django_db
def test_the_catalog_is_what_the_file_says():
    made = plan(SHOP)

    change_set = apply_plan(made, **BY_TEST)

    state = load_state()
    assert {**state, "workspace": {}} == {**made.manifest.state, "workspace": {}}
    assert (change_set.kind, change_set.revision) == ("manifest", 1)
    assert change_set.counts == {"create": 9}
    assert Domain.objects.get().is_serving
    assert AuditEntry.objects.filter(action="manifest.apply").count() == 1


@pytest.mark.django_db
def test_each_subject_has_its_own_part_of_the_history():
    apply(SHOP)

    subjects = Change.objects.order_by("pk").values_list("subject_kind", "subject_name")

    assert sorted(subjects) == [
        ("project", "shop"),
        ("service", "api"),
        ("service", "db"),
        ("workspace", ""),
    ]


@pytest.mark.django_db
def test_the_same_file_again_writes_no_row():
    text = EXAMPLE.read_bytes()
    apply_plan(plan_manifest(text, file_name="manifest.yml"), **BY_TEST)

    with CaptureQueriesContext(connection) as queries:
        change_set = apply_plan(plan_manifest(text, file_name="manifest.yml"), **BY_TEST)

    assert change_set is None
    assert len(queries) > 10
    assert writes_of(queries) == []
    assert ChangeSet.objects.count() == 1


@pytest.mark.django_db
def test_a_text_that_says_the_same_is_kept_without_a_change():
    apply(SHOP)

    change_set = apply("# why\n" + SHOP)

    assert change_set.counts == {}
    assert not change_set.changes.exists()
    current = ManifestDocument.objects.get(is_current=True)
    assert document_text(current).startswith("# why")
    assert ManifestDocument.objects.count() == 2
    assert apply("# why\n" + SHOP) is None


@pytest.mark.django_db
def test_the_document_says_on_which_line_a_field_is_stated():
    apply(SHOP)

    stated = ManifestDocument.objects.get().stated_fields.get(subject_name="api")

    assert stated.lines["service"]["api"]["owner"] == 6
    assert stated.lines["domain"]["api/prod/0"]["hostname"] == 7


@pytest.mark.django_db
def test_a_plan_against_an_older_catalog_is_refused():
    apply(SHOP)
    made = plan(SHOP.replace("core team", "shop team"))
    set_owner(kind="service", names=["db"], owner="data team", actor=None, now=NOW)

    with pytest.raises(CatalogMoved) as refusal:
        apply_plan(made, **BY_TEST)

    assert (refusal.value.planned_revision, refusal.value.current_revision) == (1, 2)
    assert ChangeSet.objects.count() == 2


@pytest.mark.django_db
def test_even_an_empty_plan_is_refused_when_the_catalog_moved():
    apply(SHOP)
    made = plan(SHOP)
    set_owner(kind="service", names=["api"], owner="data team", actor=None, now=NOW)

    with pytest.raises(CatalogMoved):
        apply_plan(made, **BY_TEST)


@pytest.mark.django_db
def test_a_prune_that_is_refused_can_be_forced():
    apply(SHOP)
    empty = "projects: {}"

    with pytest.raises(PruneRefused, match="no services"):
        apply(empty, prune=True)

    assert apply(empty, prune=True, force_prune=True).counts == {"archive": 3}
    assert load_state()["service"] == {}


@pytest.mark.django_db
def test_a_plan_with_problems_is_refused():
    make_domain(make_service(name="web"), "api.example.com")

    with pytest.raises(ManifestInvalid):
        apply(SHOP)

    assert not ChangeSet.objects.exists()


@pytest.mark.django_db
def test_a_write_that_fails_leaves_nothing_behind():
    make_domain(make_service(name="web", status="planned"), "api.example.com")
    made = plan(SHOP)
    Service.objects.update(status="active")  # behind the history's back

    with pytest.raises(HostnameTaken):
        apply_plan(made, **BY_TEST)

    assert ("api",) not in load_state()["service"]
    assert not Workspace.objects.filter(revision__gt=0).exists()


@pytest.mark.django_db
def test_hosts_change_hands_in_one_apply():
    text = """
        projects:
          shop:
            services:
              blue: {domains: {prod: HOST-1.example.com}}
              green: {domains: {prod: HOST-2.example.com}}
        """
    apply(text.replace("HOST-1", "www").replace("HOST-2", "next"))

    apply(text.replace("HOST-1", "next").replace("HOST-2", "www"))

    serving = Domain.objects.filter(is_serving=True).values_list("service__name", "hostname")
    assert set(serving) == {("blue", "next.example.com"), ("green", "www.example.com")}


@pytest.mark.django_db
def test_a_chain_of_renames_is_applied_once():
    names = ("one", "two", "three")
    before = make_state(
        project={("p",): {}}, service={(name,): {"project": "p", "owner": name} for name in names}
    )
    apply_plan(plan_read_manifest(as_manifest(before)), **BY_TEST)
    after = make_state(
        project={("p",): {}},
        service={
            ("two",): {"project": "p", "owner": "one"},
            ("three",): {"project": "p", "owner": "two"},
            ("four",): {"project": "p", "owner": "three"},
        },
    )
    renames = {
        ("service", new): old for new, old in zip(("two", "three", "four"), names, strict=True)
    }
    manifest = as_manifest(after, renamed_from=renames)

    change_set = apply_plan(plan_read_manifest(manifest), **BY_TEST)

    assert change_set.counts == {"rename": 3}
    assert load_state() == after
    assert plan_read_manifest(manifest).is_empty


def statements_of_apply(services):
    made = plan_manifest(generate_manifest(services, 3), file_name="manifest.yml")
    with transaction.atomic(), CaptureQueriesContext(connection) as queries:
        apply_plan(made, **BY_TEST)
        transaction.set_rollback(True)
    return len(queries)


@pytest.mark.django_db
def test_applying_takes_the_same_statements_at_any_size():
    few, many = statements_of_apply(4), statements_of_apply(16)

    assert few == many < 40


@pytest.mark.django_db(transaction=True)
def test_of_two_that_apply_at_once_one_wins():
    plans = [plan(SHOP), plan(SHOP.replace("core team", "shop team"))]
    start = threading.Barrier(2)
    results = []

    def apply_at_once(made):
        start.wait()
        try:
            results.append(apply_plan(made, **BY_TEST).revision)
        except CatalogMoved as error:
            results.append(error.current_revision)
            results.append("moved")
        finally:
            connections.close_all()

    threads = [threading.Thread(target=apply_at_once, args=[made]) for made in plans]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(map(str, results)) == ["1", "1", "moved"]
    assert ChangeSet.objects.count() == 1
    assert Workspace.objects.get().revision == 1
