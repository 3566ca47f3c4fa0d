"""What the inspector's user may do on an instance, beside the least that it needs."""

from dataclasses import dataclass
from datetime import datetime

from monitoring.redis_inspect.acl import Product, rule_for, writer_rule
from monitoring.redis_inspect.capabilities import Capabilities, probe
from monitoring.redis_inspect.declared import namespaces_in_force
from monitoring.redis_inspect.instances import NoAddress
from monitoring.redis_inspect.models import RedisInstance
from monitoring.redis_inspect.own_lookups import count_lookups
from monitoring.redis_inspect.topology import topology_of
from prism.core.redis import RedisError
from services.catalog.names import Sensitivity, TtlPolicy


@dataclass(frozen=True, slots=True)
class Permissions:
    """The rule for an instance and how its user compares; without `found`, `error` says why."""

    instance: RedisInstance
    product: Product
    rule: str
    writer: str
    found: Capabilities | None
    error: str = ""


def load_permissions(instance: RedisInstance, *, now: datetime) -> Permissions:
    """Ask the first server of an instance; the others of a cluster have users of the same name."""
    patterns = value_patterns()
    try:
        found = probe(topology_of(instance).nodes[0].client())
    except (NoAddress, RedisError, ValueError) as error:
        product = Product("Redis", (7, 0))
        rule = rule_for(product, value_patterns=patterns, with_scripts=True)
        return Permissions(instance, product, rule, writer_rule(patterns), None, str(error))
    count_lookups(instance, hits=0, misses=found.misses, now=now)
    rule = rule_for(found.product, value_patterns=patterns, with_scripts=True)
    return Permissions(instance, found.product, rule, writer_rule(patterns), found)


def value_patterns() -> list[str]:
    """List the namespaces whose values may be looked at. One query."""
    return [
        one.pattern
        for one in namespaces_in_force()
        if one.sensitivity != Sensitivity.SECRET and one.ttl_policy != TtlPolicy.CHANNEL_ONLY
    ]
