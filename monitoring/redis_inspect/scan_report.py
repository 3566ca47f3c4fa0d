"""What the pages of scans show: the newest report of an instance, one namespace of it, all scans."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.utils.safestring import SafeString

from monitoring.redis_inspect.declared import namespaces_in_force
from monitoring.redis_inspect.judging import VIOLATIONS
from monitoring.redis_inspect.models import (
    RedisInstance,
    RedisSample,
    RedisScan,
    ScanKind,
    ScannedNamespace,
    ScanStatus,
)
from monitoring.redis_inspect.models.scans import OPEN, WITH_RESULTS
from monitoring.redis_inspect.namespaces import Namespace, overlaps
from monitoring.redis_inspect.scan_charts import (
    sparkline,
    ttl_histogram,
    type_mix,
    type_words,
)
from monitoring.redis_inspect.scan_words import (
    broken_words,
    expiry_words,
    growth_words,
    policy_words,
)
from services.catalog.names import Sensitivity, TtlPolicy

HISTORY = 20  # whole scans that a sparkline shows
SCANS_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Line:
    """One namespace as a row of the report; without a scan there are only the words of its policy."""

    namespace: Namespace | None
    policy: str
    row: ScannedNamespace | None = None
    histogram: SafeString | str = ""
    mix: SafeString | str = ""
    types: str = ""
    broken: tuple[tuple[str, str], ...] = ()  # css class, words
    spark: SafeString | str = ""
    growth: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """Everything on the page of an instance's namespaces."""

    instance: RedisInstance
    scan: RedisScan | None
    open_scan: RedisScan | None
    sample: RedisSample | None
    declared: list[Line]
    undeclared: list[Line]
    overlaps: list[tuple[Namespace, Namespace]]
    undeclared_keys: int = 0
    more_violations: int | None = None
    changed: list[str] = field(default_factory=list)

    @property
    def immortal_now(self) -> int | None:
        """How many keys have no expiry by the newest sample of INFO; no scan is needed for that."""
        sample = self.sample
        if sample is None or sample.keys is None or sample.expiring_keys is None:
            return None
        return sample.keys - sample.expiring_keys


def load_report(instance: RedisInstance, *, scan: RedisScan | None = None) -> Report:
    """Load the newest report, or that of the given scan. Seven queries at any size."""
    scans = RedisScan.objects.for_page().filter(instance=instance)
    open_scan = scans.filter(status__in=OPEN).first()
    chosen = scan or scans.filter(status__in=WITH_RESULTS).first()
    sample = RedisSample.objects.filter(instance=instance).order_by("-at", "-pk").first()
    in_force = namespaces_in_force()
    rows = list(ScannedNamespace.objects.of_scan(chosen)) if chosen else []
    past = load_past(instance, before=chosen.pk) if chosen else {}
    by_pattern = {row.pattern: row for row in rows if row.is_declared}
    patterns = {one.pattern for one in in_force}
    shown = in_force + [_as_declared(r) for p, r in by_pattern.items() if p not in patterns]
    undeclared = [undeclared_line(row) for row in rows if not row.is_declared]
    before = sum(one[-1][2] for one in past.values() if one) if past else None
    return Report(
        instance=instance,
        scan=chosen,
        open_scan=open_scan,
        sample=sample,
        declared=[declared_line(one, by_pattern.get(one.pattern), past) for one in shown],
        undeclared=undeclared,
        overlaps=overlaps(in_force),
        undeclared_keys=sum(line.row.keys for line in undeclared if line.row),
        more_violations=None if before is None or not chosen else chosen.violations - before,
        changed=_changed(in_force, by_pattern) if chosen else [],
    )


def load_past(instance: RedisInstance, *, before: int) -> dict[str, list[tuple[int, int, int]]]:
    """Give keys, bytes and violations of each pattern in the whole scans before one, oldest first."""
    pks = RedisScan.objects.filter(
        instance=instance, kind=ScanKind.FULL, status=ScanStatus.FINISHED, pk__lt=before
    ).order_by("-pk")[: HISTORY - 1]
    rows = ScannedNamespace.objects.filter(scan__in=list(pks.values_list("pk", flat=True)))
    past: dict[str, list[tuple[int, int, int]]] = defaultdict(list)
    for pattern, keys, size_bytes, *broken in (
        rows.filter(is_declared=True)
        .order_by("scan")
        .values_list("pattern", "keys", "size_bytes", *VIOLATIONS)
    ):
        past[pattern].append((keys, size_bytes, sum(broken)))
    return past


def declared_line(
    namespace: Namespace,
    row: ScannedNamespace | None,
    past: dict[str, list[tuple[int, int, int]]],
) -> Line:
    """Put a declaration and what was found of it together."""
    if row is None:
        return Line(namespace, policy_words(namespace))
    before = past.get(namespace.pattern, [])
    return Line(
        namespace=namespace,
        policy=policy_words(namespace),
        row=row,
        histogram=ttl_histogram(row.ttl_keys, row.immortal, row.declaration),
        mix=type_mix(row.types),
        types=type_words(row.types) if row.types else "",
        broken=broken_words(row),
        spark=sparkline([keys for keys, _, _ in before] + [row.keys], words="Keys"),
        growth=growth_words(before[-1][0] if before else None, row.keys),
    )


def undeclared_line(row: ScannedNamespace) -> Line:
    """Say what is known of a pattern that nobody declared."""
    return Line(
        namespace=None,
        policy=expiry_words(row),
        row=row,
        mix=type_mix(row.types),
        types=type_words(row.types) if row.types else "",
    )


def load_scans() -> Sequence[RedisScan]:
    """List the scans of all instances, newest first. One query."""
    return list(RedisScan.objects.for_page()[:SCANS_SHOWN])


def _as_declared(row: ScannedNamespace) -> Namespace:
    """Give what a pattern was declared as when it was scanned."""
    values = dict(row.declaration)
    values["ttl_policy"] = TtlPolicy(values["ttl_policy"])
    values["sensitivity"] = Sensitivity(values["sensitivity"])
    return Namespace(**values)


def _changed(in_force: Sequence[Namespace], found: dict[str, ScannedNamespace]) -> list[str]:
    """Name what was declared or declared otherwise since the scan."""
    names = ("ttl_policy", "ttl_min_s", "ttl_max_s", "key_type")
    return [
        one.pattern
        for one in in_force
        if one.pattern not in found
        or any(found[one.pattern].declaration.get(name) != getattr(one, name) for name in names)
    ]
