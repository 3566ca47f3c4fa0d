"""When a check is due. Pure: times are whole milliseconds since 1970.

A check with the number n and the interval i is due at every k * i + phase(n): the phase is a hash, so
ten thousand checks spread evenly and keep their places through restarts and on every machine.
"""

import hashlib

RECHECK_MS = 10_000  # while a verdict is in doubt
FIRST_ROUND_MS = 5_000  # a new check is asked within so much
LEASE_MARGIN_MS = (
    8_000  # a worker that is not back so long after a deadline is dead; a slow database is not
)
LATE_MS = 20_000  # what a dead worker left is asked at once; what is later waits for its next slot


def phase_ms(check_id: int, interval_ms: int) -> int:
    """Give a check's own place in its interval."""
    digest = hashlib.blake2b(check_id.to_bytes(8, "big"), digest_size=8).digest()
    return int.from_bytes(digest, "big") % interval_ms


def next_slot_ms(check_id: int, interval_ms: int, now_ms: int) -> int:
    """Give the first regular time after now."""
    phase = phase_ms(check_id, interval_ms)
    return (now_ms - phase) // interval_ms * interval_ms + interval_ms + phase


def next_due_ms(
    check_id: int, interval_ms: int, due_ms: int, *, doubted_at_ms: int | None = None
) -> int:
    """Give the next time to ask after one that was due; soon after the answer that left a doubt."""
    regular = next_slot_ms(check_id, interval_ms, due_ms)
    return regular if doubted_at_ms is None else min(regular, doubted_at_ms + RECHECK_MS)


def first_due_ms(check_id: int, interval_ms: int, now_ms: int) -> int:
    """Give the first time of a new check: soon, and not all new checks at once."""
    return now_ms + phase_ms(check_id, min(interval_ms, FIRST_ROUND_MS))


def deadline_s(timeout_s: float, interval_s: float) -> float:
    """Give the longest that one probe may take: it must be over before the next one."""
    return min(timeout_s, 0.8 * interval_s)


def lease_ms(timeout_s: float, interval_s: float) -> int:
    """Give how long a claim holds; a killed worker's checks are free after it."""
    return round(deadline_s(timeout_s, interval_s) * 1000) + LEASE_MARGIN_MS
