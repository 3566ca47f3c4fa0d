"""What people do with scans: ask for one, pause it, let it go on, cancel it."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from monitoring.redis_inspect.models import RedisInstance, RedisScan, ScanKind, ScanStatus
from monitoring.redis_inspect.models.scans import OPEN
from prism.core import audit
from prism.core.access import Actor, authorize

LEAST_DUTY, MOST_DUTY = 0.01, 1.0
DUTY = 0.25
LEASE = timedelta(seconds=30)
LONG_DEAD = timedelta(minutes=2)  # after which no worker took a scan over


class ScanMoved(Exception):
    """The scan is not where this could be done with it; `status` is where it is."""

    def __init__(self, status: str) -> None:
        super().__init__(f"the scan is {ScanStatus(status).label}")
        self.status = status


class AlreadyAsked(Exception):
    """The instance has a scan that has not ended."""

    def __init__(self, scan: RedisScan) -> None:
        super().__init__(f"scan {scan.pk} of {scan.instance.title} has not ended yet")
        self.scan = scan


def ask_scan(
    *,
    instance: RedisInstance,
    kind: ScanKind,
    actor: Actor,
    asked_by: str,
    now: datetime,
    duty: float = DUTY,
    use_script: bool = False,
    most_keys: int | None = None,
    most_s: int | None = None,
    most_network_bytes: int | None = None,
    claimed_by: str = "",
) -> RedisScan:
    """Queue a scan for the workers, or for whoever has claimed it from the start. Audited.

    Raises AlreadyAsked when one of the instance has not ended; one whose worker died minutes ago is ended first.
    """
    authorize(actor, "redis.scan", instance.name)
    with transaction.atomic():
        RedisInstance.objects.select_for_update().get(pk=instance.pk)
        RedisScan.objects.filter(
            instance=instance, status=ScanStatus.RUNNING, lease_until__lt=now - LONG_DEAD
        ).update(status=ScanStatus.FAILED, problem="its worker died", finished_at=now)
        if other := RedisScan.objects.filter(instance=instance, status__in=OPEN).first():
            raise AlreadyAsked(other)
        scan = RedisScan.objects.create(
            instance=instance,
            kind=kind,
            asked_by=asked_by[:200],
            use_script=use_script,
            duty=min(MOST_DUTY, max(LEAST_DUTY, duty)),
            most_keys=most_keys,
            most_s=most_s,
            most_network_bytes=most_network_bytes,
            created_at=now,
            **({} if not claimed_by else _claimed(claimed_by, now)),
        )
        audit.record(
            "redis.scan_asked",
            actor=actor,
            target=instance.name,
            details={"scan": scan.pk, "kind": str(kind), "duty": scan.duty},
        )
    return scan


def _claimed(worker: str, now: datetime) -> dict[str, Any]:
    running = {"status": ScanStatus.RUNNING, "started_at": now}
    return running | {"claimed_by": worker, "lease_until": now + LEASE}


def pause_scan(*, scan: RedisScan, actor: Actor) -> None:
    """Let a scan rest; a running one does so within a second or two. Audited. Raises ScanMoved."""
    _move(
        scan,
        actor,
        "redis.scan_paused",
        {ScanStatus.QUEUED: {"status": ScanStatus.PAUSED}, ScanStatus.RUNNING: {"asked": "pause"}},
    )


def resume_scan(*, scan: RedisScan, actor: Actor) -> None:
    """Let a scan go on where it stopped, a failed one too. Audited. Raises ScanMoved."""
    again: dict[str, object] = {
        "status": ScanStatus.QUEUED,
        "asked": "",
        "problem": "",
        "finished_at": None,
    }
    _move(
        scan,
        actor,
        "redis.scan_resumed",
        {ScanStatus.PAUSED: again, ScanStatus.FAILED: again},
    )


def cancel_scan(*, scan: RedisScan, actor: Actor, now: datetime) -> None:
    """End a scan; a running one leaves a report of what it saw. Audited. Raises ScanMoved."""
    ended: dict[str, object] = {
        "status": ScanStatus.CANCELLED,
        "finished_at": now,
        "checkpoint": None,
    }
    _move(
        scan,
        actor,
        "redis.scan_cancelled",
        {
            ScanStatus.QUEUED: ended,
            ScanStatus.PAUSED: ended,
            ScanStatus.RUNNING: {"asked": "cancel"},
        },
    )


def _move(
    scan: RedisScan, actor: Actor, action: str, moves: dict[ScanStatus, dict[str, object]]
) -> None:
    """Do what fits the scan's status, by conditional updates: a worker may move it at the same time."""
    authorize(actor, "redis.scan", scan.instance.name)
    with transaction.atomic():
        for status, values in moves.items():
            if RedisScan.objects.filter(pk=scan.pk, status=status).update(**values):
                details: dict[str, object] = {"scan": scan.pk}
                audit.record(action, actor=actor, target=scan.instance.name, details=details)
                return
        raise ScanMoved(RedisScan.objects.values_list("status", flat=True).get(pk=scan.pk))
