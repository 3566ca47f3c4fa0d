"""What is wrong with how a service is deployed: the traps of Railway. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from posixpath import normpath

from services.catalog.cron import ScheduleInvalid, shortest_gap_minutes

HEALTH_CHECK_HOST = "healthcheck.railway.app"  # source: Railway, "Healthchecks", hostname
LEAST_GAP_MINUTES = 5  # source: Railway, "Cron Jobs", frequency


@dataclass(frozen=True, slots=True)
class DeploymentFacts:
    """What the checks need to know of how a service is deployed; all empty when nobody said."""

    is_on_railway: bool = False
    framework: str = ""
    root_directory: str = ""
    watch_paths: tuple[str, ...] = ()
    cron_schedule: str = ""
    healthcheck_path: str = ""


def is_on_railway(platform: str, railway_service: str, railway_project: str) -> bool:
    """Say whether a service is deployed at Railway: its platform says so, or nothing says otherwise."""
    if platform:
        return platform.casefold() == "railway"
    return bool(railway_service or railway_project)


def runs_too_often(deployment: DeploymentFacts) -> str:
    """Say what is wrong with a service's schedule; "" when nothing is, or it has none."""
    schedule = deployment.cron_schedule
    if not schedule:
        return ""
    try:
        gap_minutes = shortest_gap_minutes(schedule)
    except ScheduleInvalid as error:
        return str(error)
    if gap_minutes >= LEAST_GAP_MINUTES:
        return ""
    return f"{schedule} has {gap_minutes} minute{'' if gap_minutes == 1 else 's'} between two runs"


def watched_outside(deployment: DeploymentFacts) -> list[str]:
    """Give the watch paths that can match nothing under the service's root directory.

    Patterns are those of gitignore, from the root of the repository: one that begins with `!` only
    takes away, and one without a slash inside matches at any depth. Without a root directory nothing
    is outside.
    """
    root = _parts(deployment.root_directory)
    if not root:
        return []
    return [
        pattern
        for pattern in deployment.watch_paths
        if not pattern.startswith("!")
        and "/" in pattern.strip().rstrip("/")
        and _is_outside(_parts(pattern), root)
    ]


def allows_health_checks(deployment: DeploymentFacts, hosts: Sequence[str] | None) -> bool:
    """Say whether Railway's health check gets an answer, as far as the catalog can tell.

    `hosts` are the stated texts of the service's variables for allowed hosts, None when it has none.
    A variable whose value is stated nowhere is not held against the service.
    """
    if not deployment.is_on_railway or not deployment.healthcheck_path:
        return True
    if hosts is None:
        return "django" not in deployment.framework.casefold()
    return any(not text or _allows(text) for text in hosts)


def _allows(text: str) -> bool:
    hosts = {host.strip(" \"'[]").casefold() for host in text.replace(",", " ").split()}
    return bool(hosts & {"*", HEALTH_CHECK_HOST, ".railway.app"})


def _parts(path: str) -> list[str]:
    clean = normpath(path.strip()).strip("/") if path.strip() else ""
    return [part for part in clean.split("/") if part not in ("", ".")]


def _is_outside(pattern: list[str], root: list[str]) -> bool:
    for asked, part in zip(pattern, root, strict=False):
        if any(mark in asked for mark in "*?["):
            return False
        if asked != part:
            return True
    return False
