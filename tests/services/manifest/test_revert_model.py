"""Whatever happened to a catalog, a change set that can be reverted is reverted exactly."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, event, given, settings
from hypothesis import strategies as st

from services.catalog.actions import (
    HostnameTaken,
    StillNeeded,
    archive_projects,
    archive_services,
    record_edit,
    restore_services,
    set_status,
)
from services.catalog.models import ChangeSet, Domain, ManifestDocument, Service, Variable
from services.catalog.records import State
from services.catalog.state import load_state
from services.manifest.actions import apply_plan, plan_read_manifest
from services.manifest.revert import AlreadyReverted, RevertConflict, revert_change_set
from tests.services.manifest.catalogs import PROJECTS, SERVICES, as_manifest, states, subsets, words

MODEL = settings(
    max_examples=20,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # shrinking takes minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
START = datetime(2026, 11, 23, 12, tzinfo=UTC)


class History:
    """Acts on the catalog at random, and remembers the state and document after every revision."""

    def __init__(self, draw: Callable[[st.SearchStrategy[Any]], Any]) -> None:
        self._draw = draw
        self._now = START
        self.states = [load_state()]
        self.documents: list[int | None] = [None]

    def step(self) -> None:
        """Do one thing, and check what must hold whatever it was."""
        self._now += timedelta(minutes=1)
        act = self._draw(st.sampled_from((self._apply, self._apply, self._edit, self._bulk)))
        revision = len(self.states) - 1
        try:
            with transaction.atomic():
                act()
        except (HostnameTaken, StillNeeded) as error:
            event(type(error).__name__)
        self._check_serving()
        if ChangeSet.objects.count() > revision:
            self._remember()
        else:
            assert load_state() == self.states[-1]

    def revert(self, revision: int) -> bool:
        """Revert one change set, and say whether that was possible."""
        self._now += timedelta(minutes=1)
        try:
            revert_change_set(revision, actor=None, actor_name="model", message="", now=self._now)
        except (RevertConflict, AlreadyReverted, HostnameTaken) as error:
            self._check_refusal(error)
            return False
        self._check_serving()
        self._remember()
        return True

    def _check_refusal(self, error: Exception) -> None:
        event(type(error).__name__)
        assert load_state() == self.states[-1]
        assert not isinstance(error, RevertConflict) or error.revisions, str(error)

    def _remember(self) -> None:
        self.states.append(load_state())
        current = ManifestDocument.objects.filter(is_current=True)
        self.documents.append(current.values_list("pk", flat=True).first())

    def _apply(self) -> None:
        state = self._draw(states())
        manifest = as_manifest(state, renamed_from=self._renames(state))
        prune = self._draw(st.booleans())
        plan = plan_read_manifest(manifest, prune=prune)
        if plan.problems:
            event("plan with problems")
            return
        self._apply_twice(plan)
        state = load_state()
        for kind, records in manifest.state.items():
            for key, fields in records.items():
                assert state[kind][key] == fields
        if prune:
            assert state == manifest.state

    def _apply_twice(self, plan: Any) -> None:
        by = {"actor": None, "actor_name": "model", "message": "", "now": self._now}
        apply_plan(plan, **by, force_prune=True)
        again = plan_read_manifest(plan.manifest, prune=plan.prune)
        assert again.entries == ()
        assert apply_plan(again, **by, force_prune=True) is None

    def _renames(self, state: State) -> dict[tuple[str, str], str]:
        listed = sorted(key[0] for key in state["service"])
        unlisted = sorted({*SERVICES} - {*listed})
        if not listed or not unlisted:
            return {}
        new, old = self._draw(st.sampled_from(listed)), self._draw(st.sampled_from(unlisted))
        return {("service", new): old}

    def _edit(self) -> None:
        name = self._draw(st.sampled_from(SERVICES))
        service = Service.objects.current().filter(name=name).first()
        if service is None:
            return
        with record_edit(actor=None, now=self._now) as edit:
            edit.watch("service", name)
            service.owner = self._draw(words)
            service.status = self._draw(st.sampled_from(("active", "planned")))
            new_name = self._draw(st.sampled_from((name, *SERVICES)))
            if not Service.objects.filter(name=new_name).exists():
                service.name = new_name
            service.save()
            if self._draw(st.booleans()):
                Variable.objects.filter(service=service).delete()
                Variable.objects.create(service=service, name="C", level="optional")

    def _bulk(self) -> None:
        by = {"actor": None, "now": self._now}
        services = self._draw(subsets(SERVICES))
        match self._draw(st.sampled_from(("archive", "project", "restore", "status"))):
            case "archive":
                archive_services(names=services, **by)
            case "project":
                archive_projects(names=self._draw(subsets(PROJECTS)), **by)
            case "restore":
                restore_services(names=services, **by)
            case _:
                set_status(kind="service", names=services, status="active", **by)

    def _check_serving(self) -> None:
        for domain in Domain.objects.select_related("service"):
            is_active = domain.service.status == "active" and domain.service.archived_at is None
            assert domain.is_serving == is_active


@pytest.mark.django_db
@MODEL
@given(data=st.data())
def test_reverting_the_last_change_sets_one_by_one_leads_back_through_every_state(
    data: st.DataObject,
) -> None:
    with transaction.atomic():
        history = History(data.draw)
        for _ in range(data.draw(st.integers(1, 4))):
            history.step()
        last = len(history.states) - 1

        for revision in range(last, 0, -1):
            assert history.revert(revision)
            assert history.states[-1] == history.states[revision - 1]
            assert history.documents[-1] == history.documents[revision - 1]
        transaction.set_rollback(True)


@pytest.mark.django_db
@MODEL
@given(data=st.data())
def test_a_revert_of_any_change_set_is_refused_or_can_be_reverted_itself(
    data: st.DataObject,
) -> None:
    with transaction.atomic():
        history = History(data.draw)
        for _ in range(data.draw(st.integers(2, 5))):
            history.step()
            if data.draw(st.booleans()) and len(history.states) > 1:
                before = history.states[-1], history.documents[-1]
                chosen = data.draw(st.integers(1, len(history.states) - 1))

                if history.revert(chosen):
                    assert history.revert(len(history.states) - 1)
                    assert (history.states[-1], history.documents[-1]) == before
        transaction.set_rollback(True)
