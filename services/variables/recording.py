"""Keeps what the command line looked at, in the name of whoever runs it."""

from collections.abc import Mapping

from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from prism.core.commands import command_line
from services.catalog.models import Environment, Service
from services.variables.actions import keep, look
from services.variables.models import Door


@sensitive_variables()
def record(
    *, service: str, environment: str, values: Mapping[str, str | object], door: str
) -> None:
    """Look at the values and keep how they are; service and environment are there."""
    row = Service.objects.select_related("project").get(name=service)
    actor = command_line()
    seeings = look(service=row, environment=environment, values=values)
    keep(
        service=row,
        environment=Environment.objects.get(name=environment),
        seeings=seeings,
        door=next(one for one in Door if one.label == door),
        actor=actor,
        actor_name=actor.name,
        now=timezone.now(),
    )
