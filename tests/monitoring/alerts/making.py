"""Makers of rules, incidents and checks in a state, for the tests of alerts."""

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

from monitoring.alerts.models import Channel, Incident, Rule
from monitoring.health.actions import schedule_checks
from monitoring.health.models import Check, CheckState
from tests.monitoring.health.making import make_check

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
S, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
_numbers = itertools.count(1)


def make_rule(**over: Any) -> Rule:
    """Make a rule on services that are down, which fires and is over at once."""
    values = {"name": f"rule-{next(_numbers)}", "kind": "down", "severity": "critical"}
    return Rule.objects.create(**{**values, "for_s": 0, "clear_s": 0, **over})


def make_channel(**over: Any) -> Channel:
    """Make a webhook."""
    values = {"name": f"channel-{next(_numbers)}", "kind": "webhook"}
    return Channel.objects.create(**{**values, "url_variable": "PRISM_CHANNEL_TEST", **over})


def make_incident(rule: Rule, **over: Any) -> Incident:
    """Make an open incident of a rule on the shop."""
    values = {"rule": rule, "rule_name": rule.name, "kind": rule.kind, "severity": rule.severity}
    values = {**values, "subject": "shop", "environments": "prod", "opened_at": NOON}
    return Incident.objects.create(**{**values, **over})


def make_watched(subject: str = "shop", verdict: str = "up", **over: Any) -> Check:
    """Make a check of a service that was found to be so, asked at any time the rules may look."""
    check = make_check(subject=subject)
    schedule_checks([check], now_ms=0)
    set_verdict(subject, verdict, **over)
    return check


def set_verdict(subject: str, verdict: str, **over: Any) -> None:
    """Write what a worker would have written of all checks of a service."""
    later = NOON + timedelta(days=1)
    values = {"verdict": verdict, "last_found": verdict, "last_at": later, **over}
    CheckState.objects.filter(check_row__subject=subject).update(**values)
