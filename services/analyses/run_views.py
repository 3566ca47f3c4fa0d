"""The pages of runbooks and migration plans, and of their runs."""

from collections.abc import Callable
from datetime import datetime
from typing import TypedDict

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.paginator import Page, Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from prism.core.access import console_view, is_allowed, logged_in_person
from services.analyses.forms import EndForm, StartForm, StepForm
from services.analyses.models import Run, RunQuerySet, RunStep
from services.analyses.run_actions import (
    AlreadySettled,
    NothingToRun,
    RunIsOver,
    end_run,
    settle_step,
    start_plan,
    start_runbook,
)
from services.catalog.models import MigrationPlan, Runbook

LATEST_RUNS = 10
RUNS_PER_PAGE = 50


class By(TypedDict):
    """Who writes, and when."""

    actor: User
    actor_name: str
    now: datetime


@require_safe
@console_view("catalog.view")
def runbooks(request: HttpRequest) -> HttpResponse:
    """Show what is being done now, and every runbook and migration plan."""
    context = {
        "open_runs": Run.objects.open(),
        "latest_runs": Run.objects.ended()[:LATEST_RUNS],
        "runbooks": Runbook.objects.order_by("category", "name", "pk"),
        "plans": MigrationPlan.objects.for_roadmap(),
    } | _rights(request)
    return render(request, "analyses/runbooks.html", context)


@require_safe
@console_view("catalog.view")
def runbook(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a runbook's steps and its runs."""
    found = get_object_or_404(Runbook, pk=pk)
    context = {
        "title": str(found),
        "name": found.name,
        "kind": f"Runbook for {found.category.replace('_', ' ')}",
        "steps": [{"number": at, "text": step} for at, step in enumerate(found.steps, 1)],
        "runs": _page_of(request, Run.objects.filter(runbook=found)),
        "start_url": reverse("runbook-start", args=[pk]),
        "edit_url": reverse("admin:services_runbook_change", args=[pk]),
    }
    return render(request, "analyses/runbook.html", context | _rights(request))


@require_safe
@console_view("catalog.view")
def plan(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a migration plan's steps, its way back and its runs."""
    found = get_object_or_404(MigrationPlan, pk=pk)
    steps = found.steps.order_by("number", "pk")
    context = {
        "title": found.name,
        "name": found.name,
        "kind": "Migration plan",
        "description": found.description,
        "rollback": found.rollback_plan,
        "steps": [
            {"number": step.number, "text": step.action, "command": step.command} for step in steps
        ],
        "runs": _page_of(request, Run.objects.filter(plan=found)),
        "start_url": reverse("plan-start", args=[pk]),
        "edit_url": reverse("admin:services_migrationplan_change", args=[pk]),
    }
    return render(request, "analyses/runbook.html", context | _rights(request))


@require_POST
@console_view("runbooks.run")
def runbook_start(request: HttpRequest, pk: int) -> HttpResponse:
    """Begin a run of a runbook."""
    found = get_object_or_404(Runbook, pk=pk)
    return _start(
        request,
        lambda reason: start_runbook(runbook=found, reason=reason, **_by(request)),
        reverse("runbook", args=[pk]),
    )


@require_POST
@console_view("runbooks.run")
def plan_start(request: HttpRequest, pk: int) -> HttpResponse:
    """Begin a run of a migration plan."""
    found = get_object_or_404(MigrationPlan, pk=pk)
    return _start(
        request,
        lambda reason: start_plan(plan=found, reason=reason, **_by(request)),
        reverse("plan", args=[pk]),
    )


@require_safe
@console_view("catalog.view")
def run(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a run: what is done, by whom and when, and what is next."""
    found = get_object_or_404(Run.objects.select_related("runbook", "plan"), pk=pk)
    steps = list(found.steps.order_by("number", "pk"))
    is_open = found.outcome == Run.Outcome.OPEN
    left = [step for step in steps if step.state == RunStep.State.OPEN]
    context = {
        "run": found,
        "steps": steps,
        "settled": len(steps) - len(left),
        "next_number": left[0].number if left and is_open else 0,
        "is_open": is_open,
        "end_form": EndForm(initial={"outcome": "abandoned" if left else "finished"}),
    }
    return render(request, "analyses/run.html", context | _rights(request))


@require_POST
@console_view("runbooks.run")
def step(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Tick, skip or open a step again; says so when somebody else was first."""
    found = get_object_or_404(Run, pk=pk)
    form = StepForm(request.POST)
    back = redirect(f"{reverse('run', args=[pk])}#step-{number}")
    if not form.is_valid():
        messages.error(request, "That step was not changed: look at it again.")
        return back
    wanted = RunStep.State(form.cleaned_data["state"])
    try:
        settle_step(
            run=found,
            number=number,
            seen=RunStep.State(form.cleaned_data["seen"]),
            state=wanted,
            note=form.cleaned_data["note"],
            **_by(request),
        )
    except RunStep.DoesNotExist as error:
        raise Http404(f"This run has no step {number}.") from error
    except RunIsOver:
        messages.error(request, "This run is over; its steps stay as they are.")
    except AlreadySettled as error:
        tell = messages.info if error.step.state == wanted else messages.warning
        tell(request, f"{str(error).capitalize()} already; nothing was changed.")
    return back


@require_POST
@console_view("runbooks.run")
def end(request: HttpRequest, pk: int) -> HttpResponse:
    """End a run, with what was learnt."""
    found = get_object_or_404(Run, pk=pk)
    form = EndForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Say how the run ended; the note has at most 5,000 characters.")
        return redirect("run", pk)
    try:
        end_run(
            run=found,
            outcome=Run.Outcome(form.cleaned_data["outcome"]),
            conclusion=form.cleaned_data["conclusion"],
            **_by(request),
        )
    except RunIsOver:
        messages.error(request, "Somebody ended this run already.")
    else:
        messages.success(request, "The run is over and kept as it is.")
    return redirect("run", pk)


def _start(request: HttpRequest, begin: Callable[[str], Run], page_url: str) -> HttpResponse:
    form = StartForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Say in at most 300 characters what the run is for.")
        return redirect(page_url)
    try:
        begun = begin(form.cleaned_data["reason"])
    except NothingToRun:
        messages.error(request, "There are no steps to run.")
        return redirect(page_url)
    return redirect("run", begun.pk)


def _page_of(request: HttpRequest, runs: RunQuerySet) -> Page[Run]:
    ordered = runs.with_progress().order_by("-started_at", "-pk")
    return Paginator(ordered, RUNS_PER_PAGE).get_page(request.GET.get("page"))


def _by(request: HttpRequest) -> By:
    person = logged_in_person(request)
    return {"actor": person, "actor_name": person.get_username(), "now": timezone.now()}


def _rights(request: HttpRequest) -> dict[str, bool]:
    return {
        "may_run": is_allowed(request.user, "runbooks.run"),
        "may_edit": is_allowed(request.user, "catalog.edit"),
    }
