"""Says in words what is declared of a namespace, and what a scan found of it."""

from monitoring.redis_inspect.judging import VIOLATIONS, WORDS
from monitoring.redis_inspect.models import ScannedNamespace
from monitoring.redis_inspect.namespaces import Namespace
from monitoring.redis_inspect.words import count

MANY = 100  # violations above which a namespace is down rather than degraded
UNITS = ((86_400, "d"), (3600, "h"), (60, "min"), (1, "s"))


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
