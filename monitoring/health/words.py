"""The words of health: what a check is, what one probe found, what is believed. Pure."""

from enum import StrEnum


class Kind(StrEnum):
    """How a check asks."""

    HTTP = "http"
    TCP = "tcp"
    TLS = "tls"
    DNS = "dns"
    REDIS = "redis"
    POSTGRES = "postgres"
    WEBSOCKET = "websocket"
    HEARTBEAT = "heartbeat"


class Origin(StrEnum):
    """Who made a check: the catalog, the console for itself, or a person."""

    DERIVED = "derived"
    BUILT_IN = "built-in"
    MANUAL = "manual"


class Verdict(StrEnum):
    """What one probe found, and what is believed after enough of them.

    Unknown is not down: the probe was refused by policy, could not run, or nobody asked yet.
    """

    UP = "up"
    DEGRADED = "degraded"
    DOWN = "down"
    UNKNOWN = "unknown"


class Step(StrEnum):
    """Where a verdict stands: firm, doubted after failures, or not yet believed to be well again."""

    STEADY = "steady"
    SUSPECT = "suspect"
    RECOVERING = "recovering"


# the most to the least worrying; a cell of several checks shows the first that one of them has
WORST_FIRST = (Verdict.DOWN, Verdict.DEGRADED, Verdict.UNKNOWN, Verdict.UP)
