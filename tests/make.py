"""Plain makers of catalog rows for tests: every field has a working default, `**over` replaces it."""

import itertools
from typing import Any

from django.contrib.auth.models import User

from services.catalog.models import (
    ChangeSet,
    Dependency,
    DeploymentSettings,
    Domain,
    Endpoint,
    Environment,
    MigrationPlan,
    MigrationStep,
    Project,
    Route,
    Runbook,
    Service,
    Variable,
    Workflow,
    Workspace,
)

_numbers = itertools.count(1)


def make_workspace(**over: Any) -> Workspace:
    """Give the one workspace, made when it is missing."""
    workspace, _ = Workspace.objects.update_or_create(
        pk=Workspace.SINGLETON_ID, defaults={"name": "Example Ltd", **over}
    )
    return workspace


def make_environment(name: str = "prod", **over: Any) -> Environment:
    """Give the environment of that name, made when it is missing."""
    environment, _ = Environment.objects.get_or_create(name=name, defaults=over)
    return environment


def make_project(**over: Any) -> Project:
    """Make an active project."""
    return Project.objects.create(**{"name": f"project-{next(_numbers)}", **over})


def make_service(**over: Any) -> Service:
    """Make an active service, in a project of its own unless one is given."""
    values = {"name": f"service-{next(_numbers)}", **over}
    if "project" not in values:
        values["project"] = make_project()
    return Service.objects.create(**values)


def make_domain(service: Service, hostname: str, **over: Any) -> Domain:
    """Make a domain of the service, in prod unless told, serving when its service serves."""
    values: dict[str, Any] = {
        "service": service,
        "hostname": hostname,
        "is_serving": service.status == "active" and service.archived_at is None,
        **over,
    }
    if not isinstance(values.get("environment"), Environment):
        values["environment"] = make_environment(values.get("environment", "prod"))
    values.setdefault(
        "position",
        Domain.objects.filter(service=service, environment=values["environment"]).count(),
    )
    return Domain.objects.create(**values)


def make_endpoint(service: Service, path: str = "/health", **over: Any) -> Endpoint:
    """Make a GET endpoint of the service."""
    return Endpoint.objects.create(**{"service": service, "path": path, **over})


def make_route(service: Service, path: str = "/", **over: Any) -> Route:
    """Make a route of the service."""
    return Route.objects.create(**{"service": service, "path": path, **over})


def make_variable(service: Service, name: str = "", **over: Any) -> Variable:
    """Make the definition of a required variable."""
    values = {"service": service, "name": name or f"VARIABLE_{next(_numbers)}", **over}
    return Variable.objects.create(**{"level": "required", **values})


def make_dependency(service: Service, target: Service, **over: Any) -> Dependency:
    """Make the service depend on the target, as a database called `primary` unless told."""
    values = {"service": service, "target": target, "role": "database", "alias": "primary"}
    return Dependency.objects.create(**{**values, **over})


def make_deployment(service: Service, **over: Any) -> DeploymentSettings:
    """Make the deployment settings of the service."""
    return DeploymentSettings.objects.create(**{"service": service, **over})


def make_workflow(**over: Any) -> Workflow:
    """Make a workflow that starts on a push."""
    return Workflow.objects.create(
        **{"name": f"workflow-{next(_numbers)}", "triggers": ["push"], **over}
    )


def make_runbook(**over: Any) -> Runbook:
    """Make a runbook of two steps."""
    values = {"category": "incident_response", "name": f"runbook-{next(_numbers)}"}
    return Runbook.objects.create(**{**values, "steps": ["Look", "Act"], **over})


def make_migration_plan(steps: tuple[str, ...] = ("Prepare", "Move"), **over: Any) -> MigrationPlan:
    """Make a migration plan with numbered steps."""
    plan = MigrationPlan.objects.create(**{"name": f"migration-{next(_numbers)}", **over})
    MigrationStep.objects.bulk_create(
        MigrationStep(plan=plan, number=number, action=action)
        for number, action in enumerate(steps, 1)
    )
    return plan


def make_change_set(**over: Any) -> ChangeSet:
    """Make an empty change set, one revision after the last; needs `created_at`."""
    last = ChangeSet.objects.order_by("-revision").values_list("revision", flat=True).first()
    values = {"revision": (last or 0) + 1, "kind": "admin", "actor_name": "admin"}
    return ChangeSet.objects.create(**{**values, **over})


def make_user(username: str = "", **over: Any) -> User:
    """Make an active user who may log in to nothing yet."""
    return User.objects.create_user(username or f"user-{next(_numbers)}", **over)


def make_administrator(username: str = "admin", **over: Any) -> User:
    """Make a superuser."""
    return make_user(username, is_staff=True, is_superuser=True, **over)
