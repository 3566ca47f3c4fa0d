"""The worker's part in scans: claims one that is due and runs it, in a thread of its own."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import DatabaseError, IntegrityError, close_old_connections, connections, transaction
from django.utils import timezone

from monitoring.redis_inspect.models import RedisScan, ScanStatus
from monitoring.redis_inspect.scan_actions import LEASE
from monitoring.redis_inspect.scan_run import Run
from monitoring.worker import worker_name

logger = logging.getLogger(__name__)

LOOK_S = 2.0
ENDS_WITHIN_S = 10.0
KEPT = 60  # scans of an instance whose reports are kept


@contextmanager
def scanning(stop: threading.Event) -> Iterator[None]:
    """Run scans until `stop` is set; one that is running is given back with its checkpoint."""
    thread = threading.Thread(target=_run, args=(stop,), name="redis-scanner", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(ENDS_WITHIN_S)


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
