"""Reads which runbooks and migration plans speak of a service."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import CharField, F, Value

from services.catalog.models import MigrationPlan, Runbook


@dataclass(frozen=True, slots=True)
class RunbookSteps:
    """A runbook by its primary key, with its steps as texts."""

    pk: int
    category: str
    name: str
    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PlanName:
    """A migration plan by its primary key, name and description."""

    pk: int
    name: str
    description: str


def load_procedures(
    is_about: Callable[[Iterable[str]], bool],
) -> tuple[list[RunbookSteps], list[PlanName]]:
    """Give the runbooks by category and the plans by name that a test finds in their texts. One query."""
    runbooks: list[RunbookSteps] = []
    plans: dict[PlanName, list[str]] = {}
    for of, pk, name, description, texts, *step in _rows():
        lines = tuple(map(str, texts))
        if of == "runbook":
            if is_about([name, *lines]):
                runbooks.append(RunbookSteps(pk, description, name, lines))
        else:
            of_plan = plans.setdefault(PlanName(pk, name, description), [name, description, *lines])
            of_plan += filter(None, step)
    return (
        sorted(runbooks, key=lambda runbook: (runbook.category, runbook.name, runbook.pk)),
        sorted(
            (plan for plan, texts in plans.items() if is_about(texts)),
            key=lambda plan: (plan.name, plan.pk),
        ),
    )


def _rows() -> Iterable[tuple[Any, ...]]:
    """Give each plan once for every step, and once without steps; and each runbook."""
    nothing = Value("", CharField())
    plans = MigrationPlan.objects.annotate(of=Value("plan", CharField())).values_list(
        *("of", "pk", "name", "description", "rollback_plan", "steps__action", "steps__command")
    )
    runbooks = Runbook.objects.annotate(
        of=Value("runbook", CharField()), description=F("category"), action=nothing, command=nothing
    ).values_list("of", "pk", "name", "description", "steps", "action", "command")
    return plans.union(runbooks, all=True)
