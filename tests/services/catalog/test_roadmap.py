"""The roadmap."""

from datetime import date

import pytest
from django.utils import timezone

from services.catalog.models import Section
from services.catalog.roadmap import QUARTERS_SHOWN, load_roadmap
from tests.make import make_migration_plan, make_project, make_service
from tests.services.catalog.page_tests import HARMLESS, HOSTILE, signed_in, text_of

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 23)


@pytest.fixture
def client():
    return signed_in()


def test_an_empty_catalog_says_how_to_fill_it(client):
    assert "prism apply" in text_of(client.get("/roadmap/"))


def test_projects_stand_in_their_phase_the_soonest_first():
    for name, phase, target in (
        ("late", 2, "2027-Q1"),
        ("soon", 2, "2026-Q4"),
        ("some-day", 2, ""),
        ("now", 1, ""),
        ("loose", None, ""),
    ):
        make_project(name=name, phase=phase, target_date=target)
    make_project(name="gone", phase=1, archived_at=timezone.now())

    phases = load_roadmap(TODAY).phases

    assert {phase.number: [item.project.name for item in phase.items] for phase in phases} == {
        1: ["now"],
        2: ["soon", "late", "some-day"],
        None: ["loose"],
    }


def test_a_phase_counts_its_services_and_the_active_ones():
    project = make_project(phase=1)
    make_service(project=project)
    make_service(project=project, status="planned")
    make_service(project=project, archived_at=timezone.now())

    (phase,) = load_roadmap(TODAY).phases

    assert (phase.services, phase.active_services) == (2, 1)


@pytest.mark.parametrize(
    ("status", "target", "is_overdue"),
    [
        ("planned", "2026-Q3", True),
        ("development", "2026-11-22", True),
        ("planned", "2026-Q4", False),
        ("active", "2026-Q1", False),
        ("planned", "soon", False),
    ],
)
def test_what_is_not_active_after_its_date_is_overdue(status, target, is_overdue):
    make_project(phase=1, status=status, target_date=target)

    roadmap = load_roadmap(TODAY)

    assert roadmap.phases[0].items[0].is_overdue is is_overdue
    assert roadmap.overdue == is_overdue


def test_the_timeline_has_every_quarter_between_the_dates_and_today():
    make_project(name="a", target_date="2026-Q2")
    make_project(name="b", target_date="2027-01-15")

    timeline = load_roadmap(TODAY).timeline

    assert [str(slot.quarter) for slot in timeline] == ["2026-Q2", "2026-Q3", "2026-Q4", "2027-Q1"]
    assert [str(slot.quarter) for slot in timeline if slot.is_current] == ["2026-Q4"]
    assert [[item.project.name for item in slot.items] for slot in timeline] == [
        ["a"],
        [],
        [],
        ["b"],
    ]


def test_a_timeline_that_is_too_long_keeps_today_and_counts_what_it_leaves_out():
    for target in ("1999", "2026-Q4", "2090-Q1"):
        make_project(target_date=target)

    roadmap = load_roadmap(TODAY)

    assert len(roadmap.timeline) == QUARTERS_SHOWN
    assert any(slot.is_current for slot in roadmap.timeline)
    assert roadmap.outside == 2


def test_without_dates_there_is_no_timeline(client):
    make_project(phase=1)

    page = text_of(client.get("/roadmap/"))

    assert load_roadmap(TODAY).timeline == []
    assert "by quarter" not in page


def test_a_plan_shows_its_steps_in_order_and_the_way_back(client):
    make_project()
    plan = make_migration_plan(
        ("first", "second"), name="split", rollback_plan=["keep the old one"]
    )
    plan.steps.filter(number=1).update(command="git subtree split --prefix=api")

    page = text_of(client.get("/roadmap/"))

    assert page.index("first") < page.index("second")
    assert "git subtree split --prefix=api" in page
    assert "keep the old one" in page


def test_the_stated_phase_is_shown(client):
    make_project()
    Section.objects.create(
        name="deployment_state", value={"phase": "Phase 1 - Monolith", "target_phase": "Phase 2"}
    )

    page = text_of(client.get("/roadmap/"))

    assert "Now: Phase 1 - Monolith" in page
    assert "next: Phase 2" in page


def test_html_stays_text(client):
    make_project(description=HOSTILE, phase=1)
    make_migration_plan((HOSTILE,), description=HOSTILE, rollback_plan=[HOSTILE, {"odd": HOSTILE}])

    page = text_of(client.get("/roadmap/"))

    assert HARMLESS in page
    assert "<img src=x" not in page
