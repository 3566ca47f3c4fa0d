"""A check as the probes get it, and what a probe gives back. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from monitoring.health.conditions import Condition
from monitoring.health.verdict import Thresholds
from monitoring.health.words import Kind, Origin, Verdict


@dataclass(frozen=True, slots=True)
class Asked:
    """One check, read for probing."""

    id: int
    version: int
    subject: str
    environment: str
    kind: Kind
    origin: Origin
    target: str
    options: Mapping[str, Any]
    conditions: tuple[Condition, ...]
    interval_s: int
    deadline_s: float
    lease_ms: int
    limits: Thresholds
    degraded_ms: int
    failing_ms: int
    mistake: str = ""  # why it cannot be asked, when what was saved cannot be read


@dataclass(frozen=True, slots=True)
class Running:
    """Which version a service says that it is."""

    commit: str = ""
    version: str = ""
    built_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """The result of one probe.

    `reason` is for people and tells nothing of the inside; `evidence` is for whoever may see the
    check: phases, address, status, the beginning of the answer. `is_network` says that the failure may
    as well be the worker's own network.
    """

    verdict: Verdict
    latency_ms: float | None = None
    reason: str = ""
    evidence: Mapping[str, Any] = field(default_factory=dict)
    certificate_expires_at: datetime | None = None
    running: Running | None = None
    is_network: bool = False
