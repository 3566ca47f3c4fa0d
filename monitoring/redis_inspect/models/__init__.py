"""The tables of the inspector."""

from monitoring.redis_inspect.models.instances import OWN, RedisInstance
from monitoring.redis_inspect.models.removals import (
    RedisRemoval,
    RemovalChoice,
    RemovalKind,
    RemovalStatus,
)
from monitoring.redis_inspect.models.samples import OwnLookups, RedisHour, RedisSample
from monitoring.redis_inspect.models.scans import (
    RedisScan,
    ScanKind,
    ScannedNamespace,
    ScanStatus,
)

__all__ = [
    "OWN",
    "OwnLookups",
    "RedisHour",
    "RedisInstance",
    "RedisRemoval",
    "RedisSample",
    "RedisScan",
    "RemovalChoice",
    "RemovalKind",
    "RemovalStatus",
    "ScanKind",
    "ScanStatus",
    "ScannedNamespace",
]
