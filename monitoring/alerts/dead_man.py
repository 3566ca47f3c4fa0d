"""Calls an address of somebody else's every minute: when the calls stop, they sound the alarm."""

import asyncio
from datetime import datetime, timedelta

from django.conf import settings

from monitoring.alerts.models import EvaluationMark
from prism.core.outbound import Request, fetch, webhook_policy
from prism.core.outcome import Answer

ALIVE_WITHIN = timedelta(minutes=1)
DEADLINE_S = 10.0


class DeadManNotCalled(Exception):
    """Nobody was told that the console lives; the message says why, and names no address."""


def call_dead_man(now: datetime) -> None:
    """Call it, when there is one and the rules were really evaluated in the last minute.

    Raises DeadManNotCalled, which the schedule of the step keeps for people to see.
    """
    url = settings.PRISM_DEADMAN_URL
    if not url:
        return
    mark = EvaluationMark.objects.first()
    if mark is None or mark.evaluated_at is None or now - mark.evaluated_at > ALIVE_WITHIN:
        raise DeadManNotCalled("the rules are not evaluated")
    outcome = asyncio.run(fetch(Request(url, deadline_s=DEADLINE_S), webhook_policy()))
    if not isinstance(outcome, Answer):
        raise DeadManNotCalled(outcome.reason.value)
    if not 200 <= outcome.status < 300:
        raise DeadManNotCalled(f"status {outcome.status}")
