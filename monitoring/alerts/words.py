"""The words of alerts: what a rule may watch, how bad it is, what is told and where to. Pure."""

from enum import StrEnum


class Kind(StrEnum):
    """What a rule watches."""

    DOWN = "down"
    DEGRADED = "degraded"
    FLAPPING = "flapping"
    CERTIFICATE = "certificate"
    SILENT = "silent"
    REDIS_CONNECTION = "redis-connection"
    REDIS_MEMORY = "redis-memory"
    REDIS_EVICTIONS = "redis-evictions"
    REDIS_HIT_RATE = "redis-hit-rate"
    REDIS_LATENCY = "redis-latency"
    REDIS_REJECTED = "redis-rejected"
    REDIS_PERSISTENCE = "redis-persistence"
    REDIS_REPLICATION = "redis-replication"
    REDIS_VIOLATIONS = "redis-violations"
    EVENTS = "events"
    WORKER = "worker"
    BRIDGE = "bridge"
    SCHEDULE = "schedule"
    DISK = "disk"
    AUDIT = "audit"


class Severity(StrEnum):
    """How much an incident matters."""

    WARNING = "warning"
    CRITICAL = "critical"


class Phase(StrEnum):
    """Where a rule stands with one service."""

    OK = "ok"
    PENDING = "pending"
    FIRING = "firing"
    CLEARING = "clearing"


class Notice(StrEnum):
    """What is told of an incident."""

    OPENED = "opened"
    FLAPPING = "flapping"
    REMINDER = "reminder"
    RECOVERED = "recovered"
    TEST = "test"


class ChannelKind(StrEnum):
    """Where it is told."""

    WEBHOOK = "webhook"
    SLACK = "slack"
    DISCORD = "discord"
    EMAIL = "email"


class EntryKind(StrEnum):
    """What stands on the timeline of an incident besides readings, deployments and events."""

    REOPENED = "reopened"
    FLAPPING = "flapping"
    CAUSE = "cause"
    HELD = "held"
    TOLD = "told"
    NOT_TOLD = "not told"
    ACKNOWLEDGED = "acknowledged"
    ASSIGNED = "assigned"
    NOTE = "note"
    RESOLVED = "resolved"


CONSOLE = "prism"  # the subject of rules on the console itself
