"""Tells of changed verdicts and new versions in the feed of events."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from monitoring.events.actions import publish_many
from monitoring.health.checking import Asked
from monitoring.health.verdict import Change
from monitoring.health.words import Verdict

SEVERITIES = {
    Verdict.UP: "info",
    Verdict.DEGRADED: "warning",
    Verdict.DOWN: "error",
    Verdict.UNKNOWN: "warning",
}
MOST_AT_ONCE = 50  # when more change together, that itself is the news


@dataclass(frozen=True, slots=True)
class Changed:
    """A verdict that changed, with what people want to know of it."""

    asked: Asked
    change: Change
    reason: str
    at: datetime
    lasted: timedelta | None
    in_maintenance: bool
    is_flapping: bool


def tell(changes: Sequence[Changed]) -> None:
    """Publish the changes after the commit; the first verdict of a new check is no news when it is up."""
    news = [one for one in changes if not _is_first_up(one.change)]
    documents = [_document(one) for one in news[:MOST_AT_ONCE]]
    if len(news) > MOST_AT_ONCE:
        down = sum(one.change.after is Verdict.DOWN for one in news)
        documents.append(
            {
                "service": "prism",
                "type": "health.many_changes",
                "severity": "critical",
                "message": f"{len(news)} checks changed at once, {down} of them went down; "
                "the System page has all",
                "payload": {"changes": len(news), "down": down},
            }
        )
    if documents:
        publish_many(documents)


def _document(one: Changed) -> dict[str, Any]:
    return {
        "service": one.asked.subject,
        "type": f"health.{one.change.after}",
        "severity": "info" if one.in_maintenance else SEVERITIES[one.change.after],
        "message": _sentence(one),
        "payload": {
            "check": one.asked.id,
            "environment": one.asked.environment,
            "kind": one.asked.kind.value,
            "before": one.change.before.value,
            "after": one.change.after.value,
            "reason": one.reason,
            "lasted_s": one.lasted.total_seconds() if one.lasted else None,
            "in_maintenance": one.in_maintenance,
            "is_flapping": one.is_flapping,
        },
    }


def _is_first_up(change: Change) -> bool:
    return change.before is Verdict.UNKNOWN and change.after is Verdict.UP


def _sentence(one: Changed) -> str:
    what = f"{one.asked.environment} {one.asked.kind} is {one.change.after}"
    why = f": {one.reason}" if one.reason else ""
    was = ""
    if one.lasted and one.change.after is Verdict.UP:
        was = f" after {_span(one.lasted)} {one.change.before}"
    return f"{what}{was}{why}" + (" (in maintenance)" if one.in_maintenance else "")


def _span(lasted: timedelta) -> str:
    seconds = int(lasted.total_seconds())
    if seconds < 120:
        return f"{seconds} s"
    if seconds < 7200:
        return f"{seconds // 60} min"
    return f"{seconds // 3600} h"
