"""Writes what a channel is sent: one neutral document, and its form for each kind of channel. Pure."""

import hashlib
import hmac
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from monitoring.alerts.rule_kinds import span
from monitoring.alerts.words import ChannelKind, Notice

VERSION = 1
MOST_INCIDENTS = 20  # in words; the webhook's document has all
MOST_NAMES = 10
DISCORD_CHARACTERS = 1900  # the limit is 2,000
_DISCORD_MARKS = re.compile(r"([\\*_~`|\[\]<>#])")  # Markdown, and links that hide where they lead
MARKS = {Notice.RECOVERED: "●", Notice.OPENED: "■", Notice.FLAPPING: "▲", Notice.REMINDER: "■",
         Notice.TEST: "●"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Told:
    """One incident as it is told; `affected` are the services that fail because of it."""

    id: int
    notice: Notice
    title: str
    subject: str
    environments: str
    rule: str
    severity: str
    reason: str
    opened_at: datetime
    resolved_at: datetime | None
    resolution: str
    affected: Sequence[str]
    deployment: str
    advice: str
    url: str


def net(notices: Sequence[Notice]) -> Notice | None:
    """Say what remains to be told of one incident in a group, oldest first; None when it came to nothing."""
    began_untold = notices[0] in (Notice.OPENED, Notice.FLAPPING)
    if notices[-1] is Notice.RECOVERED and began_untold:
        return None
    return notices[-1]


def make_document(key: str, told: Sequence[Told], *, at: datetime) -> dict[str, Any]:
    """Make what is stored with a notification, and sent as it is to webhooks."""
    return {
        "version": VERSION,
        "key": key,
        "at": at.isoformat(),
        "text": text_of(told, at=at),
        "subject": subject_of(told),
        "incidents": [_incident(one, at) for one in told],
    }


def subject_of(told: Sequence[Told]) -> str:
    """Say it in one line."""
    first = told[0]
    more = f" and {len(told) - 1} more" if len(told) > 1 else ""
    return f"[{first.notice}] {first.title}{more}"[:200]


def text_of(told: Sequence[Told], *, at: datetime) -> str:
    """Say it in a few lines of plain text."""
    blocks = [_block(one, at) for one in told[:MOST_INCIDENTS]]
    if len(told) > MOST_INCIDENTS:
        blocks.append(f"and {len(told) - MOST_INCIDENTS} more incidents")
    return "\n\n".join(blocks)


def _block(one: Told, at: datetime) -> str:
    lines = [f"{MARKS[one.notice]} {_headline(one, at)}"]
    if one.reason and one.notice is not Notice.RECOVERED:
        lines.append(one.reason)
    if one.affected:
        names = ", ".join(one.affected[:MOST_NAMES])
        more = (
            f" and {len(one.affected) - MOST_NAMES} more" if len(one.affected) > MOST_NAMES else ""
        )
        lines.append(f"{len(one.affected)} services fail because of it: {names}{more}")
    if one.deployment and one.notice is not Notice.RECOVERED:
        lines.append(f"Deployed in the minutes before: {one.deployment}")
    if one.advice and one.notice is not Notice.RECOVERED:
        lines.append(one.advice)
    if one.url:
        lines.append(one.url)
    return "\n".join(lines)


def _headline(one: Told, at: datetime) -> str:
    if one.notice is Notice.RECOVERED and one.resolved_at is not None:
        lasted = span((one.resolved_at - one.opened_at).total_seconds())
        how = f" ({one.resolution})" if one.resolution else ""
        return f"Recovered after {lasted}: {one.title}{how}"
    if one.notice is Notice.FLAPPING:
        return f"Comes and goes: {one.title}. The next word of it is when it is stable"
    if one.notice is Notice.REMINDER:
        return f"Still open after {span((at - one.opened_at).total_seconds())}: {one.title}"
    if one.notice is Notice.TEST:
        return f"Test: {one.title}"
    return f"{one.severity.capitalize()}: {one.title}, since {one.opened_at:%H:%M:%S} UTC"


def _incident(one: Told, at: datetime) -> dict[str, Any]:
    end = one.resolved_at or at
    return {
        "id": one.id,
        "notice": one.notice.value,
        "title": one.title,
        "service": one.subject,
        "environments": list(filter(None, one.environments.split(", "))),
        "rule": one.rule,
        "severity": one.severity,
        "reason": one.reason,
        "opened_at": one.opened_at.isoformat(),
        "resolved_at": one.resolved_at.isoformat() if one.resolved_at else None,
        "resolution": one.resolution,
        "duration_s": max(0.0, (end - one.opened_at).total_seconds()),
        "affected": list(one.affected),
        "deployment": one.deployment,
        "url": one.url,
    }


def body_for(kind: ChannelKind, document: Mapping[str, Any]) -> bytes:
    """Write the body of the request: the same bytes whenever the same notification is sent. Not for e-mail."""
    if kind is ChannelKind.WEBHOOK:
        return _json(document)
    text = str(document["text"])
    if kind is ChannelKind.SLACK:
        escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        return _json({"text": escaped, "mrkdwn": False, "unfurl_links": False})
    plain = "\n".join(map(_for_discord, text.split("\n")))
    cut = plain if len(plain) <= DISCORD_CHARACTERS else plain[:DISCORD_CHARACTERS] + "…"
    return _json({"content": cut, "allowed_mentions": {"parse": []}})


def _for_discord(line: str) -> str:
    """Make a line mean itself; a line that is an address stays one."""
    is_address = re.fullmatch(r"https?://[\w.:/-]+", line)
    return line if is_address else _DISCORD_MARKS.sub(r"\\\1", line)


def headers_for(kind: ChannelKind, *, key: str, body: bytes, signing_key: str, at: datetime) -> dict[str, str]:  # fmt: skip
    """Give the headers; a webhook's are signed: HMAC-SHA256 of "timestamp.body" in hexadecimal."""
    headers = {"Content-Type": "application/json", "Idempotency-Key": key}
    if kind is ChannelKind.WEBHOOK and signing_key:
        timestamp = str(int(at.timestamp()))
        headers["X-Prism-Timestamp"] = timestamp
        headers["X-Prism-Signature"] = sign(signing_key, timestamp, body)
    return headers


def sign(signing_key: str, timestamp: str, body: bytes) -> str:
    """Sign a body; the receiver does the same, compares, and refuses a timestamp that is old."""
    signed = timestamp.encode() + b"." + body
    return "sha256=" + hmac.new(signing_key.encode(), signed, hashlib.sha256).hexdigest()


def _json(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False, sort_keys=True).encode()
