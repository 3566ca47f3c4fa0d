"""What scripts read of a scan: the same on the command line and in the API."""

from collections.abc import Sequence
from typing import Any

from monitoring.redis_inspect.judging import VIOLATIONS
from monitoring.redis_inspect.models import RedisScan, ScanKind, ScannedNamespace, ScanStatus


def scan_report(done: RedisScan, rows: Sequence[ScannedNamespace]) -> dict[str, Any]:
    """Give the declared namespaces with what was found in each, and the undeclared patterns."""
    return {
        "namespaces": [
            {
                "pattern": row.pattern,
                "keys": row.keys,
                "bytes": row.size_bytes,
                "types": {kind: keys for kind, (keys, _) in sorted(row.types.items())},
                "violations": {name: getattr(row, name) for name in VIOLATIONS},
            }
            for row in rows
            if row.is_declared
        ],
        "undeclared": [
            {"pattern": row.pattern, "keys": row.keys, "bytes": row.size_bytes}
            for row in rows
            if not row.is_declared
        ],
        "total_keys": done.total_keys if done.kind == ScanKind.SAMPLE else done.seen_keys,
        "mode": scan_mode(done),
        "duration_s": round(done.worked_s, 3),
    }


def scan_mode(done: RedisScan) -> str:
    """Say how much was visited: `full`, `sample`, or `partial` when a budget ended it."""
    return done.kind if done.status == ScanStatus.FINISHED else "partial"
