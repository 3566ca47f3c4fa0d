"""What the tests of the variables share: a service that was looked at, and the file it was seen in."""

from datetime import UTC, datetime

from prism.core.access import CommandLine
from services.catalog.models import SharedVariable, VariableOverride
from services.variables.actions import keep, look
from services.variables.models import Door
from tests.make import make_environment, make_project, make_service

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
CANARY = "c4n4ry-9f8e7d6c5b4a-Zz"


def make_environments(*names):
    """Make environments in this order."""
    return [make_environment(name, position=at) for at, name in enumerate(names)]


def make_api(**over):
    """Make an active service."""
    return make_service(name="api", project=make_project(name="shop"), **over)


def share(project, name, **over):
    """Make a definition that the project's services inherit."""
    return SharedVariable.objects.create(
        project=project, name=name, **{"level": "optional", **over}
    )


def override(service, environment, name, **over):
    """Make an override."""
    return VariableOverride.objects.create(
        service=service, environment=environment, name=name, **over
    )


def see(service, environment, at=NOW, **values):
    """Look at an environment and keep how its values are."""
    row = make_environment(environment)
    seeings = look(service=service, environment=environment, values=values)
    keep(
        service=service,
        environment=row,
        seeings=seeings,
        door=Door.ENV_FILE,
        actor=CommandLine("tester"),
        actor_name="tester",
        now=at,
    )
    return seeings
