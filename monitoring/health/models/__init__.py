"""The tables of health, by what they hold."""

from monitoring.health.models.check import Check
from monitoring.health.models.deployment import Deployment
from monitoring.health.models.history import DailyRollup, HourlyRollup, Reading, Rollup, Transition
from monitoring.health.models.state import CheckState, SyncMark

__all__ = [
    "Check",
    "CheckState",
    "DailyRollup",
    "Deployment",
    "HourlyRollup",
    "Reading",
    "Rollup",
    "SyncMark",
    "Transition",
]
