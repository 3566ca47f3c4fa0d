"""Every write of the room: keep what was seen, and define what a file has. Each is audited."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.views.decorators.debug import sensitive_variables

from prism.core import audit
from prism.core.access import Actor, authorize
from prism.core.audit_chain import key_id
from services.catalog.actions import record_edit
from services.catalog.models import ChangeSet, Environment, Service, Variable
from services.variables.models import Door, ObservedEnvironment, ObservedVariable
from services.variables.observing import Seeing, fingerprint_key, look_at
from services.variables.reading import load_layers


@dataclass(frozen=True, slots=True)
class NewVariable:
    """A definition to be made of a name that was in a file; it holds no value of a secret."""

    name: str
    level: str
    is_secret: bool
    source: str = ""
    example: str = ""
    format: str = ""


@sensitive_variables()
def look(*, service: Service, environment: str, values: Mapping[str, str | object]) -> list[Seeing]:
    """Look at all values of a service in one environment; nothing is kept. Four queries."""
    return look_at(values, load_layers(service).in_environment(environment), _keys())


def keep(
    *,
    service: Service,
    environment: Environment,
    seeings: Sequence[Seeing],
    door: Door,
    actor: Actor,
    actor_name: str,
    now: datetime,
) -> None:
    """Keep how all variables of a service in one environment are, in place of the earlier look.

    A value that is still the same keeps the day on which it was first seen.
    """
    authorize(actor, "variables.observe", service.name)
    with transaction.atomic():
        observed, _ = ObservedEnvironment.objects.update_or_create(
            service=service,
            environment=environment,
            defaults={"door": door, "observed_at": now, "looked_by": actor_name[:200]},
        )
        before = {row.name: row for row in observed.variables.all()}
        rows = [_row(observed, seeing, before.get(seeing.name), now) for seeing in seeings]
        observed.variables.all().delete()
        ObservedVariable.objects.bulk_create(rows, batch_size=500)
        counts = Counter(seeing.state.value for seeing in seeings)
        audit.record(
            "variables.observed",
            actor_name=actor_name,
            actor=actor,
            target=f"{service.name} in {environment.name}",
            details={"door": str(door), "states": dict(counts)},
        )


def forget(*, observed: ObservedEnvironment, actor: Actor, actor_name: str) -> None:
    """Let go of what was seen of one environment of a service."""
    authorize(actor, "variables.observe", observed.service.name)
    with transaction.atomic():
        target = f"{observed.service.name} in {observed.environment.name}"
        observed.delete()
        audit.record("variables.forgotten", actor_name=actor_name, actor=actor, target=target)


def define(
    *, service: Service, variables: Sequence[NewVariable], actor: Actor, now: datetime
) -> ChangeSet | None:
    """Define the variables that a service does not define yet, as one change set."""
    authorize(actor, "catalog.edit", service.name)
    with record_edit(actor=actor, now=now, message="Defined from a .env file") as edit:
        edit.watch("service", service.name)
        there = set(Variable.objects.filter(service=service).values_list("name", flat=True))
        Variable.objects.bulk_create(
            Variable(
                service=service,
                name=new.name,
                level=new.level,
                secret=new.is_secret,
                source=new.source,
                example=new.example,
                format=new.format,
            )
            for new in variables
            if new.name not in there
        )
    return edit.change_set


def _row(
    observed: ObservedEnvironment, seeing: Seeing, before: ObservedVariable | None, now: datetime
) -> ObservedVariable:
    key_name, fingerprint = next(iter(seeing.fingerprints.items()), ("", ""))
    return ObservedVariable(
        observed=observed,
        name=seeing.name,
        state=seeing.state,
        length_class=seeing.length_class,
        fingerprint=fingerprint,
        key_id=key_name,
        fault=seeing.fault,
        match=seeing.match,
        changed_at=before.changed_at if before and _is_same(before, seeing) else now,
    )


def _is_same(before: ObservedVariable, seeing: Seeing) -> bool:
    """Say whether a value is the one of the earlier look, also under a key that was replaced."""
    if not before.fingerprint or not seeing.fingerprints:
        return before.state == seeing.state
    return seeing.fingerprints.get(before.key_id) == before.fingerprint


def _keys() -> dict[str, bytes]:
    """Give the keys of the fingerprints by their names, the current one first."""
    secrets = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return {key_id(key): key for key in map(fingerprint_key, secrets)}
