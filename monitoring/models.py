"""An index of the monitoring models, by room."""

from monitoring.alerts.models import (
    Channel,
    Delivery,
    EvaluationMark,
    Incident,
    IncidentEntry,
    MaintenanceWindow,
    Notification,
    NotificationItem,
    Rule,
    RuleWatch,
    Silence,
)
from monitoring.events.models import (
    BridgeLease,
    BusGap,
    Event,
    QuarantinedMessage,
    StreamHead,
)
from monitoring.health.models import (
    Check,
    CheckState,
    DailyRollup,
    Deployment,
    HourlyRollup,
    Reading,
    SyncMark,
    Transition,
)
from monitoring.redis_inspect.models import (
    OwnLookups,
    RedisHour,
    RedisInstance,
    RedisSample,
)
from monitoring.worker_models import StepSchedule, WorkerHeartbeat

__all__ = [
    "BridgeLease",
    "BusGap",
    "Channel",
    "Check",
    "CheckState",
    "DailyRollup",
    "Delivery",
    "Deployment",
    "EvaluationMark",
    "Event",
    "HourlyRollup",
    "Incident",
    "IncidentEntry",
    "MaintenanceWindow",
    "Notification",
    "NotificationItem",
    "OwnLookups",
    "QuarantinedMessage",
    "Reading",
    "RedisHour",
    "RedisInstance",
    "RedisSample",
    "Rule",
    "RuleWatch",
    "Silence",
    "StepSchedule",
    "StreamHead",
    "SyncMark",
    "Transition",
    "WorkerHeartbeat",
]
