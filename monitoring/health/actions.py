"""Writes of checks: whatever changes a check goes through here, so that its schedule follows."""

import hashlib
import secrets
import time
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F

from monitoring.health.models import Check, CheckState
from monitoring.health.schedule import first_due_ms, lease_ms
from prism.core import audit
from prism.core.access import Actor, authorize

HEARTBEAT_BYTES = 24


def save_check(check: Check, *, actor: Actor, now: datetime) -> Check:
    """Save a check that a person made or edited, and start over with its schedule. Audited."""
    authorize(actor, "checks.edit", check.subject)
    with transaction.atomic():
        is_new = check.pk is None
        check.version = 1 if is_new else check.version + 1
        check.save()
        schedule_checks([check], now_ms=_ms(now))
        audit.record(
            "check.created" if is_new else "check.changed",
            actor=actor,
            target=str(check),
            details={"check": check.pk, "kind": check.kind, "is_paused": check.is_paused},
        )
    return check


def schedule_checks(checks: Sequence[Check], *, now_ms: int) -> None:
    """Make what is scheduled of checks what the checks say. A result that is on its way is discarded."""
    known = set(
        CheckState.objects.filter(pk__in=[check.pk for check in checks]).values_list(
            "pk", flat=True
        )
    )
    CheckState.objects.bulk_create(
        [_fresh(check, now_ms) for check in checks if check.pk not in known], batch_size=500
    )
    for check in checks:
        if check.pk in known:
            CheckState.objects.filter(pk=check.pk).update(
                version=check.version,
                interval_ms=check.interval_s * 1000,
                lease_ms=lease_ms(check.timeout_s, check.interval_s),
                due_ms=_due(check, now_ms),
                claimed_until_ms=0,
                epoch=F("epoch") + 1,
            )


def ask_soon(*, actor: Actor, subject: str = "") -> int:
    """Make all checks, or those of one service, due now; give how many. Workers ask 200 a second of them."""
    authorize(actor, "health.probe", subject)
    with transaction.atomic():
        states = CheckState.objects.filter(due_ms__isnull=False)
        if subject:
            states = states.filter(check_row__subject=subject)
        count = states.count()
        spread_ms = max(1, 5 * count)
        pks = list(states.values_list("pk", flat=True)) if subject else None
        chosen = states if pks is None else CheckState.objects.filter(pk__in=pks)
        chosen.update(due_ms=now_ms() + F("pk") % spread_ms)
        audit.record("health.asked_now", actor=actor, target=subject, details={"checks": count})
    return count


def make_heartbeat_key(check: Check) -> str:
    """Give a heartbeat check a new secret address; the secret itself is kept nowhere."""
    key = secrets.token_urlsafe(HEARTBEAT_BYTES)
    check.heartbeat_sha256 = hash_key(key)
    return key


def take_heartbeat(key: str, *, now: datetime) -> bool:
    """Note that a service called; False when nobody knows the key. One query."""
    states = CheckState.objects.filter(check_row__heartbeat_sha256=hash_key(key))
    return bool(states.filter(check_row__retired_at=None).update(heartbeat_at=now))


def set_maintenance(check_ids: Iterable[int], until: datetime | None) -> None:
    """Count what is found of these checks as maintenance until then; None ends it now."""
    CheckState.objects.filter(pk__in=list(check_ids)).update(maintenance_until=until)


def hash_key(key: str) -> str:
    """Hash fast: the key is random and long."""
    return hashlib.sha256(key.encode(errors="replace")).hexdigest()


def now_ms() -> int:
    """Give the time of the schedule."""
    return time.time_ns() // 1_000_000


def _ms(now: datetime) -> int:
    return int(now.timestamp() * 1000)


def _fresh(check: Check, now_ms: int) -> CheckState:
    return CheckState(
        check_row=check,
        version=check.version,
        interval_ms=check.interval_s * 1000,
        lease_ms=lease_ms(check.timeout_s, check.interval_s),
        due_ms=_due(check, now_ms),
    )


def _due(check: Check, now_ms: int) -> int | None:
    if check.is_paused or check.retired_at is not None:
        return None
    return first_due_ms(check.pk, check.interval_s * 1000, now_ms)
