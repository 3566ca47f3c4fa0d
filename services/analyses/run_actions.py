"""Every write of a run: start it, settle its steps, end it. Two people may tick at once; each tick is audited."""

from datetime import datetime

from django.db import transaction

from prism.core import audit
from prism.core.access import Actor, authorize
from services.analyses.models import Run, RunStep
from services.catalog.models import MigrationPlan, MigrationStep, Runbook

State = RunStep.State


class RunIsOver(Exception):
    """The run has ended: what was ticked in it stays as it was."""


class NothingToRun(Exception):
    """The runbook or plan has no steps."""


class AlreadySettled(Exception):
    """Somebody else settled the step first; carries the step as it is now."""

    def __init__(self, step: RunStep) -> None:
        self.step = step
        super().__init__(f"step {step.number} is {step.state}, by {step.settler_name or 'nobody'}")


def start_runbook(
    *, runbook: Runbook, reason: str, actor: Actor, actor_name: str, now: datetime
) -> Run:
    """Begin a run of a runbook with its steps as they are now. Raises NothingToRun."""
    steps = [(str(step), "") for step in runbook.steps]
    run = Run(runbook=runbook, title=str(runbook), reason=reason)
    return _start(run, steps, actor=actor, actor_name=actor_name, now=now)


def start_plan(
    *, plan: MigrationPlan, reason: str, actor: Actor, actor_name: str, now: datetime
) -> Run:
    """Begin a run of a migration plan with its steps and way back as they are now. Raises NothingToRun."""
    rows = MigrationStep.objects.filter(plan=plan).order_by("number", "pk")
    steps = list(rows.values_list("action", "command"))
    rollback = [str(step) for step in plan.rollback_plan]
    run = Run(plan=plan, title=plan.name, reason=reason, rollback=rollback)
    return _start(run, steps, actor=actor, actor_name=actor_name, now=now)


def settle_step(
    *,
    run: Run,
    number: int,
    seen: State,
    state: State,
    note: str,
    actor: Actor,
    actor_name: str,
    now: datetime,
) -> RunStep:
    """Move a step from the state that its reader saw to another, or find out who was first.

    One conditional update decides, so that two ticks at once are one tick and one AlreadySettled.
    Raises RunIsOver too.
    """
    authorize(actor, "runbooks.run", run.title)
    with transaction.atomic():
        # the lock keeps a run from ending between the look and the tick
        if Run.objects.select_for_update().get(pk=run.pk).outcome != Run.Outcome.OPEN:
            raise RunIsOver
        is_open = state == State.OPEN
        moved = RunStep.objects.filter(run=run, number=number, state=seen).update(
            state=state,
            note=note[:300],
            settled_at=None if is_open else now,
            settler_name="" if is_open else actor_name,
        )
        step = RunStep.objects.get(run=run, number=number)
        if not moved:
            raise AlreadySettled(step)
        audit.record(
            "runbooks.step",
            actor=actor,
            target=run.title,
            details={"run": run.pk, "step": number, "from": seen, "to": state, "note": note[:300]},
        )
    return step


def end_run(
    *,
    run: Run,
    outcome: Run.Outcome,
    conclusion: str,
    actor: Actor,
    actor_name: str,
    now: datetime,
) -> Run:
    """End a run as finished or abandoned, with what was learnt. Raises RunIsOver for the second to end it."""
    authorize(actor, "runbooks.run", run.title)
    with transaction.atomic():
        ended = Run.objects.filter(pk=run.pk, outcome=Run.Outcome.OPEN).update(
            outcome=outcome, ended_at=now, ender_name=actor_name, conclusion=conclusion
        )
        if not ended:
            raise RunIsOver
        audit.record(
            "runbooks.end",
            actor=actor,
            target=run.title,
            details={"run": run.pk, "outcome": outcome},
        )
    run.refresh_from_db()
    return run


def _start(
    run: Run, steps: list[tuple[str, str]], *, actor: Actor, actor_name: str, now: datetime
) -> Run:
    authorize(actor, "runbooks.run", run.title)
    if not steps:
        raise NothingToRun(run.title)
    with transaction.atomic():
        run.started_at, run.starter_name = now, actor_name
        run.reason = run.reason[:300]
        run.save()
        RunStep.objects.bulk_create(
            RunStep(run=run, number=number, text=text, command=command)
            for number, (text, command) in enumerate(steps, 1)
        )
        audit.record(
            "runbooks.start",
            actor=actor,
            target=run.title,
            details={"run": run.pk, "steps": len(steps), "reason": run.reason},
        )
    return run
