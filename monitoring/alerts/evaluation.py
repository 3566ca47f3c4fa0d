"""Evaluates every rule against every service in a constant number of statements, and writes what turned."""

import time
from datetime import datetime

from django.db import transaction

from monitoring.alerts.blame import blame
from monitoring.alerts.facts import Facts, read_mark, severities_of
from monitoring.alerts.judging import COMES_BACK_WITHIN, close_what_nobody_watches, judge_rule
from monitoring.alerts.models import EvaluationMark, Incident, IncidentEntry, Rule, RuleWatch
from monitoring.alerts.round import Round
from monitoring.alerts.rows import insert, upsert
from monitoring.alerts.telling import decide, queue
from monitoring.alerts.watching import NO_TIME
from monitoring.alerts.words import Phase

_INCIDENT_FIELDS = (
    "environments", "reason", "resolved_at", "resolution", "flaps", "told_at", "held_because",
    "is_by_console", "cause", "deployment",
)  # fmt: skip


def evaluate_rules(now: datetime) -> Round:
    """Evaluate all rules once, in one transaction: the incidents and what is to be told, or neither.

    1. Take the mark: one evaluation at a time, and how long the last one is ago.
    2. Read rules, what they watch, open incidents, and the facts that the rules need.
    3. Advance every pair of a rule and a service that is bad or was.
    4. Open, bring back and resolve incidents; find whose doing they are.
    5. Queue what is to be told.
    """
    started = time.perf_counter()
    with transaction.atomic():
        mark = read_mark(lock=True)
        rules = list(Rule.objects.enabled())
        round_ = Round(
            now=now,
            idle=max(now - mark.evaluated_at, NO_TIME) if mark.evaluated_at else NO_TIME,
            facts=Facts(now, mark, severities_of(rules)),
            rules=rules,
            watches=list(RuleWatch.objects.exclude(phase=Phase.OK)),
            # locked, so that what somebody resolves meanwhile is not written over
            incidents=list(
                Incident.objects.to_weigh(now - COMES_BACK_WITHIN).select_for_update(of=("self",))
            ),
        )
        for rule in round_.rules:
            judge_rule(rule, round_)
        close_what_nobody_watches(round_)
        blame(round_)
        decide(round_)
        _write(round_)
        mark.evaluated_at, mark.rules, mark.subjects = now, len(round_.rules), round_.subjects
        mark.took_ms = round((time.perf_counter() - started) * 1000, 1)
        names = ["evaluated_at", "rules", "subjects", "took_ms"]
        upsert(EvaluationMark, [mark], by=["id"], names=names)
    return round_


def _write(round_: Round) -> None:
    """Write in an order in which every row finds the key of what it points to."""
    names = ["phase", "since", "parts"]
    upsert(RuleWatch, round_.changed_watches, by=["rule_id", "subject"], names=names)
    changed = round_.dirty
    written = (*round_.opened, *changed)
    causes = [(one, one.cause) for one in written if one.cause_id is None and one.cause is not None]
    for incident, _ in causes:
        incident.cause = None  # it may be as new, and without a key
    insert(Incident, round_.opened)
    for incident, cause in causes:
        incident.cause = cause
    new, caused = {id(one) for one in round_.opened}, {id(one) for one, _ in causes}
    again = [one for one in changed if id(one) not in new or id(one) in caused]
    upsert(Incident, again, by=["id"], names=_INCIDENT_FIELDS)
    for entry in round_.entries:
        entry.incident_id = entry.incident.pk
    insert(IncidentEntry, round_.entries)
    queue(round_.notices, round_.now)
