"""An index of the monitoring models, by room."""

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
    "Check",
    "CheckState",
    "DailyRollup",
    "Deployment",
    "Event",
    "HourlyRollup",
    "OwnLookups",
    "QuarantinedMessage",
    "Reading",
    "RedisHour",
    "RedisInstance",
    "RedisSample",
    "StepSchedule",
    "StreamHead",
    "SyncMark",
    "Transition",
    "WorkerHeartbeat",
]
