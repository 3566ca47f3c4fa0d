"""The kinds of rules: what each measures, its usual limits, and how it explains itself. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from monitoring.alerts.words import Kind


@dataclass(frozen=True, slots=True)
class RuleKind:
    """One kind. `sentence` explains a rule of it; {fire} and {clear} are its limits in its unit.

    `takes` says what a rule of this kind may be narrowed to: a service, an environment.
    `breaks_dependants`: while it holds, what needs the service is expected to fail too.
    """

    title: str
    sentence: str
    unit: str
    fire: float
    clear: float
    for_s: int
    clear_s: int
    is_below: bool = False
    takes_environment: bool = False
    is_yes_or_no: bool = False
    breaks_dependants: bool = False
    is_symptom: bool = False  # may be the doing of something it depends on


def _yes_or_no(
    title: str, sentence: str, for_s: int = 0, clear_s: int = 60, **more: bool
) -> RuleKind:
    return RuleKind(title, sentence, "", 1, 1, for_s, clear_s, is_yes_or_no=True, **more)


KINDS: Mapping[Kind, RuleKind] = {
    Kind.DOWN: _yes_or_no(
        "Service down", "a check of the service is down", clear_s=30,
        takes_environment=True, breaks_dependants=True, is_symptom=True,
    ),
    Kind.DEGRADED: _yes_or_no(
        "Service degraded", "a check of the service is slow or answers with a warning", for_s=300,
        takes_environment=True, is_symptom=True,
    ),
    Kind.FLAPPING: _yes_or_no(
        "Service flapping", "a check of the service keeps changing between good and bad",
        takes_environment=True, is_symptom=True,
    ),
    Kind.CERTIFICATE: RuleKind(
        "Certificate runs out", "a certificate ends in less than {fire} days", "days",
        14, 20, 0, 0, is_below=True, takes_environment=True,
    ),
    Kind.SILENT: RuleKind(
        "No reading", "no reading came for {fire} minutes longer than the interval of the check", "minutes",
        5, 5, 0, 60, takes_environment=True,
    ),
    Kind.REDIS_CONNECTION: _yes_or_no(
        "Redis connection errors", "the console cannot connect, or is not let in", for_s=30,
        breaks_dependants=True,
    ),
    Kind.REDIS_MEMORY: RuleKind(
        "Redis memory", "{fire} % or more of maxmemory is used; a cache that may evict any key (allkeys-*) "
        "is full by design and stays quiet here, and maxmemory 0 is no limit", "%", 90, 85, 120, 120,
    ),
    Kind.REDIS_EVICTIONS: RuleKind(
        "Redis evictions", "{fire} or more keys a second are evicted; under allkeys-* only while the hit rate "
        "is under 80 % or 10 points under what it was over the last day", "keys/s", 1, 1, 120, 300,
    ),
    Kind.REDIS_HIT_RATE: RuleKind(
        "Redis hit rate", "fewer than {fire} % of the lookups find their key", "%", 80, 85, 600, 300,
        is_below=True,
    ),
    Kind.REDIS_LATENCY: RuleKind(
        "Redis latency", "PING takes {fire} ms or more", "ms", 1, 0.8, 300, 300,
    ),
    Kind.REDIS_REJECTED: RuleKind(
        "Redis rejects connections", "{fire} or more connections were rejected because of maxclients",
        "connections", 1, 1, 0, 300,
    ),
    Kind.REDIS_PERSISTENCE: _yes_or_no("Redis persistence", "the last save, or write of the log, failed"),
    Kind.REDIS_REPLICATION: _yes_or_no("Redis replication", "the link to the primary is down", for_s=60),
    Kind.REDIS_VIOLATIONS: RuleKind(
        "Redis namespace violations", "the last scan found {fire} or more keys that break the rules of their "
        "namespace", "keys", 1, 1, 0, 0,
    ),
    Kind.EVENTS: RuleKind(
        "Events", "{fire} or more events of this type and severity came within the window", "events",
        1, 1, 0, 300,
    ),
    Kind.WORKER: RuleKind("Worker silent", "no worker said for {fire} s that it lives", "s", 60, 60, 0, 30),
    Kind.BRIDGE: RuleKind(
        "Bridge not subscribed", "nobody listened on prism:events for {fire} s: what is published is lost",
        "s", 30, 30, 0, 30,
    ),
    Kind.SCHEDULE: RuleKind("Schedule lag", "checks are asked {fire} s late or more", "s", 30, 10, 60, 120),
    Kind.DISK: RuleKind(
        "Disk full", "less than {fire} % of the console's disk is free", "%", 10, 15, 60, 60, is_below=True,
    ),
    Kind.AUDIT: _yes_or_no("Audit trail broken", "the last check of the audit trail found it changed", clear_s=0),
}  # fmt: skip

CHECK_KINDS = frozenset(
    {Kind.DOWN, Kind.DEGRADED, Kind.FLAPPING, Kind.CERTIFICATE, Kind.SILENT, Kind.SCHEDULE}
)
CONSOLE_KINDS = frozenset({Kind.WORKER, Kind.BRIDGE, Kind.DISK, Kind.AUDIT})
REDIS_KINDS = frozenset(kind for kind in Kind if kind.startswith("redis-"))


def explain(
    kind: Kind,
    *,
    fire: float,
    clear: float,
    for_s: int,
    clear_s: int,
    service: str,
    environment: str,
) -> str:
    """Say in one or two sentences when a rule fires and when it is over."""
    about = KINDS[kind]
    where = " ".join(filter(None, (f"of {service}" if service else "",
                                   f"in {environment}" if environment else "")))  # fmt: skip
    what = about.sentence.format(fire=number(fire), clear=number(clear))
    text = f"Fires when {what}{f' ({where})' if where else ''}"
    text += f", for {span(for_s)}." if for_s else "."
    if clear != fire:
        side = "at" if about.is_below else "under"
        text += f" Over {side} {number(clear)} {about.unit}".rstrip()
        return text + (f", for {span(clear_s)}." if clear_s else ".")
    return text + (
        f" Over after {span(clear_s)} without it." if clear_s else " Over as soon as it is not."
    )


def number(value: float) -> str:
    """Write a limit without needless digits."""
    return f"{value:g}"


def span(seconds: float) -> str:
    """Write a duration in its biggest two units."""
    left, parts = max(0, round(seconds)), []
    for word, size in (("d", 86_400), ("h", 3600), ("min", 60), ("s", 1)):
        if left >= size:
            parts.append(f"{left // size} {word}")
            left %= size
    return " ".join(parts[:2]) or "0 s"
