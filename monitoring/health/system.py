"""The System page: services by environments, and the few figures above them. Seven queries at any size."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from statistics import median, quantiles
from typing import Any
from urllib.parse import quote

from django.db.models import Max, Sum
from django.urls import reverse
from django.utils.safestring import SafeString

from monitoring.health import day
from monitoring.health.cells import (
    NO_NUMBER,
    Cell,
    Known,
    age,
    describe,
    milliseconds,
    most_worrying,
)
from monitoring.health.charts import day_bars
from monitoring.health.models import Check, CheckState, DailyRollup, Deployment, HourlyRollup
from monitoring.health.own import SERVICES
from monitoring.health.words import Verdict
from services.catalog.models import Environment, Service
from services.catalog.names import Status
from services.catalog.state import current_revision

ATTENTION_ROWS = 12
UPTIME_EVERY_S = 60
PLANNED = (Status.PLANNED, Status.RESEARCH)
_FIELDS = (
    "pk", "kind", "interval_s", "timeout_s", "is_paused", "state__verdict", "state__step",
    "state__is_flapping", "state__last_at", "state__last_found", "state__latency_ms", "state__reason",
    "state__hours", "state__hours_until", "state__maintenance_until",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Seen:
    """One check as it is now."""

    known: Known
    cell: Cell


Checks = dict[tuple[str, str], list[Seen]]  # by service and environment


@dataclass(frozen=True, slots=True)
class Place:
    """One service in one environment: a cell, or the words for why there is none."""

    cell: Cell | None
    words: str = "not declared"
    is_planned: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One service."""

    name: str
    url: str
    project: str
    kind: str
    places: Sequence[Place]
    deployment: Deployment | None
    bars: SafeString | None
    has_problem: bool


@dataclass(frozen=True, slots=True)
class Figures:
    """What stands above the grid. Latencies are of the last readings; uptime counts see docs/health.md."""

    checks: int
    up: int
    others: str
    median_latency: str
    p95_latency: str
    uptime: str
    uptime_note: str
    deployments: int
    last_deployment_at: datetime | None
    newest_at: datetime | None
    stale: int


@dataclass(frozen=True, slots=True)
class Problem:
    """A check that is not well."""

    subject: str
    environment: str
    cell: Cell
    reason: str


@dataclass(frozen=True, slots=True)
class System:
    """The whole page."""

    environments: Sequence[str]
    rows: Sequence[Row]
    figures: Figures
    problems: Sequence[Problem]
    problem_count: int
    interval: str


def fingerprint(now: datetime) -> str:
    """Name what the page shows, so that an unchanged one is not sent again. Three queries.

    The time is in it by quarters of a minute: a page on which nothing happens must still turn stale.
    """
    newest = CheckState.objects.aggregate(last=Max("last_at"))["last"]
    deployed = Deployment.objects.aggregate(last=Max("pk"))["last"]
    return f'"{newest and newest.timestamp()}-{deployed}-{current_revision()}-{int(now.timestamp()) // 15}"'


def load_system(now: datetime, *, only_problems: bool = False) -> System:
    """Load everything the page shows."""
    known = _load_checks(now)
    environments = list(
        Environment.objects.order_by("position", "name").values_list("name", flat=True)
    )
    environments += sorted({place[1] for place in known} - set(environments))
    running = {(row.subject, row.environment): row for row in Deployment.objects.now_running()}
    # asked once: a thousand times it takes a seventh of the page's time
    address = reverse("service-health", args=["-"]).removesuffix("-/")
    rows = [
        _row(service, environments, known, running, now, address)
        for service in _load_subjects(known)
    ]
    problems = _problems(known)
    if only_problems:
        rows = [row for row in rows if row.has_problem]
    intervals = sorted({one.known.interval_s for checks in known.values() for one in checks})
    return System(
        environments=environments,
        rows=rows,
        figures=_figures(known, now),
        problems=problems[:ATTENTION_ROWS],
        problem_count=len(problems),
        interval=_interval_words(intervals),
    )


def _load_checks(now: datetime) -> Checks:
    """Give every current check as it is now. One query."""
    found: Checks = {}
    rows = Check.objects.current().order_by("pk").values_list("subject", "environment", *_FIELDS)
    for subject, environment, *values in rows:
        is_scheduled = values[5] is not None
        known = Known(*values) if is_scheduled else Known(*values[:5])
        found.setdefault((subject, environment), []).append(Seen(known, describe(known, now)))
    return found


def _load_subjects(known: Checks) -> list[dict[str, Any]]:
    """List the services with checks, then those without, then what the catalog does not have."""
    services = Service.objects.current().values(
        "name", "kind", "framework", "version", "type", "status", "phase",
        "project__name", "project__target_date",
    )  # fmt: skip
    by_name: dict[str, dict[str, Any]] = {row["name"]: dict(row) for row in services}
    checked = {subject for subject, _ in known}
    blank: dict[str, Any] = {
        "kind": "",
        "framework": "",
        "version": "",
        "type": "",
        "status": "",
        "phase": None,
    }
    blank |= {"project__name": "", "project__target_date": ""}
    own = set(SERVICES.values())
    for name in checked - by_name.keys():
        by_name[name] = {"name": name, **blank, "kind": "the console itself" if name in own else ""}

    def order(row: dict[str, Any]) -> tuple[Any, ...]:
        is_asked = row["name"] in checked
        return (
            not is_asked,
            row["status"] in PLANNED,
            row["phase"] or 9,
            row["project__name"],
            row["name"],
        )

    return sorted(by_name.values(), key=order)


def _row(
    service: dict[str, Any],
    environments: Sequence[str],
    known: Checks,
    running: dict[tuple[str, str], Deployment],
    now: datetime,
    address: str,
) -> Row:
    name = service["name"]
    asked = [known.get((name, environment)) for environment in environments]
    places = [
        Place(most_worrying([seen.cell for seen in checks]))
        if checks
        else _nothing(service, first=not position)
        for position, checks in enumerate(asked)
    ]
    hour = int(now.timestamp()) // 3600
    days = [
        day.moved(seen.known.hours, seen.known.hours_until, hour)
        for checks in asked
        for seen in checks or ()
        if seen.known.hours_until
    ]
    deployments = (running.get((name, environment)) for environment in environments)
    cells = [place.cell for place in places if place.cell]
    return Row(
        name=name,
        url=f"{address}{quote(name)}/",
        project=service["project__name"],
        kind=_kind_words(service),
        places=places,
        deployment=next((one for one in deployments if one), None),
        bars=day_bars(day.worst_of(tuple(days))) if days else None,
        has_problem=any(cell.css in (Verdict.DOWN, Verdict.DEGRADED) for cell in cells),
    )


def _nothing(service: dict[str, Any], *, first: bool) -> Place:
    """Say why a place has no check: planned, or not declared there."""
    if service["status"] not in PLANNED or not first:
        return Place(None)
    parts = [f"phase {service['phase']}"] if service["phase"] else [service["status"]]
    if service["project__target_date"]:
        parts.append(service["project__target_date"])
    return Place(None, " · ".join(parts), is_planned=True)


def _kind_words(service: dict[str, Any]) -> str:
    what = service["framework"] or service["version"] or service["type"]
    return " · ".join(filter(None, (service["kind"], what)))


def _problems(known: Checks) -> list[Problem]:
    """List the checks that are not well, the worst first."""
    order = {"down": 0, "degraded": 1, "unknown": 2}
    found = [
        Problem(subject, environment, seen.cell, seen.known.reason or seen.cell.label)
        for (subject, environment), checks in known.items()
        for seen in checks
        if not seen.known.is_paused and seen.cell.css in order
    ]
    return sorted(found, key=lambda one: (order[one.cell.css], one.subject, one.environment))


def _figures(known: Checks, now: datetime) -> Figures:
    seen = [one for group in known.values() for one in group if not one.known.is_paused]
    checks = [one.known for one in seen]
    css = [one.cell.css for one in seen]
    answered = [
        one.latency_ms
        for one in checks
        if one.latency_ms is not None and one.verdict in (Verdict.UP, Verdict.DEGRADED)
    ]
    others = [
        f"{css.count(verdict)} {verdict}"
        for verdict in ("degraded", "down", "unknown")
        if css.count(verdict)
    ]
    newest = max((one.last_at for one in checks if one.last_at), default=None)
    uptime, note = thirty_days(int(now.timestamp()) // UPTIME_EVERY_S)
    recent = Deployment.objects.changes_since(now - timedelta(days=1)).aggregate(
        last=Max("at"), count=Sum(1)
    )
    return Figures(
        checks=len(checks),
        up=css.count("up"),
        others=", ".join(others) or "all of them",
        median_latency=milliseconds(median(answered)) if answered else NO_NUMBER,
        p95_latency=milliseconds(_p95(answered)) if answered else NO_NUMBER,
        uptime=uptime,
        uptime_note=note,
        deployments=recent["count"] or 0,
        last_deployment_at=recent["last"],
        newest_at=newest,
        stale=sum(one.cell.is_stale for one in seen),
    )


def _p95(values: list[float]) -> float:
    return quantiles(values, n=20, method="inclusive")[-1] if len(values) > 1 else values[0]


@lru_cache(maxsize=1)
def thirty_days(minute: int) -> tuple[str, str]:
    """Count 30 days: whole days from the daily rows, today from the hourly ones.

    Two queries over many rows, so each process asks once a minute.
    """
    now = datetime.fromtimestamp((minute + 1) * UPTIME_EVERY_S, UTC)
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    counts = [
        model._default_manager.filter(start__gte=start, start__lt=end).aggregate(
            good=Sum("up"), slow=Sum("degraded"), down=Sum("down"), unknown=Sum("unknown")
        )
        for model, start, end in (
            (DailyRollup, today - timedelta(days=30), today),
            (HourlyRollup, today, now),
        )
    ]
    total = {name: sum(row[name] or 0 for row in counts) for name in counts[0]}
    asked = total["good"] + total["slow"] + total["down"]
    if not asked:
        return NO_NUMBER, "nothing was asked yet"
    share = (total["good"] + total["slow"]) / asked
    unknown = total["unknown"] / (asked + total["unknown"])
    return f"{_percent(share)}", f"maintenance excluded, {unknown:.1%} unknown"


def _percent(share: float) -> str:
    """Write a share without rounding an outage away: 99.999 % is not 100 %."""
    hundredths = int(share * 10_000)
    return f"{hundredths / 100:.2f} %"


def _interval_words(intervals: list[int]) -> str:
    if not intervals:
        return "not probed yet"
    if len(intervals) == 1:
        return f"probed every {age(timedelta(seconds=intervals[0]))}"
    first, last = (age(timedelta(seconds=s)) for s in (intervals[0], intervals[-1]))
    return f"probed every {first} to {last}"
