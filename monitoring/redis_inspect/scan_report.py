"""What the pages of scans show: the newest report of an instance, one namespace of it, all scans."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.safestring import SafeString

from monitoring.redis_inspect.declared import namespaces_in_force
from monitoring.redis_inspect.judging import VIOLATIONS, WORDS
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
    by_keys,
    sparkline,
    ttl_histogram,
    type_mix,
    type_words,
)
from monitoring.redis_inspect.words import count
from services.catalog.names import Sensitivity, TtlPolicy

HISTORY = 20  # whole scans that a sparkline shows
SCANS_SHOWN = 60
MANY = 100  # violations above which a namespace is down rather than degraded
UNITS = ((86_400, "d"), (3600, "h"), (60, "min"), (1, "s"))


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


def policy_words(namespace: Namespace) -> str:
    """Say how long keys may live: `5 min to 1 h`, `1 h, sliding`, `channels, no keys`."""
    policy, longest = namespace.ttl_policy.value, namespace.ttl_max_s
    if policy == "channel_only":
        return "channels, no keys"
    if policy == "none":
        return "no rule"
    if longest is None:
        return "must expire"
    if policy == "range":
        return f"{span(namespace.ttl_min_s or 0)} to {span(longest)}"
    return f"{span(longest)}, sliding" if policy == "sliding" else f"at most {span(longest)}"


def span(seconds: int) -> str:
    """Write a time in the biggest unit that divides it."""
    size, unit = next(
        pair for pair in UNITS if (seconds % pair[0] == 0 and seconds >= pair[0]) or pair[0] == 1
    )
    return f"{seconds // size} {unit}"


def expiry_words(row: ScannedNamespace) -> str:
    """Say how long the keys of an undeclared pattern live."""
    longest = row.declaration.get("ttl_max_s")
    if row.immortal == row.sampled_keys:
        return "never"
    if not row.immortal and longest:
        return f"at most {span(longest)}"
    return f"{count(row.immortal)} never"


def broken_words(row: ScannedNamespace) -> tuple[tuple[str, str], ...]:
    """Say which rules are broken and by how many keys."""
    css = "down" if row.violations >= MANY or row.channel_only else "degraded"
    return tuple(
        (css, f"{count(number)} {WORDS[name]}")
        for name in VIOLATIONS
        if (number := getattr(row, name))
    )


def growth_words(before: int | None, after: int) -> str:
    """Say how a count changed since the scan before; empty where there is none."""
    if before is None or before == after:
        return "" if before is None else "±0"
    change = after - before
    sign = "+" if change > 0 else "\N{MINUS SIGN}"
    return f"{sign}{count(abs(change))}"


@dataclass(frozen=True, slots=True)
class Detail:
    """Everything on the page of one namespace of one scan."""

    row: ScannedNamespace
    line: Line
    by_keys: SafeString
    by_bytes: SafeString
    violations: list[tuple[str, int, list[dict[str, Any]]]]
    history: list[dict[str, Any]]
    types: list[tuple[str, list[int]]]


def load_detail(row: ScannedNamespace) -> Detail:
    """Load one namespace of a scan, with the same pattern in other scans. One query."""
    scans = (
        ScannedNamespace.objects.filter(
            pattern=row.pattern, is_declared=row.is_declared, scan__instance=row.scan.instance
        )
        .select_related("scan")
        .defer("scan__checkpoint", "samples", "biggest", "types")
        .order_by("-scan")[:HISTORY]
    )
    history = list(scans)
    whole = [
        one.keys
        for one in reversed(history)
        if one.scan.kind == ScanKind.FULL and one.scan.is_exact and one.scan_id <= row.scan_id
    ]
    declared = row.declaration if row.is_declared else {}
    return Detail(
        row=row,
        line=Line(
            namespace=None,
            policy="",
            row=row,
            mix=type_mix(row.types),
            types=type_words(row.types) if row.types else "",
            spark=sparkline(whole, words="Keys"),
            growth=growth_words(whole[-2], row.keys) if len(whole) > 1 else "",
        ),
        by_keys=ttl_histogram(row.ttl_keys, row.immortal, declared, is_large=True),
        by_bytes=ttl_histogram(
            row.ttl_bytes, row.immortal_bytes, declared, unit="bytes", is_large=True
        ),
        violations=[
            (WORDS[name], getattr(row, name), row.samples.get(name, []))
            for name in VIOLATIONS
            if getattr(row, name)
        ],
        history=[{"row": one, "scan": one.scan} for one in history],
        types=by_keys(row.types),
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
