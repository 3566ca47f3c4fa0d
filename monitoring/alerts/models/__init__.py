"""The tables of alerts, by what they hold."""

from monitoring.alerts.models.channel import Channel, Delivery, Notification, NotificationItem
from monitoring.alerts.models.incident import Incident, IncidentEntry
from monitoring.alerts.models.quiet import MaintenanceWindow, Silence
from monitoring.alerts.models.rule import EvaluationMark, Rule, RuleWatch

__all__ = [
    "Channel",
    "Delivery",
    "EvaluationMark",
    "Incident",
    "IncidentEntry",
    "MaintenanceWindow",
    "Notification",
    "NotificationItem",
    "Rule",
    "RuleWatch",
    "Silence",
]
