"""What is wrong with the catalog as it stands: checks that need nothing but the catalog. Pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from services.catalog.checks import ACTIVE, EVERY_STATUS, NOT_ACTIVE, Check, Finding
from services.catalog.deployment_checks import (
    DeploymentFacts,
    allows_health_checks,
    runs_too_often,
    watched_outside,
)
from services.catalog.names import Level, Status
from services.catalog.needs import Dangling
from services.catalog.target_dates import is_overdue

# Kinds that are reached by a connection string or not at all, never by a host name of their own.
WITHOUT_DOMAIN = frozenset({"database", "cache", "queue", "worker", "cron", "job", "library"})
# Endings of variable names that nearly always hold a secret.
SECRET_ENDINGS = ("_KEY", "_TOKEN", "_SECRET", "_PASSWORD", "_DSN", "_PRIVATE_KEY")
PUBLIC_WORDS = ("PUBLIC_", "PUBLISHABLE_")  # keys that are meant to be seen
HOSTS_VARIABLE = (
    "ALLOWED_HOSTS"  # in the name of the variable that lists the hosts a service answers to
)


@dataclass(frozen=True, slots=True)
class ServiceFacts:
    """What the checks need to know of one current service."""

    name: str
    kind: str
    status: str
    is_owned: bool
    has_domain: bool
    has_health_path: bool
    deployment: DeploymentFacts = field(default_factory=DeploymentFacts)
    project: str = ""


@dataclass(frozen=True, slots=True)
class ProjectFacts:
    """What the checks need to know of one current project."""

    name: str
    status: str
    target_date: str


@dataclass(frozen=True, slots=True)
class VariableFacts:
    """What the checks need to know of one variable of a current service, or of its project.

    `stated` is the text that it has unless a deployment says otherwise: its value, its default or,
    failing both, its example; `has_value` leaves the example out.
    """

    kind: Literal["service", "project"]
    owner: str
    name: str
    level: str
    is_secret: bool
    has_origin: bool
    stated: str = ""
    has_value: bool = False


@dataclass(frozen=True, slots=True)
class Claim:
    """A host name that a service which is not active yet shares with an active one."""

    service: str
    hostname: str
    environment: str
    serving: str
    position: int = 0


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


def variable_facts(
    kind: Literal["service", "project"],
    owner: str,
    name: str,
    level: str,
    is_secret: bool,
    source: str,
    generate: str,
    value: str,
    default: str,
    example: str,
) -> VariableFacts:
    """Take from a variable's fields, in the order of `for_attention`, what the checks look at."""
    return VariableFacts(
        kind,
        owner,
        name,
        level,
        is_secret,
        has_origin=bool(source or generate),
        stated=value or default or example,
        has_value=bool(value or default),
    )


def _overdue_projects(facts: Facts) -> Iterable[Finding]:
    for project in facts.projects:
        if is_overdue(project.status, project.target_date, facts.today):
            detail = f"{project.status}, was due {project.target_date}"
            record = ("project", (project.name,))
            yield Finding("project", project.name, detail, record, "target_date")


def _dangling_references(facts: Facts) -> Iterable[Finding]:
    for dangling in facts.dangling:
        detail = f"{dangling.variable}: {dangling.namespace}"
        yield _of_variable(dangling.service, dangling.variable, "source", detail)


def _counts_that_differ(facts: Facts) -> Iterable[Finding]:
    stated = facts.deployment_state if isinstance(facts.deployment_state, Mapping) else {}
    for status in Status:
        said = str(stated.get(f"{status.value}_services", ""))
        counted = sum(service.status == status for service in facts.services)
        if said.isdecimal() and int(said) != counted:
            detail = f"{status.value}: the manifest says {said}, it lists {counted}"
            yield Finding("", "", detail, ("section", ("deployment_state",)))


def _looks_secret(variable: VariableFacts) -> bool:
    is_public = any(word in variable.name for word in PUBLIC_WORDS)
    return variable.name.endswith(SECRET_ENDINGS) and not is_public


def _unmarked_secrets(facts: Facts) -> Iterable[Finding]:
    for variable in facts.variables:
        if _looks_secret(variable) and not variable.is_secret and not variable.has_value:
            yield _of_definition(variable)


def _secrets_with_a_value(facts: Facts) -> Iterable[Finding]:
    for variable in facts.variables:
        if _looks_secret(variable) and variable.has_value:
            yield _of_definition(variable)


def _secrets_from_nowhere(facts: Facts) -> Iterable[Finding]:
    for variable in facts.variables:
        if variable.is_secret and variable.level == Level.REQUIRED and not variable.has_origin:
            yield _of_definition(variable)


def _without(claim: Callable[[ServiceFacts], bool]) -> Callable[[Facts], Iterable[Finding]]:
    """Make a check of the services for which the claim is not true."""

    def find(facts: Facts) -> Iterable[Finding]:
        for service in facts.services:
            if not claim(service):
                yield Finding("service", service.name, record=("service", (service.name,)))

    return find


def _runs_too_often(facts: Facts) -> Iterable[Finding]:
    for service in facts.services:
        if problem := runs_too_often(service.deployment):
            yield _of_deployment(service, "cron_schedule", problem)


def _watched_outside(facts: Facts) -> Iterable[Finding]:
    for service in facts.services:
        if outside := watched_outside(service.deployment):
            detail = f"{', '.join(outside)} is not in {service.deployment.root_directory}"
            yield _of_deployment(service, "watch_paths", detail)


def _refused_health_checks(facts: Facts) -> Iterable[Finding]:
    hosts: dict[tuple[str, str], list[str]] = {}
    for variable in facts.variables:
        if HOSTS_VARIABLE in variable.name:
            hosts.setdefault((variable.kind, variable.owner), []).append(variable.stated)
    for service in facts.services:
        stated = hosts.get(("service", service.name)) or hosts.get(("project", service.project))
        if not allows_health_checks(service.deployment, stated):
            yield _of_deployment(service, "healthcheck_path", service.deployment.healthcheck_path)


def _waiting_claims(facts: Facts) -> Iterable[Finding]:
    for claim in facts.claims:
        detail = f"{claim.hostname} in {claim.environment}, now {claim.serving}"
        record = ("domain", (claim.service, claim.environment, claim.position))
        yield Finding("service", claim.service, detail, record, "hostname")


def _of_definition(variable: VariableFacts) -> Finding:
    records = {"service": "variable", "project": "shared_variable"}
    record = (records[variable.kind], (variable.owner, variable.name))
    return Finding(variable.kind, variable.owner, variable.name, record)


def _of_variable(service: str, name: str, field: str, detail: str) -> Finding:
    return Finding("service", service, detail, ("variable", (service, name)), field)


def _of_deployment(service: ServiceFacts, field: str, detail: str) -> Finding:
    return Finding("service", service.name, detail, ("deployment", (service.name,)), field)


CHECKS: tuple[Check[Facts], ...] = (
    Check(
        "overdue",
        "error",
        EVERY_STATUS,
        "project is past its target date",
        "projects are past their target date",
        "A date that has passed tells nobody when it will be done.",
        "Move the date, or make the project active.",
        _overdue_projects,
    ),
    Check(
        "dangling-reference",
        "error",
        EVERY_STATUS,
        "variable refers to a service that is not in the catalog",
        "variables refer to a service that is not in the catalog",
        "The platform resolves such a reference to nothing, without a word.",
        "Correct the name, or add the service.",
        _dangling_references,
    ),
    Check(
        "secret-with-default",
        "error",
        EVERY_STATUS,
        "variable looks like a secret and has a value in the catalog",
        "variables look like secrets and have a value in the catalog",
        "A secret that is written down is known to everybody who reads the catalog.",
        "Remove the value, mark it secret, and change it where it is used.",
        _secrets_with_a_value,
    ),
    Check(
        "cron-too-often",
        "error",
        EVERY_STATUS,
        "schedule runs more often than the platform allows, or cannot be read",
        "schedules run more often than the platform allows, or cannot be read",
        "Railway runs a schedule every five minutes at most, and skips a run while one is active.",
        "Write five fields with at least five minutes between two runs.",
        _runs_too_often,
    ),
    Check(
        "watch-path-outside",
        "error",
        EVERY_STATUS,
        "service watches paths outside its root directory",
        "services watch paths outside their root directory",
        "Watch paths count from the root of the repository: its own changes deploy nothing.",
        "Begin each path with the root directory, such as /services/api/**.",
        _watched_outside,
    ),
    Check(
        "declared-counts",
        "warning",
        EVERY_STATUS,
        "declared count differs from the catalog",
        "declared counts differ from the catalog",
        "Two answers to how much there is make people trust neither.",
        "Correct deployment_state in the manifest.",
        _counts_that_differ,
    ),
    Check(
        "health-host-refused",
        "warning",
        ACTIVE,
        "service refuses the host name of Railway's health check",
        "services refuse the host name of Railway's health check",
        "Railway asks as healthcheck.railway.app; Django answers 400 to a host that it does not know.",
        "Add healthcheck.railway.app to the allowed hosts.",
        _refused_health_checks,
    ),
    Check(
        "unmarked-secret",
        "warning",
        EVERY_STATUS,
        "variable looks like a secret and is not marked as one",
        "variables look like secrets and are not marked as such",
        "The catalog refuses to hold the value of a secret only when it knows that it is one.",
        "Mark them secret: the catalog then refuses to hold a value.",
        _unmarked_secrets,
    ),
    Check(
        "secret-from-nowhere",
        "warning",
        EVERY_STATUS,
        "required secret does not say where it comes from",
        "required secrets do not say where they come from",
        "Whoever sets up an environment has to guess.",
        "Give each a source or a command that generates it.",
        _secrets_from_nowhere,
    ),
    Check(
        "no-health-path",
        "warning",
        ACTIVE,
        "active service has no health path",
        "active services have no health path",
        "Without one nobody can ask whether it is well.",
        "Declare the endpoint, such as /health, that says so.",
        _without(lambda service: service.has_health_path or service.kind in WITHOUT_DOMAIN),
    ),
    Check(
        "no-domain",
        "warning",
        ACTIVE,
        "active service has no domain",
        "active services have no domain",
        "Nobody can tell where it is, and nothing can probe it.",
        "Declare where it answers, in each environment.",
        _without(lambda service: service.has_domain or service.kind in WITHOUT_DOMAIN),
    ),
    Check(
        "no-owner",
        "warning",
        ACTIVE,
        "active service has no owner",
        "active services have no owner",
        "In an incident nobody knows whom to call.",
        "Set an owner on the service or its project.",
        _without(lambda service: service.is_owned),
    ),
    Check(
        "claimed-host",
        "note",
        NOT_ACTIVE,
        "host name of a planned service is live at another one",
        "host names of planned services are live at other ones",
        "It moves when the planned service becomes active in the place of the one that has it.",
        "Nothing to do until then.",
        _waiting_claims,
    ),
)
