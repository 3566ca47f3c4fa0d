"""Makes scans for tests, and reads what they found as plain data."""

import threading
from typing import Any

from django.utils import timezone

from monitoring.redis_inspect.models import RedisInstance, RedisScan, ScanKind, ScannedNamespace
from monitoring.redis_inspect.scan_actions import ask_scan
from monitoring.redis_inspect.scanning import run_next
from prism.core.access import CommandLine

SOMEBODY = CommandLine("cli:tests")


def ask(instance: RedisInstance, kind: str = "full", **over: Any) -> RedisScan:
    """Queue a scan at full speed."""
    values = {"duty": 1.0, "asked_by": "tests", "now": timezone.now(), **over}
    return ask_scan(instance=instance, kind=ScanKind(kind), actor=SOMEBODY, **values)


def run_scan(instance: RedisInstance, kind: str = "full", **over: Any) -> RedisScan:
    """Queue a scan and run it as a worker does."""
    ask(instance, kind, **over)
    return go_on()


def go_on(worker: str = "worker-1", stop: threading.Event | None = None) -> RedisScan:
    """Run the next scan that a worker would."""
    scan = run_next(worker, stop=stop or threading.Event(), now=timezone.now())
    assert scan is not None
    return RedisScan.objects.get(pk=scan.pk)


def rows_of(scan: RedisScan, *, is_declared: bool = True) -> dict[str, ScannedNamespace]:
    """Give the report's rows by pattern."""
    rows = ScannedNamespace.objects.of_scan(scan).filter(is_declared=is_declared)
    return {row.pattern: row for row in rows}


def violations_of(row: ScannedNamespace) -> dict[str, int]:
    """Give a row's violations by kind."""
    return {
        name: getattr(row, name) for name in ("no_expiry", "too_long", "channel_only", "wrong_type")
    }
