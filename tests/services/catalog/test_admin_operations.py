import pytest
from django.urls import reverse

from services.catalog.models import ChangeSet, MigrationPlan, Runbook, Section, Workspace
from tests import make
from tests.filled_form import filled_form
from tests.services.catalog.pages import errors_of, last_entries, open_form, save

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(client):
    client.force_login(make.make_administrator())
    return client


def test_saving_untouched_pages_records_nothing(admin):
    rows = [
        make.make_workspace(operator="Ann  "),
        make.make_environment("prod"),
        make.make_workflow(paths=["a/**"], extra={"x-y": ["z"]}, requires=[]),
        make.make_runbook(steps=["git push  # CI", "a\n  b"]),
        make.make_migration_plan(description="One\n", rollback_plan=["Back"]),
        Section.objects.create(name="infrastructure", value={"zones": [{"a": "no"}], "n": 1}),
        Section.objects.create(name="empty", value=None),
        make.make_project(name="core", description="A\nb\n", extra={"x": None}),
    ]

    assert [save(admin, row).status_code for row in rows] == [302] * len(rows)
    assert not ChangeSet.objects.exists()


def test_a_runbook_is_edited_one_step_a_line(admin):
    runbook = make.make_runbook(name="down")

    save(admin, runbook, steps="Look\r\nAct\r\nTell")

    assert Runbook.objects.get().steps == ["Look", "Act", "Tell"]
    assert last_entries()[0]["fields"] == {"steps": [["Look", "Act"], ["Look", "Act", "Tell"]]}


def test_the_steps_of_a_migration_plan_change_places(admin):
    plan = make.make_migration_plan()

    save(admin, plan, **{"steps-0-number": "2", "steps-1-number": "1"})

    assert list(plan.steps.order_by("number").values_list("action", flat=True)) == [
        "Move",
        "Prepare",
    ]


def test_a_deleted_step_makes_room_for_its_number(admin):
    plan = make.make_migration_plan()

    save(admin, plan, **{"steps-0-DELETE": "on", "steps-1-number": "1"})

    assert list(plan.steps.values_list("number", "action")) == [(1, "Move")]


def test_two_steps_with_one_number_are_refused(admin):
    plan = make.make_migration_plan()

    response = save(admin, plan, **{"steps-1-number": "1"})

    assert response.status_code == 200
    assert not ChangeSet.objects.exists()


def test_a_workflow_runs_after_workflows_that_exist(admin):
    workflow = make.make_workflow(name="deploy")
    make.make_workflow(name="tests")

    assert save(admin, workflow, requires="tests").status_code == 302
    assert errors_of(save(admin, workflow, requires="nothing")) == [
        "No workflow is called nothing."
    ]


def test_deleting_a_runbook_is_recorded(admin):
    runbook = make.make_runbook()

    admin.post(reverse("admin:services_runbook_delete", args=[runbook.pk]), {"post": "yes"})

    assert last_entries()[0]["action"] == "remove"


def test_deleting_plans_from_their_list_is_recorded(admin):
    plan = make.make_migration_plan()

    admin.post(
        reverse("admin:services_migrationplan_changelist"),
        {"action": "delete_selected", "_selected_action": [plan.pk], "post": "yes"},
    )

    assert not MigrationPlan.objects.exists()
    assert {entry["model"] for entry in last_entries()} == {"migration_plan", "migration_step"}


def test_the_workspace_has_one_page_and_no_list(admin):
    response = admin.get(reverse("admin:services_workspace_changelist"), follow=True)

    assert response.context["original"] == Workspace.objects.get()
    assert admin.get(reverse("admin:services_workspace_add")).status_code == 403


def test_the_name_of_an_environment_stays(admin):
    environment = make.make_environment("prod")

    assert "name" not in open_form(admin, environment)


def test_a_new_environment_is_recorded(admin):
    url = reverse("admin:services_environment_add")
    data = filled_form(admin.get(url), "environment_form")

    admin.post(url, data | {"name": "preview", "position": "3"})

    assert last_entries()[0]["key"] == ["preview"]


@pytest.mark.parametrize("typed", ["Q2 2026", "2026-13", "26"])
def test_a_bad_target_date_is_refused(admin, typed):
    assert errors_of(save(admin, make.make_project(), target_date=typed)) == [
        "Write 2026, 2026-Q2, 2026-04 or 2026-04-30."
    ]
