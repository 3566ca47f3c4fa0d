"""Plans deletions and expiries, and carries a plan out once. Off unless PRISM_REDIS_WRITE is on."""

from datetime import datetime, timedelta

from django.db import transaction

from monitoring.redis_inspect.describing import Lookups
from monitoring.redis_inspect.instances import NoAddress
from monitoring.redis_inspect.key_access import KeyAccess
from monitoring.redis_inspect.models import (
    RedisInstance,
    RedisRemoval,
    RemovalChoice,
    RemovalKind,
    RemovalStatus,
)
from monitoring.redis_inspect.own_lookups import count_lookups
from monitoring.redis_inspect.removing import Changed, change_keys, count_keys
from monitoring.redis_inspect.topology import AddressRefused, Topology, topology_of
from monitoring.redis_inspect.write_switch import is_on
from prism.core import audit
from prism.core.access import Actor, authorize
from prism.core.redis import RedisError

GOOD_FOR = timedelta(minutes=15)
LEAST_TTL_S, MOST_TTL_S = 1, 366 * 24 * 3600
LEAST_REASON, REASON_CHARACTERS = 5, 300


class RemovalRefused(Exception):
    """It is not done; the message says why, for people."""


def plan_removal(
    *,
    actor: Actor,
    actor_name: str,
    instance: RedisInstance,
    access: KeyAccess,
    pattern: str,
    kind: str,
    choice: str,
    ttl_s: int | None,
    reason: str,
    now: datetime,
) -> RedisRemoval:
    """Count what would be touched and keep that as a plan; touches nothing. Audited.

    Raises AccessDenied, RemovalRefused, NoAddress and RedisError.
    """
    _guard(actor, instance)
    namespace = next((one for one in access.namespaces if one.pattern == pattern), None)
    if namespace is None:
        raise RemovalRefused("only a declared namespace can be emptied")
    if not namespace.prefix:
        raise RemovalRefused("this pattern begins with a wildcard and could match everything")
    if kind not in RemovalKind.values or choice not in RemovalChoice.values:
        raise RemovalRefused("choose what to do, and with which keys")
    if kind == RemovalKind.EXPIRE and not (ttl_s and LEAST_TTL_S <= ttl_s <= MOST_TTL_S):
        raise RemovalRefused("say after how many seconds the keys expire, up to a year")
    reason = " ".join(reason.replace("\x00", "").split())[:REASON_CHARACTERS]
    if len(reason) < LEAST_REASON:
        raise RemovalRefused("say why in a few words: it goes into the audit trail")
    lookups = Lookups()
    counted = count_keys(_writable(instance).nodes, access, pattern, choice, lookups)
    count_lookups(instance, hits=lookups.hits, misses=lookups.misses, now=now)
    with transaction.atomic():
        plan = RedisRemoval.objects.create(
            instance=instance,
            kind=kind,
            choice=choice,
            pattern=pattern,
            ttl_s=ttl_s if kind == RemovalKind.EXPIRE else None,
            reason=reason,
            planned_by=actor_name,
            planned_at=now,
            planned_keys=counted.keys,
            planned_bytes=counted.size_bytes,
            seen_keys=counted.seen,
            is_whole=counted.is_whole,
        )
        _record("redis.removal_planned", actor, plan, keys=counted.keys, reason=reason)
    return plan


def carry_out(
    *, actor: Actor, plan: RedisRemoval, access: KeyAccess, typed: str, now: datetime
) -> RedisRemoval:
    """Do what was planned, once, when the name of the namespace was typed. Audited before and after.

    Every key is looked at again just before; never more keys than planned. Raises AccessDenied and
    RemovalRefused; what Redis causes is in the plan's `error`.
    """
    _guard(actor, plan.instance)
    if typed != plan.pattern:
        raise RemovalRefused(f"type the name of the namespace to go on: {plan.pattern}")
    if now - plan.planned_at > GOOD_FOR:
        raise RemovalRefused("this plan is older than 15 minutes: plan again")
    mine = RedisRemoval.objects.filter(pk=plan.pk, status=RemovalStatus.PLANNED)
    with transaction.atomic():
        if not mine.update(status=RemovalStatus.RUNNING):
            raise RemovalRefused("this plan was carried out already")
        _record("redis.removal_started", actor, plan, keys=plan.planned_keys, reason=plan.reason)
    changed, error = Changed(), ""
    try:
        change_keys(
            _writable(plan.instance).nodes,
            access,
            plan.pattern,
            plan.choice,
            most=plan.planned_keys,
            ttl_s=plan.ttl_s,
            changed=changed,
        )
    except (NoAddress, AddressRefused, RedisError, RemovalRefused) as problem:
        error = str(problem)[:300]
    if not error and not changed.is_whole:
        error = "the time for one plan was over: plan again for the rest"
    with transaction.atomic():
        plan.status = RemovalStatus.FAILED if error else RemovalStatus.DONE
        plan.changed_keys = changed.keys
        plan.skipped_keys = 0 if error else plan.planned_keys - changed.keys
        plan.finished_at, plan.error = now, error
        plan.save()
        _record(
            "redis.removal_done",
            actor,
            plan,
            keys=changed.keys,
            skipped=plan.skipped_keys,
            error=error,
        )
    count_lookups(plan.instance, hits=changed.looked_at, misses=0, now=now)
    return plan


def _guard(actor: Actor, instance: RedisInstance) -> None:
    authorize(actor, "redis.write", instance.name)
    if not is_on():
        raise RemovalRefused("changing keys is off: PRISM_REDIS_WRITE is not set")


def _writable(instance: RedisInstance) -> Topology:
    """Find the servers to write to; a replica takes no writes and is refused."""
    topology = topology_of(instance, to_write=True)
    for node in topology.nodes:
        if node.client().info("replication").get("role") == "slave":
            raise RemovalRefused(f"{node.address} is a replica: give the address of its primary")
    return topology


def _record(action: str, actor: Actor, plan: RedisRemoval, **details: object) -> None:
    audit.record(
        action,
        actor=actor,
        target=plan.instance.name,
        details={
            "plan": plan.pk,
            "kind": plan.kind,
            "choice": plan.choice,
            "namespace": plan.pattern,
            "ttl_s": plan.ttl_s,
            **details,
        },
    )
