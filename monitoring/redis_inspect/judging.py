"""What breaks a namespace's declaration, and on which scale times to live are counted. Pure."""

from monitoring.redis_inspect.namespaces import Namespace
from services.catalog.names import TtlPolicy

NO_EXPIRY, TOO_LONG, CHANNEL_ONLY, WRONG_TYPE = (
    "no_expiry",
    "too_long",
    "channel_only",
    "wrong_type",
)
VIOLATIONS = (NO_EXPIRY, TOO_LONG, CHANNEL_ONLY, WRONG_TYPE)
WORDS = {
    NO_EXPIRY: "no expiry",
    TOO_LONG: "longer than declared",
    CHANNEL_ONLY: "key among channels",
    WRONG_TYPE: "wrong type",
}

GRACE_MS = 1_000  # a server's clock may lag behind the one that set the expiry
NEVER_MS = -1  # what PTTL says of a key without an expiry
# Upper ends of the buckets of remaining time; one more bucket is above the last.
TTL_EDGES_MS: tuple[int, ...] = (
    *(1_000, 10_000, 60_000, 300_000, 900_000),
    *(3_600_000, 6 * 3_600_000, 24 * 3_600_000, 7 * 86_400_000, 30 * 86_400_000),
)
TTL_LABELS = ("1 s", "10 s", "1 min", "5 min", "15 min", "1 h", "6 h", "1 d", "7 d", "30 d", "more")
TTL_BUCKETS = len(TTL_LABELS)


def longest_ms(namespace: Namespace) -> int | None:
    """Give the remaining time above which a key certainly lives longer than declared, None for no bound."""
    if not namespace.must_expire or namespace.ttl_max_s is None:
        return None
    return namespace.ttl_max_s * 1000 + GRACE_MS


def violations_of(namespace: Namespace, *, key_type: str, ttl_ms: int | None) -> tuple[str, ...]:
    """Name what a key breaks. `ttl_ms` and `key_type` are None and "" where they could not be asked.

    Only what is certain counts: the remaining time says nothing about a time that was too short.
    """
    if namespace.ttl_policy is TtlPolicy.CHANNEL_ONLY:
        return (CHANNEL_ONLY,)
    found: tuple[str, ...] = ()
    if namespace.must_expire and ttl_ms is not None:
        longest = longest_ms(namespace)
        if ttl_ms == NEVER_MS:
            found = (NO_EXPIRY,)
        elif longest is not None and ttl_ms > longest:
            found = (TOO_LONG,)
    if namespace.key_type and key_type and key_type != namespace.key_type:
        found += (WRONG_TYPE,)
    return found
