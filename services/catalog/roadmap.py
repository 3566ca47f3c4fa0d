"""Reads the roadmap: projects by phase, their target dates, and the plans to get there."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from services.catalog.listing import DEPLOYMENT_STATE
from services.catalog.models import MigrationPlan, Project, Section, Service
from services.catalog.names import PHASES, Status
from services.catalog.target_dates import NOT_ACTIVE_YET, Quarter, is_overdue, last_day, quarter_of

QUARTERS_SHOWN = 12  # a wider timeline is cut to the quarters around today
SERVICES_PER_PROJECT = 12


@dataclass(frozen=True, slots=True)
class Item:
    """One project on the roadmap with its current services."""

    project: Project
    services: Sequence[Service]
    is_overdue: bool
    quarter: Quarter | None

    @property
    def shown_services(self) -> Sequence[Service]:
        """The services that fit into one row."""
        return self.services[:SERVICES_PER_PROJECT]

    @property
    def more_services(self) -> int:
        """How many do not."""
        return max(0, len(self.services) - SERVICES_PER_PROJECT)


@dataclass(frozen=True, slots=True)
class Phase:
    """One phase; `number` is None for what has no phase."""

    number: int | None
    items: Sequence[Item]
    services: int
    active_services: int


@dataclass(frozen=True, slots=True)
class Slot:
    """One quarter of the timeline and what is due in it."""

    quarter: Quarter
    is_current: bool
    is_past: bool
    items: Sequence[Item]


@dataclass(frozen=True, slots=True)
class Roadmap:
    """The whole page; `outside` counts the dated projects that the timeline has no room for."""

    phases: Sequence[Phase]
    timeline: Sequence[Slot]
    outside: int
    plans: Sequence[MigrationPlan]
    stated_phase: str
    stated_target: str
    overdue: int
    undated: int


def load_roadmap(today: date) -> Roadmap:
    """Give every phase, the timeline and the migration plans. Five queries at any size."""
    services: dict[int, list[Service]] = defaultdict(list)
    for service in Service.objects.for_roadmap():
        services[service.project_id].append(service)
    items = [
        _item(project, services[project.pk], today) for project in Project.objects.for_roadmap()
    ]
    timeline = lay_timeline(items, quarter_of(today))
    section = Section.objects.filter(name=DEPLOYMENT_STATE).values_list("value", flat=True)
    value = section.first()
    stated = value if isinstance(value, dict) else {}
    dated = [item for item in items if item.quarter]
    return Roadmap(
        phases=[phase for number in (*PHASES, None) if (phase := _phase(number, items)).items],
        timeline=timeline,
        outside=len(dated) - sum(len(slot.items) for slot in timeline),
        plans=list(MigrationPlan.objects.for_roadmap()),
        stated_phase=str(stated.get("phase", "")),
        stated_target=str(stated.get("target_phase", "")),
        overdue=sum(item.is_overdue for item in items),
        undated=sum(not item.quarter and item.project.status in NOT_ACTIVE_YET for item in items),
    )


def lay_timeline(items: Sequence[Item], current: Quarter) -> list[Slot]:
    """Give every quarter from the first to the last that matters, today's among them. Pure.

    When they are too many, the quarters before today's go first, then the farthest.
    """
    due: dict[Quarter, list[Item]] = defaultdict(list)
    for item in items:
        if item.quarter:
            due[item.quarter].append(item)
    if not due:
        return []
    first, last = min(*due, current), max(*due, current)
    if _distance(first, current) >= QUARTERS_SHOWN // 2:
        first = _earlier(current, QUARTERS_SHOWN // 2 - 1)
    quarters = [first]
    while quarters[-1] < last and len(quarters) < QUARTERS_SHOWN:
        quarters.append(quarters[-1].next())
    return [
        Slot(quarter, quarter == current, quarter < current, due.get(quarter, []))
        for quarter in quarters
    ]


def _item(project: Project, services: Sequence[Service], today: date) -> Item:
    end = last_day(project.target_date)
    return Item(
        project=project,
        services=services,
        is_overdue=is_overdue(project.status, project.target_date, today),
        quarter=quarter_of(end) if end else None,
    )


def _phase(number: int | None, items: Sequence[Item]) -> Phase:
    mine = [item for item in items if item.project.phase == number]
    services = [service for item in mine for service in item.services]
    active = sum(service.status == Status.ACTIVE for service in services)
    return Phase(number, mine, len(services), active)


def _distance(earlier: Quarter, later: Quarter) -> int:
    return (later.year - earlier.year) * 4 + later.number - earlier.number


def _earlier(quarter: Quarter, by: int) -> Quarter:
    index = quarter.year * 4 + quarter.number - 1 - by
    return Quarter(index // 4, index % 4 + 1)
