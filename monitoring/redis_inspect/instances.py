"""Which Redis servers there are, and where: the console's own and the caches of the catalog."""

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from monitoring.redis_inspect.models import OWN, RedisInstance
from monitoring.targets import target_variable
from services.catalog.models import Domain, Service
from services.catalog.names import Status

TYPES = ("redis", "valkey")
OWN_CACHE = "console-cache"  # where the console's cache has a server of its own
DEFAULT_ENVIRONMENT = "prod"  # of a cache that nobody with a domain uses


class NoAddress(Exception):
    """Nobody said where an instance is; `variable` is the one to set."""

    def __init__(self, variable: str) -> None:
        super().__init__(f"no address: set {variable} for the web server and the worker")
        self.variable = variable


class NoInstance(Exception):
    """There is no instance of that name; the message says which there are."""


@dataclass(frozen=True, slots=True)
class WantedInstance:
    """One instance that should be there."""

    name: str
    title: str
    service_id: int | None
    environment: str
    variable: str


def address_of(instance: RedisInstance, *, to_write: bool = False) -> str:
    """Read an instance's address, with its credentials, out of the environment; raises NoAddress.

    Whoever only looks does so as the user of REDIS_READONLY_URL where there is one. To write, another
    instance may have a second address: its variable with `_WRITER` at the end.
    """
    if instance.is_own:
        return settings.REDIS_URL if to_write else settings.REDIS_READONLY_URL or settings.REDIS_URL
    if instance.name == OWN_CACHE:
        return settings.REDIS_CACHE_URL
    names = [instance.variable]
    if to_write:
        names.insert(0, f"{instance.variable}_WRITER")
    for name in names:
        if text := os.environ.get(name, "").strip():
            return text
    raise NoAddress(instance.variable)


def named_instance(name: str, now: datetime) -> RedisInstance:
    """Give the instance of a name, the console's own for none; raises NoInstance."""
    sync_instances(now)
    instances = {one.name: one for one in RedisInstance.objects.current()}
    if found := instances.get(name or OWN):
        return found
    raise NoInstance(f"there is no Redis instance {name}; there are {', '.join(instances)}")


def sync_instances(now: datetime) -> None:
    """Make the rows follow the catalog. Three queries when nothing changed."""
    known = {row.name: row for row in RedisInstance.objects.all()}
    wanted = wanted_instances()
    rows = [_row(place, one, known.get(one.name)) for place, one in enumerate(wanted)]
    changed = [row for row in rows if row is not None]
    names = {one.name for one in wanted}
    gone = [row.pk for row in known.values() if row.name not in names and not row.retired_at]
    if not changed and not gone:
        return
    with transaction.atomic():
        RedisInstance.objects.bulk_create(
            changed,
            update_conflicts=True,
            unique_fields=["name"],
            update_fields=[
                *("title", "service", "environment", "variable", "position", "retired_at")
            ],
        )
        RedisInstance.objects.filter(pk__in=gone).update(retired_at=now)


def wanted_instances() -> list[WantedInstance]:
    """List the console's own server, then the active caches by name and environment. Two queries."""
    looks_so = _is_redis("type") | _is_redis("kind") | _is_redis("dependants__type")
    caches = Service.objects.current().filter(looks_so, status=Status.ACTIVE).distinct()
    used_at = (
        Domain.objects.filter(
            service__archived_at__isnull=True,
            service__status=Status.ACTIVE,
            service__dependencies__target__in=caches.values("pk"),
        )
        .values_list("service__dependencies__target__name", "environment__name")
        .distinct()
    )
    places: dict[str, set[str]] = {}
    for name, environment in used_at:
        places.setdefault(name, set()).add(environment)
    own = [WantedInstance(OWN, "Prism console", None, "", "REDIS_URL")]
    if settings.REDIS_CACHE_URL != settings.REDIS_URL:
        own.append(WantedInstance(OWN_CACHE, "Prism console cache", None, "", "REDIS_CACHE_URL"))
    return [*own, *_instances(caches.order_by("name").values_list("pk", "name"), places)]


def _instances(
    caches: Iterable[tuple[int, str]], places: dict[str, set[str]]
) -> Iterable[WantedInstance]:
    taken = {OWN, OWN_CACHE}
    for pk, service in caches:
        for environment in sorted(places.get(service) or {DEFAULT_ENVIRONMENT}):
            name = slug = _slug(f"{service}-{environment}")
            number = 2
            while name in taken:  # `a.b` and `a-b` are two services
                name, number = f"{slug}-{number}", number + 1
            taken.add(name)
            yield WantedInstance(
                name=name,
                title=f"{service} {environment}",
                service_id=pk,
                environment=environment,
                variable=target_variable(service, environment),
            )


def _is_redis(field: str) -> Q:
    return Q(**{f"{field}__iregex": rf"^({'|'.join(TYPES)})$"})


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "cache"


def _row(
    position: int, wanted: WantedInstance, known: RedisInstance | None
) -> RedisInstance | None:
    """Give the row to be written, None when it is there as it should be."""
    fields = {
        "title": wanted.title,
        "service_id": wanted.service_id,
        "environment": wanted.environment,
        "variable": wanted.variable,
        "position": position,
        "retired_at": None,
    }
    if known and all(getattr(known, name) == value for name, value in fields.items()):
        return None
    return RedisInstance(name=wanted.name, **fields)
