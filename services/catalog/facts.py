"""The fields of projects and services in the words of a page; empty ones are left out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.catalog.lines import write_value
from services.catalog.links import repository_link
from services.catalog.models import DeploymentSettings, Project, Service

_PANELS: Mapping[str, str] = {
    "configuration": "Configuration",
    "backups": "Backups",
    "schema_migrations": "Schema migrations",
    "observability": "Observability",
    "cdn": "CDN",
    "extra": "More",
}
_DEPLOYMENT: Mapping[str, str] = {
    "platform": "Platform",
    "root_directory": "Root directory",
    "source": "Source",
    "dockerfile": "Dockerfile",
    "build_context": "Build context",
    "build_command": "Build",
    "output_dir": "Output",
    "pre_deploy_command": "Before deploying",
    "start_command": "Start",
    "port": "Port",
    "healthcheck_path": "Health path",
    "healthcheck_timeout_s": "Health timeout",
    "replicas": "Replicas",
    "restart_policy": "Restart",
    "cron_schedule": "Schedule",
    "watch_paths": "Watched paths",
}


@dataclass(frozen=True, slots=True)
class Fact:
    """One field of a record; `link` is an address that is safe to open, or empty."""

    label: str
    field: str
    text: str
    link: str = ""
    is_code: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class Panel:
    """One mapping of a service, row by row; a value of several lines keeps them."""

    title: str
    field: str
    rows: Sequence[tuple[str, str]]


def service_facts(service: Service) -> list[Fact]:
    """Give what a service says of itself, with its project's owner and repository as a stand-in."""
    project = service.project
    facts = [
        _inherited("Owner", "owner", service.owner, project.owner),
        Fact("Kind", "kind", service.kind),
        Fact("Phase", "phase", "" if service.phase is None else str(service.phase)),
        _repository(service.repo, project.repo),
        Fact("Branch", "branch", service.branch, is_code=True),
        Fact("Language", "language", service.language),
        Fact("Framework", "framework", service.framework),
        Fact("Runtime", "runtime", service.runtime),
        Fact("Type", "type", service.type),
        Fact("Version", "version", service.version),
        Fact("Provider", "provider", service.provider),
        Fact("Railway service", "railway_service", service.railway_service),
        Fact("Also called", "aliases", ", ".join(service.aliases)),
        Fact("Tags", "tags", ", ".join(service.tags)),
    ]
    return [fact for fact in facts if fact.text]


def project_facts(project: Project) -> list[Fact]:
    """Give what a project says of itself."""
    facts = [
        Fact("Owner", "owner", project.owner or "nobody"),
        Fact("Phase", "phase", "" if project.phase is None else str(project.phase)),
        Fact("Target date", "target_date", project.target_date),
        _repository(project.repo, ""),
        Fact("Railway project", "railway_project", project.railway_project),
        Fact("Also called", "aliases", ", ".join(project.aliases)),
        Fact("Tags", "tags", ", ".join(project.tags)),
    ]
    return [fact for fact in facts if fact.text]


def deployment_facts(deployment: DeploymentSettings | None) -> list[Fact]:
    """Give how a service is built and started; nothing for a service that does not say."""
    if deployment is None:
        return []
    values = {field: getattr(deployment, field) for field in _DEPLOYMENT}
    facts = [
        Fact(label, field, _text(field, values[field]), is_code=True)
        for field, label in _DEPLOYMENT.items()
        if values[field] not in ("", None, [])
    ]
    extra = [
        Fact(key, "extra", _lines(value), is_code=True) for key, value in deployment.extra.items()
    ]
    return facts + extra


def panels_of(service: Service) -> list[Panel]:
    """Give the mappings of a service that hold anything."""
    panels = []
    for field, title in _PANELS.items():
        values: Mapping[str, Any] = getattr(service, field)
        if values:
            rows = [(_words(key), _lines(value)) for key, value in values.items()]
            panels.append(Panel(title, field, rows))
    if service.usage:
        panels.append(Panel("Used for", "usage", _usage_rows(service.usage)))
    return panels


def _inherited(label: str, field: str, own: str, projects: str) -> Fact:
    note = "from the project" if projects and not own else ""
    return Fact(label, field, own or projects or "nobody", note=note)


def _repository(own: str, projects: str) -> Fact:
    repo = own or projects
    note = "from the project" if repo and not own else ""
    return Fact("Repository", "repo", repo, link=repository_link(repo), is_code=True, note=note)


def _usage_rows(usage: Any) -> list[tuple[str, str]]:
    """Read `[{"service": name, "purposes": [text]}]`; anything else that was stored is shown as it is."""
    items = usage if isinstance(usage, list) else [usage]
    return [
        (str(item["service"]), _lines(item.get("purposes", "")))
        if isinstance(item, dict) and "service" in item
        else ("", _lines(item))
        for item in items
    ]


def _text(field: str, value: Any) -> str:
    return f"{value} s" if field.endswith("_s") else _lines(value)


def _lines(value: Any) -> str:
    """Write a value: one item a line for a list of texts, `key: value` lines for what is nested."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return "\n".join(value)
    return write_value(value) if isinstance(value, (dict, list)) else str(value)


def _words(key: str) -> str:
    return key.replace("_", " ")
