"""Latencies counted in buckets whose bounds double, so that percentiles of many hours can be added up. Pure."""

from collections.abc import Sequence
from math import frexp

# bucket 0 holds less than 1 ms, bucket n what is from 2**(n-1) up to 2**n ms, the last all the rest
BUCKETS = 16


def bucket_of(latency_ms: float) -> int:
    """Name the bucket of a latency."""
    if latency_ms < 1:
        return 0
    return min(frexp(latency_ms)[1], BUCKETS - 1)


def bounds_ms(bucket: int) -> tuple[float, float]:
    """Give where a bucket begins and ends; the last one is cut at twice its beginning."""
    return (0.0, 1.0) if bucket == 0 else (float(2 ** (bucket - 1)), float(2**bucket))


def add(counts: Sequence[int], others: Sequence[int]) -> list[int]:
    """Merge two counts."""
    return [mine + theirs for mine, theirs in zip(counts, others, strict=True)]


def percentile_ms(counts: Sequence[int], share: float) -> float | None:
    """Estimate the latency that a share (0 to 1) of the readings stayed under; None without readings.

    Within a bucket readings are taken as evenly spread, so the error is less than the bucket's width.
    """
    total = sum(counts)
    if not total:
        return None
    wanted, seen = share * total, 0
    for bucket, count in enumerate(counts):
        if count and seen + count >= wanted:
            low, high = bounds_ms(bucket)
            return low + (high - low) * max(0.0, wanted - seen) / count
        seen += count
    return bounds_ms(len(counts) - 1)[1]
