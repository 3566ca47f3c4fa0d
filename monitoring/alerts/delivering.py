"""Sends one message to one channel, through the one door to the network, or by e-mail."""

import asyncio
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage

from monitoring.alerts.messages import body_for, headers_for
from monitoring.alerts.models import Channel
from monitoring.alerts.words import ChannelKind
from prism.core.outbound import Request, fetch, webhook_policy
from prism.core.outcome import Answer, Failure, Reason

DEADLINE_S = 10.0
_WORTH_ANOTHER_TRY = (408, 425, 429)
_NEVER_BETTER = (Reason.BLOCKED,)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one attempt. `is_final`: trying again cannot help. `wait_s` is what the other side asked for."""

    is_ok: bool
    words: str
    is_final: bool = False
    wait_s: float = 0.0
    took_ms: float = 0.0


async def deliver(
    channel: Channel, key: str, document: Mapping[str, Any], now: datetime
) -> Outcome:
    """Send it once. Ends within DEADLINE_S and a moment; never raises for what the other side does."""
    kind = ChannelKind(channel.kind)
    if kind is ChannelKind.EMAIL:
        return await asyncio.to_thread(_mail, channel, key, document)
    url = os.environ.get(channel.url_variable, "")
    if not url:
        return Outcome(
            False, f"{channel.url_variable or 'the variable of the address'} is not set here"
        )
    signing_key = os.environ.get(channel.key_variable, "") if channel.key_variable else ""
    if channel.key_variable and not signing_key:
        return Outcome(False, f"{channel.key_variable} is not set here")
    body = body_for(kind, document)
    headers = headers_for(kind, key=key, body=body, signing_key=signing_key, at=now)
    request = Request(url, "POST", headers, body, deadline_s=DEADLINE_S)
    return judge(await fetch(request, webhook_policy()))


def judge(outcome: Answer | Failure) -> Outcome:
    """Say whether it arrived, and whether another try may help. Never shows the address: it is a secret."""
    if isinstance(outcome, Failure):
        is_final = outcome.reason in _NEVER_BETTER
        return Outcome(False, outcome.reason.value, is_final, took_ms=outcome.total_ms)
    if 200 <= outcome.status < 300:
        return Outcome(True, f"status {outcome.status}", took_ms=outcome.total_ms)
    is_final = outcome.status < 500 and outcome.status not in _WORTH_ANOTHER_TRY
    asked = outcome.headers.get("retry-after", "")
    wait_s = float(asked) if asked.isdecimal() and len(asked) < 6 else 0.0
    words = f"status {outcome.status}"
    return Outcome(False, words, is_final, wait_s=wait_s, took_ms=outcome.total_ms)


def _mail(channel: Channel, key: str, document: Mapping[str, Any]) -> Outcome:
    if not settings.PRISM_EMAIL_URL:
        return Outcome(False, "PRISM_EMAIL_URL is not set")
    recipients = [part.strip() for part in channel.recipients.split(",") if part.strip()]
    if not recipients:
        return Outcome(False, "it has no recipients", is_final=True)
    message = EmailMessage(
        subject=" ".join(str(document["subject"]).split()),
        body=str(document["text"]),
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=recipients,
        headers={"Message-ID": f"<{key}@prism.invalid>", "X-Prism-Key": key},
    )
    try:
        message.send()
    except OSError as error:  # what the mail server refuses is one too
        return Outcome(False, f"{type(error).__name__} from the mail server")
    return Outcome(True, "accepted by the mail server")
