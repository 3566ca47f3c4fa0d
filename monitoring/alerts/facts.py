"""Reads what the rules are judged by: each source with one query, and only when a rule asks for it."""

import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from django.conf import settings
from django.db.models import F, FloatField, OuterRef, Subquery, Sum
from django.db.models.functions import Cast, NullIf

from monitoring.alerts.check_columns import CheckFacts, check_column
from monitoring.alerts.columns import Column
from monitoring.alerts.console_columns import ConsoleFacts, console_column
from monitoring.alerts.event_columns import RecentEvents
from monitoring.alerts.models import EvaluationMark, Rule
from monitoring.alerts.redis_columns import LEAST_LOOKUPS, RedisFacts, redis_column
from monitoring.alerts.rule_kinds import CHECK_KINDS, CONSOLE_KINDS, REDIS_KINDS
from monitoring.alerts.words import Kind
from monitoring.events.filters import SEVERITIES, severities_from
from monitoring.events.models import BridgeLease, Event
from monitoring.health.models import Check
from monitoring.health.own import REDIS, SERVICES
from monitoring.redis_inspect.models import RedisHour, RedisInstance, RedisSample, RedisScan
from monitoring.redis_inspect.models.scans import ScanKind, ScanStatus
from monitoring.worker_models import WorkerHeartbeat
from prism.core.audit_entry import AuditEntry

NEWEST_EVENTS = 5_000  # a rate above this is the same alarm
COUNTED_OVER = timedelta(minutes=5)
USUAL_HITS_OVER = timedelta(days=1)
SAMPLE_IS_OLD_AFTER = timedelta(minutes=2)
OWN_EVENTS = "incident."  # what we publish ourselves must not set off a rule


@dataclass
class Facts:
    """Everything that rules may be judged by, as it is at `now`.

    `severities` are those of events that a rule asks for; the others are not even read.
    """

    now: datetime
    mark: EvaluationMark
    severities: frozenset[str] = frozenset(SEVERITIES)
    _columns: dict[tuple[Any, ...], Column] = field(default_factory=dict)

    def column(self, rule: Rule) -> Column:
        """Give what the rule measures; rules of the same kind and place share it."""
        kind = Kind(rule.kind)
        key: tuple[Any, ...] = (kind, rule.environment)
        if kind is Kind.EVENTS:
            key = (kind, rule.event_type, rule.event_severity, rule.window_s)
        if key not in self._columns:
            self._columns[key] = self._measure(kind, rule)
        return self._columns[key]

    def _measure(self, kind: Kind, rule: Rule) -> Column:
        if kind in CHECK_KINDS:
            return check_column(kind, self.checks, environment=rule.environment, now=self.now)
        if kind in REDIS_KINDS:
            return redis_column(kind, self.servers)
        if kind in CONSOLE_KINDS:
            return console_column(kind, self.console, self.now)
        return self.events.column(rule.event_type, rule.event_severity, rule.window_s, self.now)

    @cached_property
    def checks(self) -> Sequence[CheckFacts]:
        """Give the checks that are asked. One query."""
        rows = Check.objects.current().filter(is_paused=False, state__isnull=False)
        return [
            CheckFacts(*row)
            for row in rows.order_by("pk").values_list(
                *("pk", "subject", "environment", "kind", "state__verdict", "state__is_flapping"),
                *("state__reason", "state__last_at", "interval_s", "state__due_ms"),
                *("state__certificate_expires_at", "state__maintenance_until", "state__step"),
            )
        ]

    @cached_property
    def servers(self) -> Sequence[RedisFacts]:
        """Give the last look at each Redis. One query."""
        return load_servers(self.now)

    @cached_property
    def events(self) -> RecentEvents:
        """Give the newest events. One query."""
        rows = Event.objects.filter(severity__in=self.severities)
        rows = rows.filter(received_at__gt=self.now - timedelta(days=1))
        rows = rows.exclude(type__startswith=OWN_EVENTS).order_by("-seq")
        fields = ("service", "type", "severity", "received_at")
        return RecentEvents(rows.values_list(*fields)[:NEWEST_EVENTS])

    @cached_property
    def console(self) -> ConsoleFacts:
        """Give how the console itself does; the mark was read with it."""
        usage = shutil.disk_usage(settings.PRISM_VAR_DIR)
        audited = getattr(self.mark, "audited", None)
        return ConsoleFacts(
            worker_beat_at=getattr(self.mark, "worker_beat_at", None),
            bridge_heard_at=getattr(self.mark, "bridge_heard_at", None),
            disk_free_percent=100 * usage.free / usage.total,
            is_trail_whole=None if audited is None else audited == "audit.verified",
        )


def severities_of(rules: Iterable[Rule]) -> frozenset[str]:
    """Give the severities of events that any of the rules counts."""
    least = {rule.event_severity for rule in rules if rule.kind == Kind.EVENTS}
    return frozenset(
        one for word in least for one in (severities_from(word) if word else SEVERITIES)
    )


def read_mark(*, lock: bool = False) -> EvaluationMark:
    """Give the mark, with what the console's own tables say. One query; made when it is missing."""
    beats = WorkerHeartbeat.objects.order_by("-beat_at").values("beat_at")[:1]
    heard = BridgeLease.objects.order_by("pk").values("listening_until")[:1]
    audits = AuditEntry.objects.filter(action__in=("audit.verified", "audit.broken"))
    rows = EvaluationMark.objects.annotate(
        worker_beat_at=Subquery(beats),
        bridge_heard_at=Subquery(heard),
        audited=Subquery(audits.order_by("-number").values("action")[:1]),
    )
    asked = (rows.select_for_update() if lock else rows).filter(pk=EvaluationMark.SINGLETON_ID)
    if (found := asked.first()) is not None:
        return found
    EvaluationMark.objects.get_or_create(pk=EvaluationMark.SINGLETON_ID)
    return asked.get()


def load_servers(now: datetime) -> list[RedisFacts]:
    """Read the last look at each instance, with what its counters were and what its hits usually are."""
    mine = {"instance": OuterRef("instance")}
    before = (
        RedisSample.objects.filter(
            **mine, run_id=OuterRef("run_id"), at__gte=now - COUNTED_OVER,
            rejected_connections__isnull=False,
        )
        .order_by("at")
        .values("rejected_connections")[:1]
    )  # fmt: skip
    lookups = (
        RedisSample.objects.filter(
            **mine, run_id=OuterRef("run_id"), at__gte=now - COUNTED_OVER, hits__isnull=False
        )
        .order_by("at")
        .values(lookups=F("hits") + F("misses"))[:1]
    )
    usual = (
        RedisHour.objects.filter(**mine, start__gt=now - USUAL_HITS_OVER)
        .order_by()
        .values("instance")
        .annotate(
            share=Cast(Sum("hits"), FloatField()) * 100 / NullIf(Sum("hits") + Sum("misses"), 0)
        )
        .filter(share__isnull=False)
        .values("share")
    )
    whole = RedisScan.objects.filter(**mine, kind=ScanKind.FULL, status=ScanStatus.FINISHED)
    broken = whole.order_by("-pk").values("violations")[:1]
    rows = RedisSample.objects.latest_of_each().select_related("instance__service")
    return [
        _server(sample, now)
        for sample in rows.annotate(
            rejected_before=Subquery(before),
            lookups_before=Subquery(lookups),
            usual=Subquery(usual),
            broken=Subquery(broken),
        )
    ]


def subject_of(instance: RedisInstance) -> str:
    """Name the service that an instance belongs to; the console's own is the one that health asks."""
    if instance.is_own:
        return SERVICES[REDIS]
    return instance.service.name if instance.service else instance.name


def _server(sample: Any, now: datetime) -> RedisFacts:
    instance = sample.instance
    is_old = now - sample.at > SAMPLE_IS_OLD_AFTER
    rejected = None
    if sample.rejected_connections is not None and sample.rejected_before is not None:
        rejected = float(sample.rejected_connections - sample.rejected_before)
    return RedisFacts(
        subject=subject_of(instance),
        environment=instance.environment,
        is_stale=is_old,
        is_connected=sample.connection_ok,
        used_memory_bytes=sample.used_memory_bytes,
        maxmemory_bytes=sample.maxmemory_bytes,
        policy=sample.maxmemory_policy,
        evicted_per_s=sample.evicted_per_s,
        hit_percent=_hit_percent(sample),
        usual_hit_percent=sample.usual,
        latency_ms=sample.latency_ms,
        rejected=rejected,
        is_persistent=sample.persistence_ok,
        is_replicating=sample.replication_ok,
        violations=sample.broken,
        error=sample.error,
    )


def _hit_percent(sample: Any) -> float | None:
    """Give the hit rate, None while too few lookups say nothing about it."""
    known = (sample.hit_rate, sample.hits, sample.misses, sample.lookups_before)
    if any(value is None for value in known):
        return None
    lookups = sample.hits + sample.misses - sample.lookups_before
    return float(sample.hit_rate * 100) if lookups >= LEAST_LOOKUPS else None
