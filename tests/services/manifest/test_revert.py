"""A change set is undone exactly, as a change set of its own, or the later ones are named."""

import pytest

from prism.core.audit_entry import AuditEntry
from services.catalog.actions import archive_services, record_edit, set_owner
from services.catalog.models import ChangeSet, Domain, ManifestDocument, Service, Variable
from services.catalog.state import load_state
from services.manifest.documents import document_text
from services.manifest.revert import AlreadyReverted, ChangeSetUnknown, RevertConflict
from services.manifest.undo import standing
from tests.make import make_variable
from tests.services.manifest.acting import NOW, SHOP, apply, plan, revert

pytestmark = pytest.mark.django_db
OTHER = SHOP.replace("core team", "shop team")


def current_text():
    return document_text(ManifestDocument.objects.get(is_current=True))


def test_the_first_manifest_is_taken_back_to_an_empty_catalog():
    before = load_state()
    apply(SHOP)

    change_set = revert(1)

    assert load_state() == before
    assert (change_set.kind, change_set.reverts.revision) == ("revert", 1)
    assert not Domain.objects.filter(is_serving=True).exists()
    assert not ManifestDocument.objects.filter(is_current=True).exists()
    assert AuditEntry.objects.filter(action="manifest.revert").count() == 1


def test_a_revert_is_reverted():
    apply(SHOP)
    state = load_state()
    revert(1)

    revert(2)

    assert load_state() == state
    assert Domain.objects.get().is_serving
    assert plan(SHOP).is_empty


def test_fields_and_document_return_to_what_they_were():
    apply(SHOP)
    first = current_text()
    apply(OTHER)

    change_set = revert(2)

    assert Service.objects.get(name="api").owner == "core team"
    assert change_set.counts == {"change": 1}
    assert current_text() == first


def test_a_revert_leaves_later_changes_of_other_fields():
    apply(SHOP)
    apply(OTHER)
    set_owner(kind="service", names=["db"], owner="data team", actor=None, now=NOW)

    revert(2)

    owners = dict(Service.objects.values_list("name", "owner"))
    assert owners == {"api": "core team", "db": "data team"}


def test_a_later_change_of_the_same_field_is_named():
    apply(SHOP)
    apply(OTHER)
    set_owner(kind="service", names=["api"], owner="data team", actor=None, now=NOW)
    before = load_state()

    with pytest.raises(RevertConflict) as refusal:
        revert(2)

    assert refusal.value.revisions == (3,)
    assert "service api owner was changed since (change set #3)" in str(refusal.value)
    assert load_state() == before


def test_later_changes_that_were_reverted_do_not_stand_in_the_way():
    apply(SHOP)
    apply(OTHER)
    set_owner(kind="service", names=["api"], owner="data team", actor=None, now=NOW)
    revert(3)

    revert(2)

    assert Service.objects.get(name="api").owner == "core team"


def test_what_was_created_is_not_taken_away_when_something_was_added_to_it():
    apply(SHOP)
    with record_edit(actor=None, now=NOW) as edit:
        edit.watch("service", "api")
        make_variable(Service.objects.get(name="api"), "EXTRA")

    with pytest.raises(RevertConflict) as refusal:
        revert(1)

    assert refusal.value.revisions == (2,)


def test_a_removed_record_comes_back_with_all_its_fields():
    apply(SHOP)
    with record_edit(actor=None, now=NOW) as edit:
        edit.watch("service", "api")
        Variable.objects.update(description="What it is", allowed_values=["a"], secret=True)
    before = load_state()
    with record_edit(actor=None, now=NOW) as edit:
        edit.watch("service", "api")
        Variable.objects.all().delete()

    revert(3)

    assert load_state() == before


def test_a_rename_is_taken_back_with_what_was_changed_under_the_new_name():
    apply(SHOP)
    before = load_state()
    apply(
        """
        projects:
          shop:
            services:
              backend:
                renamed_from: api
                owner: shop team
                databases: {primary: {service: db}}
              db: {kind: database}
        """
    )
    assert Service.objects.filter(name="backend", owner="shop team").exists()

    revert(2)

    assert load_state() == before


def test_archived_services_are_restored_with_all_they_own():
    apply(SHOP)
    before = load_state()
    archive_services(names=["api", "db"], actor=None, now=NOW)

    revert(2)

    assert load_state() == before
    assert Domain.objects.get().is_serving


def test_what_needs_a_record_that_would_vanish_is_named():
    apply("projects: {shop: {services: {api: {}}}}")
    apply("projects: {shop: {services: {api: {}, db: {}}}}")
    apply("projects: {shop: {services: {api: {depends_on: [db]}, db: {}}}}")

    with pytest.raises(RevertConflict) as refusal:
        revert(2)

    assert refusal.value.revisions == (3,)
    assert "there is no service db" in str(refusal.value)


def test_the_value_of_a_secret_does_not_come_back_and_the_message_says_so():
    text = "projects: {shop: {services: {api: {env: {required: [{name: TOKEN, %s}]}}}}}"
    apply(text % "default: hunter2")
    apply(text % "secret: true")

    change_set = revert(2)

    variable = Variable.objects.get()
    assert (variable.secret, variable.default) == (False, "")
    assert "api/TOKEN default" in change_set.message
    assert "was not kept" in change_set.message


def test_a_text_without_changes_is_taken_back_too():
    apply(SHOP)
    apply("# why\n" + SHOP)

    change_set = revert(2)

    assert change_set.counts == {}
    assert "# why" not in current_text()


def test_the_current_document_stays_when_a_later_one_replaced_it():
    apply(SHOP)
    apply(OTHER)
    apply(OTHER.replace("kind: database", "kind: cache"))
    latest = current_text()

    revert(2)

    assert current_text() == latest


def test_a_change_set_is_reverted_once():
    apply(SHOP)
    revert(1)

    with pytest.raises(AlreadyReverted) as refusal:
        revert(1)

    assert refusal.value.by_revision == 2
    assert ChangeSet.objects.count() == 2


def test_an_unknown_change_set_is_refused():
    with pytest.raises(ChangeSetUnknown):
        revert(7)


@pytest.mark.parametrize(
    ("later", "stand"),
    [
        ([(2, None), (3, None)], {2, 3}),
        ([(2, None), (3, 2)], set()),
        ([(2, None), (3, 2), (4, 3)], {2}),
        ([(3, 1)], {3}),
    ],
)
def test_a_change_set_and_its_revert_cancel_each_other(later, stand):
    assert standing(later) == stand
