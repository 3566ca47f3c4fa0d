"""Makes the derived and built-in checks what the catalog and the console ask for."""

import time
from datetime import datetime

from django.db import transaction
from django.db.models import F

from monitoring.health.actions import schedule_checks
from monitoring.health.derive import Wanted, derive_checks
from monitoring.health.models import Check, CheckState, SyncMark
from monitoring.health.own import own_checks
from monitoring.health.words import Origin
from services.catalog.models import Service
from services.catalog.state import current_revision, load_state


def follow_catalog(now: datetime) -> None:
    """Sync when the catalog has another revision than at the last time. Two queries when it has not."""
    with transaction.atomic():
        SyncMark.objects.get_or_create(pk=SyncMark.SINGLETON_ID)
        mark = SyncMark.objects.select_for_update().get(pk=SyncMark.SINGLETON_ID)
        revision = current_revision()
        if mark.catalog_revision == revision:
            return
        sync_checks(now)
        SyncMark.objects.filter(pk=mark.pk).update(catalog_revision=revision)


def sync_checks(now: datetime) -> None:
    """Create, change and retire checks; those made by hand are never touched.

    What a person set on a derived check (interval, limits, pause, conditions) stays: the catalog only
    decides that it exists, where it leads and what it is for.
    """
    with transaction.atomic():
        services = dict(Service.objects.current().values_list("name", "pk"))
        changed = _sync_origin(Origin.DERIVED, derive_checks(load_state()), services, now)
        changed += _sync_origin(Origin.BUILT_IN, own_checks(), services, now)
        schedule_checks(changed, now_ms=time.time_ns() // 1_000_000)


def _sync_origin(
    origin: Origin, wanted: list[Wanted], services: dict[str, int], now: datetime
) -> list[Check]:
    """Bring the checks of one origin to what is wanted; give those whose schedule must follow."""
    existing = {check.key: check for check in Check.objects.filter(origin=origin)}
    changed, created = [], []
    for one in wanted:
        check = existing.pop(one.key, None)
        if check is None:
            created.append(_apply(Check(origin=origin, key=one.key), one, services))
        elif _differs(check, one, services):
            _apply(check, one, services).version += 1
            check.retired_at = None
            changed.append(check)
    gone = [check for check in existing.values() if check.retired_at is None]
    Check.objects.bulk_create(created, batch_size=500)
    fields = [
        "service",
        "subject",
        "environment",
        "kind",
        "target",
        "options",
        "version",
        "retired_at",
    ]
    Check.objects.bulk_update(changed, fields, batch_size=200)
    _retire(gone, now)
    return created + changed


def _retire(gone: list[Check], now: datetime) -> None:
    ids = [check.pk for check in gone]
    Check.objects.filter(pk__in=ids).update(retired_at=now)
    CheckState.objects.filter(pk__in=ids).update(due_ms=None, epoch=F("epoch") + 1)


def _differs(check: Check, one: Wanted, services: dict[str, int]) -> bool:
    return check.retired_at is not None or (
        (check.subject, check.environment, check.kind, check.target, check.service_id)
        != (one.service, one.environment, one.kind.value, one.target, services.get(one.service))
        or not (one.options.items() <= check.options.items())
    )


def _apply(check: Check, one: Wanted, services: dict[str, int]) -> Check:
    check.subject, check.environment = one.service, one.environment
    check.kind, check.target = one.kind.value, one.target
    check.service_id = services.get(one.service)
    check.options = {**check.options, **one.options}
    return check
