"""The pages of runbooks, plans and runs: who may tick, what is kept, what the second to tick is told."""

import pytest

from services.analyses.models import Run, RunStep
from tests import make
from tests.services.analyses.making import make_run

pytestmark = pytest.mark.django_db


def text_of(client, path):
    response = client.get(path)
    assert response.status_code == 200, response
    return response.content.decode()


def test_an_operator_starts_ticks_skips_and_ends_a_run(client_of):
    runbook = make.make_runbook(category="incidents", name="redis_memory", steps=["Look", "Act"])
    operator = client_of("operator")

    begun = operator.post(f"/runbooks/{runbook.pk}/start/", {"reason": "INC-7"})
    run = Run.objects.get()
    assert begun["Location"] == f"/runs/{run.pk}/"
    operator.post(f"/runs/{run.pk}/steps/1/", {"seen": "open", "state": "done", "note": "clean"})
    operator.post(f"/runs/{run.pk}/steps/2/", {"seen": "open", "state": "skipped", "note": ""})
    page = text_of(operator, f"/runs/{run.pk}/")
    operator.post(f"/runs/{run.pk}/end/", {"outcome": "finished", "conclusion": "Fine."})

    assert "2 of 2 steps" in page
    assert "clean" in page
    run.refresh_from_db()
    assert (run.outcome, run.starter_name, run.ender_name) == ("finished", "operator", "operator")
    ended = text_of(operator, f"/runs/{run.pk}/")
    assert "Finished by operator" in ended
    assert "to do" not in ended
    assert "<form method" not in ended.split("<main")[1]
    assert f"/runs/{run.pk}/" in text_of(operator, f"/runbooks/{runbook.pk}/")


def test_a_migration_plan_runs_with_commands_and_the_way_back(client_of):
    plan = make.make_migration_plan(name="phase_1_to_2", rollback_plan=["Keep the monolith"])
    plan.steps.filter(number=1).update(command="railway up --service <api>")
    operator = client_of("operator")

    operator.post(f"/plans/{plan.pk}/start/", {"reason": ""})
    page = text_of(operator, f"/runs/{Run.objects.get().pk}/")

    assert "railway up --service &lt;api&gt;" in page
    assert "Keep the monolith" in page
    assert "Phase 1 to 2" in text_of(operator, f"/plans/{plan.pk}/")


def test_the_second_to_tick_is_told_who_was_first(client_of):
    run, operator = make_run(), client_of("operator")
    RunStep.objects.filter(number=1).update(state="done", settler_name="ada")
    tick = {"seen": "open", "note": ""}

    same = operator.post(f"/runs/{run.pk}/steps/1/", {**tick, "state": "done"}, follow=True)
    other = operator.post(f"/runs/{run.pk}/steps/1/", {**tick, "state": "skipped"}, follow=True)

    for response in (same, other):
        assert "Step 1 is done, by ada already; nothing was changed." in response.content.decode()
    assert RunStep.objects.get(number=1).settler_name == "ada"


@pytest.mark.parametrize("role", ["viewer", "editor"])
def test_others_watch_and_cannot_act(client_of, role):
    run, client = make_run(), client_of(role)

    page = text_of(client, f"/runs/{run.pk}/")

    assert "<form method" not in page.split("<main")[1]
    assert client.post(f"/runbooks/{run.runbook_id}/start/").status_code == 403
    tick = {"seen": "open", "state": "done"}
    assert client.post(f"/runs/{run.pk}/steps/1/", tick).status_code == 403
    assert client.post(f"/runs/{run.pk}/end/", {"outcome": "finished"}).status_code == 403
    assert Run.objects.count() == 1


@pytest.mark.parametrize(
    "sent", [{}, {"seen": "open"}, {"seen": "x", "state": "done"}, {"seen": "open", "state": "x"}]
)
def test_a_crooked_tick_changes_nothing(client_of, sent):
    run = make_run()

    response = client_of("operator").post(f"/runs/{run.pk}/steps/1/", sent, follow=True)

    assert "not changed" in response.content.decode()
    assert RunStep.objects.get(number=1).state == "open"


def test_a_step_that_is_not_there_is_not_found(client_of):
    run = make_run()

    response = client_of("operator").post(
        f"/runs/{run.pk}/steps/9/", {"seen": "open", "state": "done"}
    )

    assert response.status_code == 404


def test_a_runbook_without_steps_is_not_run(client_of):
    runbook = make.make_runbook(steps=[])

    operator = client_of("operator")
    response = operator.post(f"/runbooks/{runbook.pk}/start/", {"reason": ""}, follow=True)

    assert "There are no steps to run." in response.content.decode()
    assert Run.objects.count() == 0


def test_what_is_under_way_comes_first(client_of):
    run = make_run(reason="INC-9")
    client = client_of("viewer")

    page = text_of(client, "/runbooks/")

    assert page.index("Under way") < page.index("INC-9") < page.index("Migration plans")
    assert "0 of 2 steps" in page
    assert run.title in page


def test_the_pages_cost_as_many_queries_however_many_runs_there_are(
    client_of, django_assert_max_num_queries
):
    viewer = client_of("viewer")
    run = make_run(runbook=make.make_runbook(steps=["Step"] * 40))
    for _ in range(30):
        make_run(runbook=run.runbook)
        make.make_migration_plan()
    text_of(viewer, "/runbooks/")

    for path in ("/runbooks/", f"/runbooks/{run.runbook_id}/", f"/runs/{run.pk}/"):
        with django_assert_max_num_queries(12):
            text_of(viewer, path)


def test_an_empty_catalog_says_where_runbooks_come_from(client_of):
    page = text_of(client_of("viewer"), "/runbooks/")

    assert "There is no runbook yet" in page
    assert "No migration is planned" in page
