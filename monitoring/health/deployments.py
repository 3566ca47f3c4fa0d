"""Deployments: written when a service says another version than before, or when somebody reports one."""

from datetime import datetime
from urllib.parse import quote

from django.db import transaction

from monitoring.events.actions import publish
from monitoring.health.checking import Asked, Running
from monitoring.health.models import Deployment
from prism.core import audit
from prism.core.access import Actor, authorize
from services.catalog.models import Service


def note_running(asked: Asked, running: Running, *, now: datetime) -> Deployment | None:
    """Write a deployment when the version is another than the last one there; the first is written quietly."""
    with transaction.atomic():
        here = Deployment.objects.filter(subject=asked.subject, environment=asked.environment)
        last = here.order_by("-at", "-pk").first()
        if last is not None and _is_same(last, running):
            return None
        made = Deployment.objects.create(
            subject=asked.subject,
            environment=asked.environment,
            commit=running.commit,
            version=running.version,
            built_at=running.built_at,
            at=now,
            source="seen",
            url=commit_url(asked.subject, running.commit),
        )
        if last is not None:
            _tell(made, last.short)
    return made


def report_deployment(
    *, actor: Actor, actor_name: str, service: Service, environment: str, running: Running,
    at: datetime, url: str = "",
) -> Deployment:  # fmt: skip
    """Write a deployment that somebody, such as CI, tells of; the same again changes nothing."""
    authorize(actor, "deployments.report", service.name)
    with transaction.atomic():
        here = Deployment.objects.filter(subject=service.name, environment=environment)
        last = here.order_by("-at", "-pk").first()
        if last is not None and _is_same(last, running):
            return last
        made = Deployment.objects.create(
            subject=service.name,
            environment=environment,
            commit=running.commit,
            version=running.version,
            built_at=running.built_at,
            at=at,
            source="reported",
            reported_by=actor_name[:100],
            url=url or commit_url(service.name, running.commit),
        )
        _tell(made, last.short if last else "")
        audit.record(
            "deployment.reported",
            actor=actor,
            target=service.name,
            details={"environment": environment, "version": made.short},
        )
    return made


def commit_url(subject: str, commit: str) -> str:
    """Give the page of a commit in the service's repository, "" when one of them is not known."""
    if not commit:
        return ""
    row = Service.objects.filter(name=subject).values_list("repo", "project__repo").first()
    repo = next(filter(None, row or ()), "")
    if not repo:
        return ""
    base = repo if repo.startswith("https://") else f"https://github.com/{repo}"
    return f"{base.removesuffix('.git')}/commit/{quote(commit)}" if "://" in base else ""


def _is_same(last: Deployment, running: Running) -> bool:
    """Compare by what both know; a report says a short commit, an endpoint the whole one."""
    if last.commit and running.commit:
        return last.commit.startswith(running.commit) or running.commit.startswith(last.commit)
    return last.version == running.version


def _tell(made: Deployment, before: str) -> None:
    was = f", it was {before}" if before else ""
    publish(
        made.subject,
        "deploy.success",
        "info",
        f"{made.short or 'a version'} runs in {made.environment}{was}",
        {
            "environment": made.environment,
            "commit": made.commit,
            "version": made.version,
            "source": made.source,
            "url": made.url,
        },
    )
