"""The registry of catalog checks: what a check is, how a room adds its own, and how they are run. Pure.

A room above the catalog adds checks in three steps:
1. It makes a `Suite`: a name, its checks, and one `load` that reads everything they look at.
2. `services.apps.ServicesConfig.ready` hands it to `register`.
3. `docs/checks.md` gets a row for each check.
The home page, the page of a service, the page of all checks and `prism check` then run it.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Generic, Literal, TypeVar

from services.catalog.names import Status

Severity = Literal["error", "warning", "note"]
Level = Literal["fail", "warn", "off"]

SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")  # the worst first
EVERY_STATUS = frozenset(Status)
ACTIVE = frozenset({Status.ACTIVE})
NOT_ACTIVE = EVERY_STATUS - ACTIVE
_LEVELS: Mapping[str, Level] = {"fail": "fail", "warn": "warn", "off": "off"}
_SEVERITY_AT: Mapping[Level, Severity] = {"fail": "error", "warn": "warning"}
CHIPS: Mapping[str, str] = {"error": "down", "warning": "degraded", "note": "planned"}

Read = TypeVar("Read")


class LevelsInvalid(ValueError):
    """The text of `PRISM_CHECKS` cannot be read; the message says which part."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a run is about: one service by its name, or every current one; `now` is aware UTC.

    `loaded` is the service's row where its page has loaded it, so that a suite need not ask again.
    """

    now: datetime
    service: str | None = None
    loaded: Any = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a check found; `subject` is a service or project, "" for the workspace.

    `record` and `field` say which record of the subject and which of its fields is meant, so that a
    manifest's line can be shown: ("variable", ("api", "DATABASE_URL")) and "source".
    """

    kind: Literal["service", "project", ""]
    subject: str
    detail: str = ""
    record: tuple[str, tuple[str | int, ...]] | None = None
    field: str = ""


@dataclass(frozen=True, slots=True)
class Check(Generic[Read]):
    """One rule. `singular` and `plural` name what it found, `why` it matters, `fix` in one line.

    `statuses` are the lifecycle statuses it applies to: what `find` yields about a service of another
    status is dropped. `note` is worth knowing and never fails anything.
    """

    id: str
    severity: Severity
    statuses: frozenset[Status]
    singular: str
    plural: str
    why: str
    fix: str
    find: Callable[[Read], Iterable[Finding]]


@dataclass(frozen=True, slots=True)
class Suite(Generic[Read]):
    """The checks of one room, and the read that they share: at most one query, for all services or one."""

    room: str
    checks: tuple[Check[Read], ...]
    load: Callable[[Asked], Read]


@dataclass(frozen=True, slots=True)
class Result:
    """A check that found something, and how severe that is under the levels that were set."""

    check: Check[Any]
    severity: Severity
    findings: tuple[Finding, ...]

    @property
    def title(self) -> str:
        """Say what was found, without the count."""
        return self.check.singular if len(self.findings) == 1 else self.check.plural

    @property
    def details(self) -> list[str]:
        """Give what the findings say beyond whom they are about."""
        return [finding.detail for finding in self.findings if finding.detail]

    @property
    def chip(self) -> str:
        """Name the CSS class of its severity."""
        return CHIPS[self.severity]


@dataclass(frozen=True, slots=True)
class Subject:
    """What was found about one service or project, or about the workspace; the worst result first."""

    kind: Literal["service", "project", ""]
    name: str
    results: tuple[Result, ...]

    @property
    def count(self) -> int:
        """Count its findings."""
        return sum(len(result.findings) for result in self.results)

    @property
    def chip(self) -> str:
        """Name the CSS class of its worst severity."""
        return self.results[0].chip


_suites: dict[str, Suite[Any]] = {}


def register(suite: Suite[Any]) -> None:
    """Add a room's checks; the same room again replaces them. Raises ValueError for an id taken."""
    taken = {
        check.id for other in _suites.values() if other.room != suite.room for check in other.checks
    }
    if twice := taken & {check.id for check in suite.checks}:
        raise ValueError(f"two rooms have the check {', '.join(sorted(twice))}")
    _suites[suite.room] = suite


def registered() -> tuple[Suite[Any], ...]:
    """Give every room's suite, in the order in which they were registered."""
    return tuple(_suites.values())


def run_checks(
    checks: Iterable[Check[Read]],
    read: Read,
    *,
    statuses: Mapping[str, str],
    levels: Mapping[str, Level],
) -> list[Result]:
    """Run checks over what was read; give those that found something, in their order.

    `statuses` has the status of each current service; a service that is not in it has no findings.
    """
    results = []
    for check in checks:
        level = levels.get(check.id)
        if level == "off":
            continue
        findings = tuple(
            finding
            for finding in check.find(read)
            if finding.kind != "service" or statuses.get(finding.subject) in check.statuses
        )
        if findings:
            results.append(Result(check, severity_of(check, level), findings))
    return results


def run_suites(
    asked: Asked, *, statuses: Mapping[str, str], levels: Mapping[str, Level]
) -> list[Result]:
    """Load and run every registered suite: one read each, none for one whose checks are all off."""
    results = []
    for suite in registered():
        if any(levels.get(check.id) != "off" for check in suite.checks):
            read = suite.load(asked)
            results += run_checks(suite.checks, read, statuses=statuses, levels=levels)
    return results


def worst_first(results: Iterable[Result]) -> list[Result]:
    """Sort by severity; within one, as they came."""
    return sorted(results, key=lambda result: SEVERITIES.index(result.severity))


def by_subject(results: Iterable[Result]) -> list[Subject]:
    """Group findings by whom they are about: the worst subject first, then the one with the most."""
    grouped: dict[tuple[Literal["service", "project", ""], str], list[Result]] = {}
    for result in worst_first(results):
        of_result: dict[tuple[Literal["service", "project", ""], str], list[Finding]] = {}
        for finding in result.findings:
            of_result.setdefault((finding.kind, finding.subject), []).append(finding)
        for subject, findings in of_result.items():
            narrowed = replace(result, findings=tuple(findings))
            grouped.setdefault(subject, []).append(narrowed)
    subjects = [Subject(kind, name, tuple(found)) for (kind, name), found in grouped.items()]
    return sorted(
        subjects,
        key=lambda one: (SEVERITIES.index(one.results[0].severity), -one.count, one.name),
    )


def severity_of(check: Check[Any], level: Level | None) -> Severity:
    """Say how severe a check's findings are when this level is set for it, or none."""
    return _SEVERITY_AT.get(level, check.severity) if level else check.severity


def read_levels(text: str) -> dict[str, Level]:
    """Read `no-owner=fail, overdue=off`; raises LevelsInvalid. Whether the ids exist is not looked at."""
    levels: dict[str, Level] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, _, word = (piece.strip() for piece in part.partition("="))
        if word not in _LEVELS:
            raise LevelsInvalid(f"{part!r} must be CHECK=fail, CHECK=warn or CHECK=off")
        levels[name] = _LEVELS[word]
    return levels
