"""What is wrong with the catalog as it stands: checks that need nothing but the catalog. Pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from services.catalog.names import Level, Status
from services.catalog.needs import Dangling
from services.catalog.target_dates import is_overdue

Severity = Literal["down", "degraded", "planned"]

# Kinds that are reached by a connection string or not at all, never by a host name of their own.
WITHOUT_DOMAIN = frozenset({"database", "cache", "queue", "worker", "cron", "job", "library"})
# Endings of variable names that nearly always hold a secret.
SECRET_ENDINGS = ("_KEY", "_TOKEN", "_SECRET", "_PASSWORD", "_DSN", "_PRIVATE_KEY")
PUBLIC_WORDS = ("PUBLIC_", "PUBLISHABLE_")  # keys that are meant to be seen


@dataclass(frozen=True, slots=True)
class ServiceFacts:
    """What the checks need to know of one current service."""

    name: str
    kind: str
    status: str
    is_owned: bool
    has_domain: bool
    has_health_path: bool


@dataclass(frozen=True, slots=True)
class ProjectFacts:
    """What the checks need to know of one current project."""

    name: str
    status: str
    target_date: str


@dataclass(frozen=True, slots=True)
class VariableFacts:
    """What the checks need to know of one variable of a current service."""

    service: str
    name: str
    level: str
    is_secret: bool
    has_origin: bool


@dataclass(frozen=True, slots=True)
class Claim:
    """A host name that a service which is not active yet shares with an active one."""

    service: str
    hostname: str
    environment: str
    serving: str


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything the checks look at; `deployment_state` is the manifest's section of that name."""

    services: Sequence[ServiceFacts]
    projects: Sequence[ProjectFacts]
    variables: Sequence[VariableFacts]
    claims: Sequence[Claim]
    dangling: Sequence[Dangling]
    deployment_state: Any
    today: date


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a check found; `subject` is a service or project, "" for the workspace."""

    kind: Literal["service", "project", ""]
    subject: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """One rule: how it is called when it found one or many, and what to do about it."""

    id: str
    severity: Severity
    singular: str
    plural: str
    advice: str
    find: Callable[[Facts], Iterable[Finding]]


@dataclass(frozen=True, slots=True)
class Result:
    """A check that found something."""

    check: Check
    findings: tuple[Finding, ...]

    @property
    def title(self) -> str:
        """Say what was found, without the count."""
        return self.check.singular if len(self.findings) == 1 else self.check.plural

    @property
    def details(self) -> list[str]:
        """Give what the findings say beyond whom they are about."""
        return [finding.detail for finding in self.findings if finding.detail]


def run_checks(facts: Facts) -> list[Result]:
    """Give the checks that found something, what is wrong before what is only worth knowing."""
    results = (Result(check, tuple(check.find(facts))) for check in CHECKS)
    return [result for result in results if result.findings]


def _overdue_projects(facts: Facts) -> Iterable[Finding]:
    for project in facts.projects:
        if is_overdue(project.status, project.target_date, facts.today):
            yield Finding(
                "project", project.name, f"{project.status}, was due {project.target_date}"
            )


def _dangling_references(facts: Facts) -> Iterable[Finding]:
    for dangling in facts.dangling:
        yield Finding("service", dangling.service, f"{dangling.variable}: {dangling.namespace}")


def _counts_that_differ(facts: Facts) -> Iterable[Finding]:
    stated = facts.deployment_state if isinstance(facts.deployment_state, Mapping) else {}
    for status in Status:
        said = str(stated.get(f"{status.value}_services", ""))
        counted = sum(service.status == status for service in facts.services)
        if said.isdecimal() and int(said) != counted:
            yield Finding("", "", f"{status.value}: the manifest says {said}, it lists {counted}")


def _unmarked_secrets(facts: Facts) -> Iterable[Finding]:
    for variable in facts.variables:
        if (
            not variable.is_secret
            and variable.name.endswith(SECRET_ENDINGS)
            and not any(word in variable.name for word in PUBLIC_WORDS)
        ):
            yield Finding("service", variable.service, variable.name)


def _secrets_from_nowhere(facts: Facts) -> Iterable[Finding]:
    for variable in facts.variables:
        if variable.is_secret and variable.level == Level.REQUIRED and not variable.has_origin:
            yield Finding("service", variable.service, variable.name)


def _without(claim: Callable[[ServiceFacts], bool]) -> Callable[[Facts], Iterable[Finding]]:
    """Make a check of the active services for which the claim is not true."""

    def find(facts: Facts) -> Iterable[Finding]:
        for service in facts.services:
            if service.status == Status.ACTIVE and not claim(service):
                yield Finding("service", service.name)

    return find


def _waiting_claims(facts: Facts) -> Iterable[Finding]:
    for claim in facts.claims:
        detail = f"{claim.hostname} in {claim.environment}, now {claim.serving}"
        yield Finding("service", claim.service, detail)


CHECKS = (
    Check(
        "overdue",
        "down",
        "project is past its target date",
        "projects are past their target date",
        "Move the date, or make the project active.",
        _overdue_projects,
    ),
    Check(
        "dangling-reference",
        "down",
        "variable refers to a service that is not in the catalog",
        "variables refer to a service that is not in the catalog",
        "The platform resolves such a reference to nothing, without a word.",
        _dangling_references,
    ),
    Check(
        "declared-counts",
        "degraded",
        "declared count differs from the catalog",
        "declared counts differ from the catalog",
        "Correct deployment_state in the manifest.",
        _counts_that_differ,
    ),
    Check(
        "unmarked-secret",
        "degraded",
        "variable looks like a secret and is not marked as one",
        "variables look like secrets and are not marked as such",
        "Mark them secret: the catalog then refuses to hold a value.",
        _unmarked_secrets,
    ),
    Check(
        "secret-from-nowhere",
        "degraded",
        "required secret does not say where it comes from",
        "required secrets do not say where they come from",
        "Give each a source or a command that generates it.",
        _secrets_from_nowhere,
    ),
    Check(
        "no-health-path",
        "degraded",
        "active service has no health path",
        "active services have no health path",
        "Without one nobody can ask whether it is well.",
        _without(lambda service: service.has_health_path or service.kind in WITHOUT_DOMAIN),
    ),
    Check(
        "no-domain",
        "degraded",
        "active service has no domain",
        "active services have no domain",
        "Declare where it answers, in each environment.",
        _without(lambda service: service.has_domain or service.kind in WITHOUT_DOMAIN),
    ),
    Check(
        "no-owner",
        "degraded",
        "active service has no owner",
        "active services have no owner",
        "Set an owner on the service or its project.",
        _without(lambda service: service.is_owned),
    ),
    Check(
        "claimed-host",
        "planned",
        "host name waits to move to a planned service",
        "host names wait to move to planned services",
        "Nothing to do until the new service becomes active in its place.",
        _waiting_claims,
    ),
)
