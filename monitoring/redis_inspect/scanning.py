"""The worker's part in scans: claims one that is due and runs it, in a thread of its own."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta

from django.conf import settings
from django.db import DatabaseError, IntegrityError, close_old_connections, connections, transaction
from django.db.models import Q
from django.utils import timezone

from monitoring.redis_inspect.instances import NoAddress, address_of, sync_instances
from monitoring.redis_inspect.models import RedisInstance, RedisScan, ScanKind, ScanStatus
from monitoring.redis_inspect.scan_actions import LEASE, AlreadyAsked, ask_scan
from monitoring.redis_inspect.scan_run import Run
from monitoring.worker import beside, worker_name
from prism.core.access import CommandLine

logger = logging.getLogger(__name__)

LOOK_S = 2.0
ENDS_WITHIN_S = 10.0
RETRY_AFTER = timedelta(hours=1)
KEPT = 60  # scans of an instance whose reports are kept


@contextmanager
def scanning(stop: threading.Event) -> Iterator[None]:
    """Run scans until `stop` is set; one that is running is given back with its checkpoint."""
    with beside("redis-scanner", _run, stop, ends_within_s=ENDS_WITHIN_S):
        yield


def claim_scan(worker: str, *, now: datetime) -> RedisScan | None:
    """Take the oldest scan that nobody has; None when there is none. One conditional update decides."""
    for pk, status in RedisScan.objects.claimable(now).values_list("pk", "status")[:10]:
        mine = RedisScan.objects.filter(pk=pk, status=status)
        if status == ScanStatus.RUNNING:  # its worker died
            mine = mine.filter(lease_until__lt=now)
        try:
            with transaction.atomic():
                taken = mine.update(
                    status=ScanStatus.RUNNING, claimed_by=worker, lease_until=now + LEASE
                )
        except IntegrityError:  # the instance has one that is running
            continue
        if taken:
            scan = RedisScan.objects.select_related("instance__service").get(pk=pk)
            if scan.started_at is None:
                scan.started_at = now
                scan.save(update_fields=["started_at"])
            return scan
    return None


def run_next(worker: str, *, stop: threading.Event, now: datetime) -> RedisScan | None:
    """Claim a scan and run it as far as it goes; None when there is none."""
    scan = claim_scan(worker, now=now)
    if scan is None:
        return None
    try:
        return Run(scan, worker=worker, must_stop=stop.is_set).run()
    except DatabaseError:
        raise  # the lease ends, and another worker goes on
    except Exception as error:  # an edge: one scan must not end the thread
        logger.exception("Scan %s failed", scan.pk)
        RedisScan.objects.filter(pk=scan.pk, claimed_by=worker).update(
            status=ScanStatus.FAILED, problem=repr(error)[:500], finished_at=timezone.now()
        )
        return scan


def ask_due_scans(now: datetime) -> None:
    """Queue a whole scan of every instance that has an address and had none for PRISM_REDIS_SCAN_EVERY_H."""
    if not settings.PRISM_REDIS_SCAN_EVERY_H:
        return
    since = now - timedelta(hours=settings.PRISM_REDIS_SCAN_EVERY_H)
    sync_instances(now)
    good = Q(created_at__gt=since) & ~Q(status=ScanStatus.FAILED)
    lately = Q(created_at__gt=now - RETRY_AFTER)  # one that failed is tried again, not at once
    recent = RedisScan.objects.filter(good | lately, kind=ScanKind.FULL)
    for instance in RedisInstance.objects.current().exclude(pk__in=recent.values("instance")):
        with suppress(NoAddress, AlreadyAsked):
            address_of(instance)
            ask_scan(
                instance=instance, kind=ScanKind.FULL, actor=CommandLine("worker"),
                asked_by="the schedule", now=now,
            )  # fmt: skip


def forget_old_scans(now: datetime) -> None:
    """Delete the reports beyond the newest KEPT of every instance."""
    newest: dict[int, int] = {}
    old = []
    for pk, instance in RedisScan.objects.order_by("-pk").values_list("pk", "instance"):
        newest[instance] = newest.get(instance, 0) + 1
        if newest[instance] > KEPT:
            old.append(pk)
    RedisScan.objects.filter(pk__in=old, finished_at__isnull=False).delete()


def _run(stop: threading.Event) -> None:
    while not stop.is_set():
        found = None
        try:
            close_old_connections()
            found = run_next(worker_name(), stop=stop, now=timezone.now())
        except DatabaseError as error:
            logger.warning("No scan of Redis is run: %s", error)
        if found is None:
            stop.wait(LOOK_S)
    connections.close_all()
