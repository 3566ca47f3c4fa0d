"""Writes down what a scan found, and tells people about keys that break a rule."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from monitoring.events.actions import publish
from monitoring.redis_inspect.clusters import Suggestion
from monitoring.redis_inspect.estimates import of_total
from monitoring.redis_inspect.judging import VIOLATIONS, WORDS
from monitoring.redis_inspect.models import RedisScan, ScannedNamespace, ScanStatus
from monitoring.redis_inspect.namespaces import Namespace
from monitoring.redis_inspect.tally import Counts, Tally

if TYPE_CHECKING:
    from monitoring.redis_inspect.scan_run import Run

LONGEST_PATTERN = 1000


def finish_scan(run: "Run", status: ScanStatus) -> None:
    """End a scan with its report, in one transaction; publishes an event when a rule is broken.

    Nothing is written when another worker has taken the scan over.
    """
    scan, now = run.scan, timezone.now()
    values = run.fields() | {
        "status": status, "asked": "", "finished_at": now, "lease_until": None,
        "checkpoint": None, "note": scan.note,
    }  # fmt: skip
    with transaction.atomic():
        mine = RedisScan.objects.filter(pk=scan.pk, claimed_by=scan.claimed_by)
        if not mine.filter(status=ScanStatus.RUNNING).update(**values):
            return
        scan.refresh_from_db()
        ScannedNamespace.objects.filter(scan=scan).delete()
        ScannedNamespace.objects.bulk_create(_rows(scan, run.tally))
        if scan.violations:
            _tell(scan, run.tally)


def _rows(scan: RedisScan, tally: Tally) -> list[ScannedNamespace]:
    total = scan.total_keys or 0
    rows = [
        _row(scan, namespace.pattern, place, counts, total)
        for place, (namespace, counts) in enumerate(
            zip(tally.namespaces, tally.counts, strict=True)
        )
    ]
    for row, namespace in zip(rows, tally.namespaces, strict=True):
        row.is_declared = True
        row.declaration = _declared(namespace)
    biggest = tally.nobody.biggest_first()
    for place, suggestion in enumerate(tally.undeclared.suggestions()):
        counts = _counts_of(suggestion)
        row = _row(scan, suggestion.pattern[:LONGEST_PATTERN], place, counts, total)
        row.declaration = {
            "ttl_max_s": suggestion.ttl_max_s,
            "key_type": suggestion.key_type,
            "templates": list(suggestion.templates),
        }
        row.biggest = biggest if place == 0 else []
        rows.append(row)
    return rows


def _row(scan: RedisScan, pattern: str, place: int, counts: Counts, total: int) -> ScannedNamespace:
    is_sample = scan.kind == "sample" and scan.seen_keys < total
    estimate = of_total(counts.keys, scan.seen_keys, total if is_sample else scan.seen_keys)
    return ScannedNamespace(
        scan=scan,
        pattern=pattern,
        position=place,
        is_declared=False,
        keys=estimate.value,
        keys_low=estimate.low,
        keys_high=estimate.high,
        sampled_keys=counts.keys,
        size_bytes=counts.size_bytes,
        immortal=counts.immortal,
        immortal_bytes=counts.immortal_bytes,
        types=counts.types,
        ttl_keys=counts.ttl_keys,
        ttl_bytes=counts.ttl_bytes,
        samples=counts.samples,
        biggest=counts.biggest_first(),
        **counts.violations,
    )


def _declared(namespace: Namespace) -> dict[str, Any]:
    declared = asdict(namespace)
    return declared | {
        "ttl_policy": namespace.ttl_policy.value,
        "sensitivity": namespace.sensitivity.value,
    }


def _counts_of(suggestion: Suggestion) -> Counts:
    group = suggestion.group
    return Counts(
        keys=group.keys,
        size_bytes=group.size_bytes,
        immortal=group.immortal,
        types={name: [count, 0] for name, count in group.types.items()},
    )


def _tell(scan: RedisScan, tally: Tally) -> None:
    broken = {
        namespace.pattern: {name: count for name, count in counts.violations.items() if count}
        for namespace, counts in zip(tally.namespaces, tally.counts, strict=True)
        if any(counts.violations.values())
    }
    words = ", ".join(
        f"{total} {WORDS[name]}"
        for name in VIOLATIONS
        if (total := sum(one.get(name, 0) for one in broken.values()))
    )
    service = scan.instance.service
    publish(
        service.name if service else "prism",
        "redis.violations",
        "warning",
        f"Keys on {scan.instance.title} break their namespaces' rules: {words}",
        {"scan": scan.pk, "instance": scan.instance.name, "namespaces": broken},
        event_id=f"redis-scan-{scan.pk}",
    )
