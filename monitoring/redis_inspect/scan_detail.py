"""What the page of one namespace of one scan shows."""

from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString

from monitoring.redis_inspect.judging import VIOLATIONS, WORDS
from monitoring.redis_inspect.models import ScanKind, ScannedNamespace
from monitoring.redis_inspect.scan_charts import (
    by_keys,
    sparkline,
    ttl_histogram,
    type_mix,
    type_words,
)
from monitoring.redis_inspect.scan_report import HISTORY, Line
from monitoring.redis_inspect.scan_words import growth_words


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
