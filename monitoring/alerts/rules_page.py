"""What the page of rules shows: each with what it measures now, and how often it would have fired."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from django.db.models import Count

from monitoring.alerts import history
from monitoring.alerts.facts import (
    OWN_EVENTS,
    Facts,
    read_mark,
    severities_of,
    subject_of,
)
from monitoring.alerts.history import Changed, Limits, RedisHourFacts, Series
from monitoring.alerts.models import EvaluationMark, Incident, Rule
from monitoring.alerts.rule_kinds import KINDS, REDIS_KINDS, number
from monitoring.alerts.words import Kind
from monitoring.events.filters import severities_from
from monitoring.events.models import Event
from monitoring.health.models import Transition
from monitoring.redis_inspect.models import RedisHour

LOOKED_BACK = timedelta(days=7)
MOST_ROWS = 20_000
RULES_SHOWN = 200
TRIED_EVERY_S = 60
# of these nothing is kept that a rule could be tried on: what they really did stands instead
_WITHOUT_HISTORY = {
    Kind.FLAPPING, Kind.SILENT, Kind.REDIS_REJECTED, Kind.REDIS_PERSISTENCE, Kind.REDIS_REPLICATION,
    Kind.REDIS_VIOLATIONS, Kind.WORKER, Kind.BRIDGE, Kind.SCHEDULE, Kind.DISK, Kind.AUDIT,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class RuleRow:
    """One rule as it is shown."""

    rule: Rule
    kind_title: str
    now_words: str
    now_subject: str
    is_bad: bool
    history_words: str
    newest: str
    open_incidents: int


@dataclass(frozen=True, slots=True)
class Tried:
    """How often a rule would have fired; `is_cut` when there was more than could be read."""

    count: int
    newest: str
    is_cut: bool


tried_rules: dict[tuple[Any, ...], Tried | None] = {}


@dataclass(frozen=True, slots=True)
class RulesPage:
    """The whole page."""

    rows: Sequence[RuleRow]
    mark: EvaluationMark


class Past:
    """What is stored of the last days, each source read when a rule asks for it."""

    def __init__(self, now: datetime, facts: Facts) -> None:
        self.now, self.start, self.facts = now, now - LOOKED_BACK, facts

    @cached_property
    def changes(self) -> list[Changed]:
        """Give the changed verdicts, oldest first. One query."""
        rows = Transition.objects.filter(at__gt=self.start, at__lte=self.now, in_maintenance=False)
        fields = ("check_row_id", "at", "before", "after")
        newest = rows.order_by("-at", "-pk").values_list(*fields)[:MOST_ROWS]
        return [Changed(*row) for row in reversed(newest)]

    @cached_property
    def hours(self) -> list[RedisHourFacts]:
        """Give the hours of every Redis, oldest first. One query."""
        rows = RedisHour.objects.filter(start__gt=self.start).select_related("instance__service")
        return [
            RedisHourFacts(
                subject_of(one.instance), one.start, one.samples, one.answered, one.latency_ms,
                one.highest_used_memory_bytes, one.hits, one.misses, one.evicted_keys,
            )
            for one in rows.order_by("start", "pk")[:MOST_ROWS]
        ]  # fmt: skip

    @cached_property
    def events(self) -> list[tuple[str, str, str, datetime]]:
        """Give the newest events. One query."""
        rows = Event.objects.filter(severity__in=self.facts.severities)
        rows = rows.filter(received_at__gt=self.start).exclude(type__startswith=OWN_EVENTS)
        fields = ("service", "type", "severity", "received_at")
        return list(rows.order_by("-seq").values_list(*fields)[:MOST_ROWS])

    def series(self, rule: Rule) -> dict[str, Series] | None:
        """Give what the rule would have measured, None when nothing of it is kept."""
        kind = Kind(rule.kind)
        if kind in _WITHOUT_HISTORY:
            return None
        checks = [
            one for one in self.facts.checks
            if rule.environment in ("", one.environment) and rule.service in ("", one.subject)
        ]  # fmt: skip
        if kind in (Kind.DOWN, Kind.DEGRADED):
            return history.verdict_series(kind.value, checks, self.changes, self.start)
        if kind is Kind.CERTIFICATE:
            return history.certificate_series(checks, self.start, self.now, rule.fire)
        if kind in REDIS_KINDS:
            found = history.redis_series(kind, self.hours, self.facts.servers)
        else:
            wanted = set(severities_from(rule.event_severity)) if rule.event_severity else set()
            begins = rule.event_type.lower()
            arrived = [
                (service, at)
                for service, type_, severity, at in self.events
                if type_.lower().startswith(begins) and (not wanted or severity in wanted)
            ]
            found = history.event_series(arrived, rule.window_s, self.start)
        return {name: one for name, one in found.items() if rule.service in ("", name)}


def load_rules(now: datetime) -> RulesPage:
    """Load every rule with its explanation and its evaluation against real data. Ten queries at most."""
    mark = read_mark()
    rules = list(Rule.objects.for_page()[:RULES_SHOWN])
    facts = Facts(now, mark, severities_of(rules))
    past = Past(now, facts)
    opened = dict(
        Incident.objects.filter(opened_at__gt=past.start).order_by().values_list("rule_id").annotate(n=Count("pk"))
    )  # fmt: skip
    open_now = dict(
        Incident.objects.unresolved().order_by().values_list("rule_id").annotate(n=Count("pk"))
    )
    rows = [_row(rule, facts, past, opened.get(rule.pk, 0), open_now.get(rule.pk, 0)) for rule in rules]  # fmt: skip
    return RulesPage(rows, mark)


def _row(rule: Rule, facts: Facts, past: Past, opened: int, open_now: int) -> RuleRow:
    about = KINDS[Kind(rule.kind)]
    column = facts.column(rule)
    if rule.service:
        sample = column.samples.get(rule.service)
        worst = (rule.service, sample) if sample else None
    else:
        worst = column.worst(is_below=about.is_below)
    subject, words, is_bad = "", "nothing to measure yet", False
    if worst is not None:
        subject, sample = worst
        is_bad = sample.value is not None and rule.threshold.is_bad(sample.value, was_bad=False)
        words = sample.words or _plain(sample.value, about.is_yes_or_no, about.unit)
        if about.is_yes_or_no and not is_bad and not sample.words:
            subject = ""
    history_words, newest = _history(rule, past, opened)
    return RuleRow(rule, about.title, words, subject, is_bad, history_words, newest, open_now)


def _plain(value: float | None, is_yes_or_no: bool, unit: str) -> str:
    if value is None:
        return "not known"
    if is_yes_or_no:
        return "nothing of the kind"
    return f"{number(round(value, 1))} {unit}".strip()


def _history(rule: Rule, past: Past, opened: int) -> tuple[str, str]:
    tried = _try(rule, past)
    if tried is None:
        return f"opened {_times(opened)} last week; what it measures is not kept", ""
    within = "in what is kept of the last week" if tried.is_cut else "last week"
    words = f"have fired {_times(tried.count)}" if tried.count else "not have fired"
    return f"would {words} {within}", tried.newest


def _try(rule: Rule, past: Past) -> Tried | None:
    """Try a rule on what is stored, None when nothing of it is; each process tries a rule once a minute."""
    minute = int(past.now.timestamp()) // TRIED_EVERY_S
    key = (minute, *(getattr(rule, field.attname) for field in Rule._meta.concrete_fields))
    if key not in tried_rules:
        if len(tried_rules) > RULES_SHOWN:
            tried_rules.clear()
        series = past.series(rule)
        tried_rules[key] = None if series is None else _count(rule, past, series)
    return tried_rules[key]


def _count(rule: Rule, past: Past, series: dict[str, Series]) -> Tried:
    limits = Limits(rule.threshold, rule.for_s, rule.clear_s)
    spans = history.fired(series, limits, past.now)
    newest = f"{spans[-1][0]}, {spans[-1][1].opened_at:%Y-%m-%d %H:%M} UTC" if spans else ""
    is_cut = rule.kind == Kind.EVENTS and len(past.events) >= MOST_ROWS
    return Tried(len(spans), newest, is_cut)


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
