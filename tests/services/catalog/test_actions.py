"""What people change by hand becomes change sets, and nothing is left half done."""

from datetime import UTC, datetime

import pytest

from prism.core.audit_entry import AuditEntry
from services.catalog.actions import (
    ArchivedIsReadOnly,
    HostnameTaken,
    StillNeeded,
    add_tags,
    archive_projects,
    archive_services,
    record_edit,
    remove_tags,
    restore_projects,
    restore_services,
    set_owner,
    set_phase,
    set_status,
)
from services.catalog.models import Change, ChangeSet, Domain, Project, Service, Workspace
from services.catalog.state import load_state
from tests.make import (
    make_administrator,
    make_dependency,
    make_domain,
    make_project,
    make_runbook,
    make_service,
    make_variable,
)

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
BY_NOBODY = {"actor": None, "now": NOW}


def edit_service(service, then=lambda: None, **changes):
    """Change a service in one recorded edit, and do something else in it."""
    with record_edit(**BY_NOBODY) as edit:
        edit.watch("service", service.name)
        for name, value in changes.items():
            setattr(service, name, value)
        service.save()
        then()
    return edit


def test_an_edit_becomes_one_change_set_with_the_fields_that_differ():
    user = make_administrator("alexa")
    service = make_service(name="api")

    with record_edit(actor=user, message="Hand over", now=NOW) as edit:
        edit.watch("service", "api")
        service.owner = "core team"
        service.save()
        make_variable(service, "TOKEN", secret=True)

    change_set = ChangeSet.objects.get()
    assert edit.change_set == change_set
    assert (change_set.kind, change_set.revision) == ("admin", 1)
    assert (change_set.actor, change_set.actor_name) == (user, "alexa")
    assert (change_set.created_at, change_set.message) == (NOW, "Hand over")
    assert change_set.counts == {"change": 1, "create": 1}
    assert Change.objects.get().entries == [
        {
            "action": "change",
            "model": "service",
            "key": ["api"],
            "fields": {"owner": ["", "core team"]},
        },
        {
            "action": "create",
            "model": "variable",
            "key": ["api", "TOKEN"],
            "fields": {"level": [None, "required"], "secret": [None, True]},
        },
    ]
    assert Workspace.objects.get().revision == 1


def test_an_edit_writes_one_entry_into_the_audit_trail():
    make_service(name="api")

    set_owner(kind="service", names=["api"], owner="core team", **BY_NOBODY)

    assert AuditEntry.objects.filter(action="catalog.edit").count() == 1


def test_an_edit_that_changes_nothing_leaves_no_change_set():
    service = make_service(name="api")

    edit = edit_service(service)

    assert edit.change_set is None
    assert not ChangeSet.objects.exists()


def test_an_edit_that_fails_writes_nothing():
    service = make_service(name="api")

    with pytest.raises(ZeroDivisionError):
        edit_service(service, lambda: 1 / 0, owner="core team")

    service.refresh_from_db()
    assert service.owner == ""
    assert not ChangeSet.objects.exists()


def test_a_service_that_is_new_is_watched_by_its_name():
    project = make_project(name="shop")

    with record_edit(**BY_NOBODY) as edit:
        edit.watch("service", "api")
        make_domain(make_service(name="api", project=project), "api.example.com", is_serving=False)

    assert edit.change_set.counts == {"create": 2}
    assert Domain.objects.get().is_serving


def test_a_renamed_service_keeps_its_identity_in_the_history():
    service = make_service(name="api")
    make_variable(service, "TOKEN")
    user = make_service(name="web", usage=[{"service": "api", "purposes": ["orders"]}])

    edit = edit_service(service, name="backend")

    [entry] = Change.objects.get().entries
    assert (entry["action"], entry["fields"]) == ("rename", {"name": ["api", "backend"]})
    user.refresh_from_db()
    assert user.usage == [{"service": "backend", "purposes": ["orders"]}]
    assert edit.change_set.counts == {"rename": 1}


def test_the_workspace_is_a_subject_too():
    with record_edit(**BY_NOBODY) as edit:
        edit.watch("workspace", "")
        make_runbook(category="deploy", name="roll back")

    assert edit.change_set.counts == {"create": 1}
    assert Change.objects.get().subject_kind == "workspace"


def test_what_is_archived_cannot_be_edited():
    make_service(name="old", archived_at=NOW)

    with pytest.raises(ArchivedIsReadOnly), record_edit(**BY_NOBODY) as edit:
        edit.watch("service", "old")


def test_an_edit_cannot_take_the_host_of_another_active_service():
    make_domain(make_service(name="api"), "api.example.com")
    web = make_service(name="web", status="planned")
    make_domain(web, "api.example.com")

    with pytest.raises(HostnameTaken):
        edit_service(web, status="active")

    web.refresh_from_db()
    assert web.status == "planned"


def test_an_edit_cannot_make_a_service_depend_on_an_archived_one():
    api, old = make_service(name="api"), make_service(name="old", archived_at=NOW)

    with pytest.raises(StillNeeded):
        edit_service(api, lambda: make_dependency(api, old))


def test_a_variable_that_becomes_a_secret_does_not_leave_its_value_in_the_history():
    variable = make_variable(make_service(name="api"), "TOKEN", default="hunter2")

    with record_edit(**BY_NOBODY) as edit:
        edit.watch("service", "api")
        variable.secret, variable.default = True, ""
        variable.save()

    assert "hunter2" not in str(Change.objects.get().entries)
    assert Change.objects.get().entries[0]["fields"]["default"] == ["•••", ""]


def test_an_archived_service_stops_serving_and_leaves_the_state():
    make_domain(make_service(name="api"), "api.example.com")

    archive_services(names=["api"], **BY_NOBODY)

    assert Service.objects.get(name="api").archived_at == NOW
    assert load_state()["service"] == load_state()["domain"] == {}
    assert not Domain.objects.get().is_serving


def test_a_service_that_others_need_is_not_archived_without_them():
    api, db = make_service(name="api"), make_service(name="db")
    make_dependency(api, db)

    with pytest.raises(StillNeeded) as refusal:
        archive_services(names=["db"], **BY_NOBODY)

    assert refusal.value.needs == (("api", "db"),)
    assert archive_services(names=["api", "db"], **BY_NOBODY).counts == {"archive": 2}


def test_a_restored_service_is_as_it_was_and_brings_its_project_back():
    service = make_service(name="api", project=make_project(name="shop"))
    make_domain(service, "api.example.com")
    before = load_state()
    archive_projects(names=["shop"], **BY_NOBODY)

    change_set = restore_services(names=["api"], **BY_NOBODY)

    assert change_set.counts == {"restore": 2}
    assert load_state() == before
    assert Domain.objects.get().is_serving


def test_a_service_is_not_restored_without_what_it_needs():
    api, db = make_service(name="api"), make_service(name="db")
    make_dependency(api, db)
    archive_services(names=["api", "db"], **BY_NOBODY)

    with pytest.raises(StillNeeded):
        restore_services(names=["api"], **BY_NOBODY)

    assert load_state()["service"] == {}


def test_a_service_is_not_restored_onto_a_host_that_was_given_away():
    make_domain(make_service(name="api"), "api.example.com")
    archive_services(names=["api"], **BY_NOBODY)
    make_domain(make_service(name="web"), "api.example.com")

    with pytest.raises(HostnameTaken):
        restore_services(names=["api"], **BY_NOBODY)


def test_a_project_comes_back_with_the_services_that_went_with_it():
    project = make_project(name="shop")
    for name in ("early", "api", "web"):
        make_service(name=name, project=project)
    archive_services(names=["early"], actor=None, now=datetime(2026, 1, 1, tzinfo=UTC))
    archive_projects(names=["shop"], **BY_NOBODY)

    restore_projects(names=["shop"], **BY_NOBODY)

    assert set(load_state()["service"]) == {("api",), ("web",)}


def test_bulk_edits_record_only_what_differs():
    for name in ("api", "web"):
        make_service(name=name, owner="core team" if name == "web" else "")

    change_set = set_owner(
        kind="service", names=["api", "web"], owner="core team", message="All ours", **BY_NOBODY
    )

    assert change_set.counts == {"change": 1}
    assert change_set.message == "All ours"
    assert set_owner(kind="service", names=["api", "web"], owner="core team", **BY_NOBODY) is None


def test_a_phase_and_a_status_are_set_in_bulk():
    make_domain(make_service(name="api", status="planned"), "api.example.com")
    make_project(name="shop")

    set_status(kind="service", names=["api"], status="active", **BY_NOBODY)
    set_phase(kind="project", names=["shop"], phase=3, **BY_NOBODY)

    assert Domain.objects.get().is_serving
    assert Project.objects.get(name="shop").phase == 3


def test_tags_are_added_once_and_taken_away():
    make_service(name="api", tags=["old", "kept"])

    add_tags(kind="service", names=["api"], tags=["new", "kept", "new"], **BY_NOBODY)
    remove_tags(kind="service", names=["api"], tags=["old"], **BY_NOBODY)

    assert Service.objects.get().tags == ["kept", "new"]
