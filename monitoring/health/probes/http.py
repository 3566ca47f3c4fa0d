"""Asks a web server: one request on a connection of its own, every phase timed."""

import json
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import urljoin

from django.utils import timezone
from django.utils.dateparse import parse_datetime

from monitoring.health import own
from monitoring.health.checking import Asked, Found, Running
from monitoring.health.conditions import needs_json
from monitoring.health.evidence import excerpt, failed_phase, with_phases, without_secrets
from monitoring.health.grade import cut, days_left, grade, worse
from monitoring.health.probes.place import NotAsked, private_hosts, target_text
from monitoring.health.words import Origin, Verdict
from prism.core.outbound import Policy, Request, fetch, probe_policy
from prism.core.outcome import Answer, Failure, Reason

FOLLOWED_REDIRECTS = 3
TOO_MANY_REQUESTS = 429  # we ask too often: the service is there
VERSION_DEADLINE_S = 3.0
# what the worker's own network may be the cause of
NETWORK = frozenset((Reason.UNRESOLVABLE, Reason.TIMEOUT, Reason.UNREACHABLE))
NOT_THE_SERVICE = frozenset((Reason.BLOCKED, Reason.NO_SOCKET))


async def probe_http(asked: Asked, *, wants_version: bool = True) -> Found:
    """Ask once; the version endpoint too, when the check has one and the answer was good."""
    url = url_of(asked)
    policy = policy_of(asked)
    hops = min(int(asked.options.get("redirects", FOLLOWED_REDIRECTS)), FOLLOWED_REDIRECTS)
    outcome = await fetch(Request(url, deadline_s=asked.deadline_s, max_hops=hops), policy)
    if isinstance(outcome, Failure):
        return not_answered(outcome)
    found = _judge(asked, outcome)
    path = asked.options.get("version_path")
    if path and wants_version and found.verdict in (Verdict.UP, Verdict.DEGRADED):
        found = replace(found, running=await _version(urljoin(url, str(path)), policy))
    return found


def url_of(asked: Asked) -> str:
    """Give the URL of a check; raises NotAsked."""
    url = own.web_url() if asked.target == own.WEB else target_text(asked)
    if not url:
        raise NotAsked("its address cannot be read")
    return url


def policy_of(asked: Asked) -> Policy:
    """Give what a check may reach."""
    policy = probe_policy()
    if asked.origin is not Origin.BUILT_IN:
        return policy
    return replace(policy, private_hosts=private_hosts(asked))


def not_answered(failure: Failure) -> Found:
    """Say what no answer means: down, or unknown when we did not let the probe through."""
    blocked = failure.reason in NOT_THE_SERVICE
    return Found(
        Verdict.UNKNOWN if blocked else Verdict.DOWN,
        latency_ms=None if blocked else failure.total_ms,
        reason=cut(failure.reason.value),
        evidence=with_phases(
            failure.phases,
            failed_in=failed_phase(
                failure.reason, failure.phases, is_tls=failure.url.startswith("https:")
            ),
            address=failure.address,
            detail=without_secrets(failure.detail)[:300],
            hops=failure.hops,
        ),
        is_network=failure.reason in NETWORK,
    )


def _judge(asked: Asked, answer: Answer) -> Found:
    now = timezone.now()
    days = days_left(answer.certificate_expires_at, now)
    facts: dict[str, Any] = {
        "status": answer.status,
        "latency_ms": answer.total_ms,
        "header": answer.headers,
        "body": answer.body.decode("utf-8", "replace"),
    }
    if days is not None:
        facts["cert_days"] = days
    if needs_json(asked.conditions):
        facts |= _parsed(answer.body)
    found = worse(_by_status(asked, answer.status), grade(asked, facts))
    return Found(
        found[0],
        latency_ms=answer.total_ms,
        reason=found[1],
        evidence=with_phases(
            answer.phases,
            address=answer.address,
            status=answer.status,
            content_type=answer.headers.get("content-type", "")[:100],
            hops=answer.hops,
            bytes=len(answer.body),
            is_truncated=answer.is_truncated,
            body=excerpt(answer.body),
        ),
        certificate_expires_at=answer.certificate_expires_at,
    )


def _by_status(asked: Asked, status: int) -> tuple[Verdict, str]:
    """Judge the status, unless a condition of the check does."""
    if status == TOO_MANY_REQUESTS:
        return Verdict.DEGRADED, "status 429: it is asked too often"
    if any(condition.left == "status" for condition in asked.conditions) or 200 <= status < 400:
        return Verdict.UP, ""
    return Verdict.DOWN, f"status {status}"


def _parsed(body: bytes) -> dict[str, Any]:
    try:
        return {"json": json.loads(body)}
    except (ValueError, RecursionError):
        return {}


async def _version(url: str, policy: Policy) -> Running | None:
    answer = await fetch(Request(url, deadline_s=VERSION_DEADLINE_S), policy)
    if isinstance(answer, Failure) or answer.status != 200:
        return None
    document = _parsed(answer.body).get("json")
    return read_version(document) if isinstance(document, dict) else None


def read_version(document: dict[str, Any]) -> Running | None:
    """Read what a version endpoint says, under the names that are in use."""
    commit = _text(document, "commit", "git_sha", "sha", "revision", "git_commit")
    version = _text(document, "version", "release", "tag")
    built = _text(document, "built_at", "build_time", "buildTime", "build_date")
    if not commit and not version:
        return None
    return Running(commit[:64], version[:100], _moment(built))


def _text(document: dict[str, Any], *names: str) -> str:
    found = next((document[name] for name in names if document.get(name)), "")
    return without_secrets(found) if isinstance(found, str) else ""


def _moment(text: str) -> datetime | None:
    try:
        moment = parse_datetime(text)
    except ValueError:
        return None
    return moment if moment is not None and moment.tzinfo is not None else None
