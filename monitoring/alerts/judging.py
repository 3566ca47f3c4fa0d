"""Judges one rule against what it measures: opens incidents, brings them back, resolves them."""

from datetime import timedelta

from monitoring.alerts.columns import Sample
from monitoring.alerts.models import Incident, Rule, RuleWatch
from monitoring.alerts.round import Round
from monitoring.alerts.rule_kinds import span
from monitoring.alerts.watching import OK, Threshold, Turn, Watch, advance
from monitoring.alerts.words import EntryKind, Phase

COMES_BACK_WITHIN = timedelta(minutes=10)
# an incident that came back is over after it was well for long, the longer the more often it came back
FLAPPING_CLEAR_S, LONGEST_CLEAR_S = 300, 1800
GONE = Sample(0.0, "not watched any more")
MOST_NEW = 1_000  # in one round; what is beyond comes with the next
MOST_PARTS_CHARACTERS = 200


def judge_rule(rule: Rule, round_: Round) -> None:
    """Judge every service; only those that begin to be bad, or were, cost anything."""
    column = round_.facts.column(rule)
    threshold = rule.threshold
    round_.subjects = max(round_.subjects, len(column.samples))
    if rule.service:
        bad = [rule.service] if rule.service in column.samples else []
    else:
        bad = list(column.bad(threshold))
    for subject in {*bad, *round_.watched.get(rule.pk, ())}:
        is_meant = rule.service in ("", subject)
        sample = column.samples.get(subject, GONE) if is_meant else GONE
        _judge(rule, threshold, subject, sample, round_)


def close_what_nobody_watches(round_: Round) -> None:
    """Resolve what belongs to a rule that was switched off or deleted, and forget what it knew."""
    enabled = {rule.pk for rule in round_.rules}
    for incident in round_.incidents:
        if incident.is_open and incident.rule_id not in enabled:
            _resolve(incident, "its rule is off", round_)
    for row in round_.watches:
        if row.rule_id not in enabled:
            off = RuleWatch(rule_id=row.rule_id, subject=row.subject, phase=Phase.OK)
            round_.changed_watches.append(off)


def _judge(rule: Rule, threshold: Threshold, subject: str, sample: Sample, round_: Round) -> None:
    key = rule.pk, subject
    row = round_.watch_of.get(key)
    watch = Watch(Phase(row.phase), row.since) if row else OK
    parts = row.parts if row else ""
    value = sample.known_value(frozenset(parts.split(",")))
    is_bad = None if value is None else threshold.is_bad(value, was_bad=watch.was_bad)
    if sample is GONE:
        is_bad = False  # on whichever side of its limit the rule finds values bad
    incident = round_.open_of.get(key)
    clear_s = 0.0 if sample is GONE else _clear_s(rule, incident)
    after, turn = advance(
        watch, is_bad, now=round_.now, idle=round_.idle, for_s=rule.for_s, clear_s=clear_s
    )
    if turn is Turn.OPENED and len(round_.opened) >= MOST_NEW:
        return
    if is_bad:
        round_.bad[key] = sample
        parts = ",".join(sorted(sample.where))
    if after == OK or len(parts) > MOST_PARTS_CHARACTERS:
        parts = ""
    if after != watch or (row and row.parts != parts):
        round_.changed_watches.append(
            RuleWatch(rule=rule, subject=subject, phase=after.phase, since=after.since, parts=parts)
        )
    if turn is Turn.OPENED:
        _open(rule, subject, sample, round_)
    elif turn is Turn.CLOSED and incident is not None:
        _resolve(incident, sample.words if sample is GONE else "", round_)
    elif incident is not None and is_bad:
        _follow(incident, sample, round_)


def _clear_s(rule: Rule, incident: Incident | None) -> float:
    if incident is None or not incident.flaps:
        return rule.clear_s
    return max(rule.clear_s, min(FLAPPING_CLEAR_S * incident.flaps, LONGEST_CLEAR_S))


def _open(rule: Rule, subject: str, sample: Sample, round_: Round) -> None:
    """Open an incident, or bring back the one that ended a moment ago."""
    before = round_.latest_of.get((rule.pk, subject))
    if before is not None and before.resolved_at is not None and before.is_by_console:
        _bring_back(before, round_.now - before.resolved_at, sample, round_)
        return
    incident = Incident(
        rule=rule,
        rule_name=rule.name,
        kind=rule.kind,
        subject=subject,
        environments=", ".join(sample.environments)[:300],
        severity=rule.severity,
        reason=sample.words[:500],
        opened_at=round_.now,
    )
    round_.opened.append(incident)


def _bring_back(incident: Incident, away: timedelta, sample: Sample, round_: Round) -> None:
    incident.resolved_at, incident.resolution, incident.cause = None, "", None
    incident.flaps += 1
    clear = span(min(FLAPPING_CLEAR_S * incident.flaps, LONGEST_CLEAR_S))
    text = f"came back after {span(away.total_seconds())}; it is over when it was well for {clear}"
    round_.note(incident, EntryKind.REOPENED, text)
    _follow(incident, sample, round_)
    round_.change(incident)
    round_.reopened.append(incident)


def _follow(incident: Incident, sample: Sample, round_: Round) -> None:
    """Add environments that it spreads to; figures that only wobble are not written again."""
    known = set(filter(None, incident.environments.split(", ")))
    environments = ", ".join(sorted(known | set(sample.environments)))[:300]
    if environments != incident.environments:
        incident.environments = environments
        round_.change(incident)


def _resolve(incident: Incident, resolution: str, round_: Round) -> None:
    incident.resolved_at = max(round_.now, incident.opened_at)
    incident.resolution = resolution
    incident.is_by_console = True
    round_.change(incident)
    round_.resolved.append(incident)
