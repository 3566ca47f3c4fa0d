"""What people do with single keys: reveal a value. Audited, without the value and without the name."""

from dataclasses import dataclass
from datetime import datetime

from monitoring.redis_inspect.describing import Described, Lookups, describe_more
from monitoring.redis_inspect.key_access import Access, KeyAccess
from monitoring.redis_inspect.models import RedisInstance
from monitoring.redis_inspect.own_lookups import count_lookups
from monitoring.redis_inspect.topology import Node
from monitoring.redis_inspect.values import ValuePage, read_value
from prism.core import audit
from prism.core.access import Actor, authorize
from prism.core.redis import NoPermissionError, RedisError

REASON_CHARACTERS = 300
LEAST_REASON = 5
PLACE_CHARACTERS = 50


class ValueIsSecret(Exception):
    """The value of this key is never shown to anybody."""


class NoReason(Exception):
    """Nobody looks at a value without saying why."""


@dataclass(frozen=True, slots=True)
class Revealed:
    """A page of a value, or in `why_not` the reason for which there is none."""

    page: ValuePage | None
    why_not: str = ""


def look_at_key(instance: RedisInstance, node: Node, key: bytes, *, now: datetime) -> Described:
    """Describe one key without its value; what that costs is counted. Raises RedisError."""
    lookups = Lookups()
    described = describe_more(node.client(), key, lookups)
    count_lookups(instance, hits=lookups.hits, misses=lookups.misses, now=now)
    return described


def reveal_value(
    *,
    actor: Actor,
    instance: RedisInstance,
    node: Node,
    key: bytes,
    access: KeyAccess,
    reason: str,
    place: str,
    now: datetime,
) -> tuple[Described, Revealed]:
    """Read a page of a value for a person who may and says why; the trail gets who, which key and why.

    Raises AccessDenied, NoReason, ValueIsSecret and RedisError. A reveal that the trail cannot hold does
    not happen.
    """
    authorize(actor, "redis.read_value", instance.name)
    reason = " ".join(reason.split())[:REASON_CHARACTERS]
    if len(reason) < LEAST_REASON:
        raise NoReason
    seen = access.to(key)
    if seen.value_is_secret:
        _record(actor, instance, key, access, seen, reason, outcome="refused: secret")
        raise ValueIsSecret
    lookups = Lookups()
    described = describe_more(node.client(), key, lookups)
    revealed = Revealed(None, "the key is gone")
    if not described.is_gone:
        revealed = _read(node, key, described, place, lookups)
    shown = revealed.page.shown_bytes if revealed.page else 0
    outcome = revealed.why_not or "shown"
    _record(
        actor,
        instance,
        key,
        access,
        seen,
        reason,
        outcome=outcome,
        place=place[:PLACE_CHARACTERS],
        shown_bytes=shown,
    )
    count_lookups(instance, hits=lookups.hits, misses=lookups.misses, now=now)
    return described, revealed


def _read(node: Node, key: bytes, described: Described, place: str, lookups: Lookups) -> Revealed:
    try:
        return Revealed(read_value(node.client(), key, described, place, lookups))
    except NoPermissionError:
        return Revealed(None, "not permitted")
    except RedisError as error:
        return Revealed(None, f"it could not be read: {error}")


def _record(
    actor: Actor,
    instance: RedisInstance,
    key: bytes,
    access: KeyAccess,
    seen: Access,
    reason: str,
    **more: object,
) -> None:
    details = {
        "key": access.fingerprint(key),
        "namespace": seen.namespace,
        "reason": reason,
        **more,
    }
    audit.record("redis.value_revealed", actor=actor, target=instance.name, details=details)
