"""Runs of runbooks and migration plans: steps ticked by many, each run kept."""

import threading
from datetime import timedelta

import pytest
from django.db import connection

from prism.core.access import AccessDenied
from prism.core.audit_entry import AuditEntry
from services.analyses.models import Run, RunStep
from services.analyses.run_actions import (
    AlreadySettled,
    NothingToRun,
    RunIsOver,
    end_run,
    settle_step,
    start_plan,
)
from tests import make
from tests.services.analyses.making import CLI, NOW, make_run

State = RunStep.State


def settle(run, number, *, seen=State.OPEN, state=State.DONE, name="ada", **over):
    values = {"note": "", "actor": CLI, "now": NOW, **over}
    return settle_step(run=run, number=number, seen=seen, state=state, actor_name=name, **values)


@pytest.mark.django_db
def test_a_run_keeps_the_steps_as_they_were():
    runbook = make.make_runbook(category="incidents", name="redis_memory", steps=["Look", "Act"])
    run = make_run(runbook=runbook, reason="INC-7")
    runbook.steps = ["Something else"]
    runbook.save()
    runbook.delete()
    run.refresh_from_db()

    assert (run.title, run.reason, run.runbook) == ("incidents / redis_memory", "INC-7", None)
    assert list(run.steps.order_by("number").values_list("number", "text")) == [
        (1, "Look"),
        (2, "Act"),
    ]


@pytest.mark.django_db
def test_a_plan_runs_with_its_commands_and_its_way_back():
    plan = make.make_migration_plan(name="phase_1_to_2", rollback_plan=["Keep the old one"])
    plan.steps.filter(number=1).update(command="railway up")

    run = start_plan(plan=plan, reason="", actor=CLI, actor_name="ada", now=NOW)

    assert run.rollback == ["Keep the old one"]
    assert run.steps.get(number=1).command == "railway up"


@pytest.mark.django_db
def test_nothing_is_no_run():
    with pytest.raises(NothingToRun):
        make_run(runbook=make.make_runbook(steps=[]))

    assert Run.objects.count() == 0


@pytest.mark.django_db
def test_a_tick_says_who_and_when_and_is_audited():
    run = make_run()

    step = settle(run, 1, note="logs are clean")

    assert (step.state, step.settler_name, step.settled_at, step.note) == (
        *("done", "ada"),
        *(NOW, "logs are clean"),
    )
    entry = AuditEntry.objects.latest("number")
    assert (entry.action, entry.target) == ("runbooks.step", run.title)


@pytest.mark.django_db
def test_the_second_to_tick_learns_who_was_first_and_changes_nothing():
    run = make_run()
    settle(run, 1)

    with pytest.raises(AlreadySettled) as late:
        settle(run, 1, state=State.SKIPPED, name="grace", now=NOW + timedelta(minutes=1))

    assert late.value.step.settler_name == "ada"
    assert RunStep.objects.get(run=run, number=1).settled_at == NOW


@pytest.mark.django_db
def test_a_step_opens_again_and_forgets_who_settled_it():
    run = make_run()
    settle(run, 1)

    step = settle(run, 1, seen=State.DONE, state=State.OPEN)

    assert (step.state, step.settler_name, step.settled_at) == ("open", "", None)


@pytest.mark.django_db
def test_a_run_that_is_over_stays_as_it_is():
    run = make_run()
    ended = end_run(
        run=run, outcome=Run.Outcome.FINISHED, conclusion="All well.", actor=CLI, actor_name="ada", now=NOW
    )  # fmt: skip

    with pytest.raises(RunIsOver):
        settle(run, 1)
    with pytest.raises(RunIsOver):
        end_run(
            run=run, outcome=Run.Outcome.ABANDONED, conclusion="", actor=CLI, actor_name="b", now=NOW
        )  # fmt: skip

    assert (ended.outcome, ended.conclusion, ended.ender_name) == ("finished", "All well.", "ada")


@pytest.mark.django_db
def test_an_editor_may_not_run():
    run, editor = make_run(), make.make_user(is_staff=True)

    for act in (
        lambda: make_run(actor=editor),
        lambda: settle(run, 1, actor=editor),
        lambda: end_run(
            run=run, outcome=Run.Outcome.FINISHED, conclusion="", actor=editor, actor_name="e", now=NOW
        ),
    ):  # fmt: skip
        with pytest.raises(AccessDenied):
            act()

    assert Run.objects.get().outcome == "open"


@pytest.mark.django_db(transaction=True)
def test_eight_people_who_tick_at_once_are_one_tick_and_seven_who_learn_it():
    run = make_run(runbook=make.make_runbook(steps=["One", "Two", "Three"]))
    outcomes: list[tuple[int, str]] = []
    start = threading.Barrier(8)

    def tick(name: str) -> None:
        start.wait(10)
        for number in (1, 2, 3):
            try:
                settle(run, number, name=name)
                outcomes.append((number, name))
            except AlreadySettled as late:
                outcomes.append((number, f"late after {late.step.settler_name}"))
        connection.close()

    people = [threading.Thread(target=tick, args=(f"person-{at}",)) for at in range(8)]
    for person in people:
        person.start()
    for person in people:
        person.join(50)

    for number in (1, 2, 3):
        said = [text for at, text in outcomes if at == number]
        (winner,) = [text for text in said if not text.startswith("late")]
        assert said.count(f"late after {winner}") == 7
        assert RunStep.objects.get(run=run, number=number).settler_name == winner
    assert AuditEntry.objects.filter(action="runbooks.step").count() == 3
