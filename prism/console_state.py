"""How the console itself does: its workers, its schedule, its events and what it stands on."""

import platform
import sqlite3
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import django
from django.conf import settings
from django.db import connection
from django.db.models import Count, Max, Min, Q, QuerySet, Sum

from monitoring.alerts.models import Notification
from monitoring.events.bus import CONSUMERS, STREAM
from monitoring.events.models import BridgeLease, BusGap, Event, QuarantinedMessage, StreamHead
from monitoring.events.wakeup import GROUP
from monitoring.health.models import CheckState
from monitoring.worker_models import StepSchedule, WorkerHeartbeat
from prism.core.redis import RedisError, RedisUnavailable, client
from prism.version import VERSION

SILENT_AFTER = timedelta(seconds=60)  # a worker beats every 15
LATE_AFTER = timedelta(seconds=30)
LAG_IS_BAD_S = 5.0


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of the page; `verdict` is up, degraded, down, unknown or empty when there is none."""

    label: str
    value: str
    verdict: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class StreamState:
    """What Redis says of the stream and of the web processes that listen for wake-ups."""

    length: int
    pending: int
    lag: int | None
    consumers: int
    hubs: int


@dataclass(frozen=True, slots=True)
class ConsoleState:
    """Everything the page shows, read at `now`."""

    now: datetime
    workers: list[tuple[WorkerHeartbeat, str]]
    steps: list[tuple[StepSchedule, str]]
    probing: list[Fact] = field(default_factory=list)
    events: list[Fact] = field(default_factory=list)
    messages: list[Fact] = field(default_factory=list)
    versions: list[Fact] = field(default_factory=list)


def load_console_state(now: datetime) -> ConsoleState:
    """Read it all: nine queries, and one exchange with Redis, which may be away."""
    workers = list(WorkerHeartbeat.objects.order_by("-beat_at"))
    return ConsoleState(
        now=now,
        workers=[(one, _verdict_of_worker(one, now)) for one in workers],
        steps=[(one, _verdict_of_step(one, now)) for one in StepSchedule.objects.order_by("name")],
        probing=_probing(now),
        events=_events(now),
        messages=_messages(),
        versions=_versions(workers),
    )


def _verdict_of_worker(worker: WorkerHeartbeat, now: datetime) -> str:
    if now - worker.beat_at > SILENT_AFTER:
        return "down"
    return "up" if worker.version == VERSION else "degraded"


def _verdict_of_step(step: StepSchedule, now: datetime) -> str:
    if step.failures:
        return "down"
    return "degraded" if now - step.due_at > LATE_AFTER else "up"


def _probing(now: datetime) -> list[Fact]:
    asked = CheckState.objects.filter(due_ms__isnull=False)
    now_ms = int(now.timestamp() * 1000)
    found = asked.aggregate(
        checks=Count("pk"),
        waiting=Count("pk", filter=Q(due_ms__lte=now_ms, claimed_until_ms__lte=now_ms)),
        due_ms=Min("due_ms", filter=Q(claimed_until_ms__lte=now_ms)),
        last=Max("last_at"),
        missed=Sum("missed"),
    )
    lag_s = max(0.0, (now_ms - found["due_ms"]) / 1000) if found["due_ms"] else 0.0
    verdict = ("up" if lag_s < LAG_IS_BAD_S else "down") if found["checks"] else ""
    return [
        Fact("Checks that are asked", f"{found['checks']:,}"),
        Fact("Schedule lag", f"{lag_s:.1f} s", verdict, f"{found['waiting']:,} waiting"),
        Fact("Last reading", _age(found["last"], now)),
        Fact("Slots missed ever", f"{found['missed'] or 0:,}"),
    ]


def _events(now: datetime) -> list[Fact]:
    lease = BridgeLease.objects.first()
    is_listening = lease is not None and lease.expires_at > now
    head = StreamHead.objects.first()
    last = Event.objects.aggregate(at=Max("received_at"))["at"]
    gap = BusGap.objects.order_by("-ended_at").first()
    quarantined = QuarantinedMessage.objects.count()
    facts = [
        Fact(
            "Bridge to prism:events",
            (lease.holder if lease and is_listening else "") or "nobody listens",
            "up" if is_listening else "down",
            f"last gap {gap.began_at:%Y-%m-%d %H:%M} to {gap.ended_at:%H:%M} UTC" if gap else "",
        ),
        Fact(
            "Events stored ever", f"{head.seq if head else 0:,}", note=f"the last {_age(last, now)}"
        ),
        Fact("Quarantined", f"{quarantined:,}", "degraded" if quarantined else ""),
    ]
    stream = read_stream()
    if stream is None:
        return [
            *facts,
            Fact("Stream and live pages", "not known: Redis does not answer", "unknown"),
        ]
    behind = "not known" if stream.lag is None else f"{stream.lag:,} not read yet"
    return [
        *facts,
        Fact("Stream", f"{stream.length:,} entries", note=f"{stream.pending:,} in work, {behind}"),
        Fact("Consumers of the stream", f"{stream.consumers:,}"),
        Fact(
            "Web processes that hear wake-ups",
            f"{stream.hubs:,}",
            note="" if stream.hubs else "none has a live page open",
        ),
    ]


def read_stream() -> StreamState | None:
    """Ask Redis once; None when it does not answer."""
    layers: Any = settings.CHANNEL_LAYERS
    channel = f"{layers['default']['CONFIG']['prefix']}__group__{GROUP}"
    try:
        pipeline: Any = client("console").pipeline(transaction=False)
        pipeline.xlen(STREAM)
        pipeline.xinfo_groups(STREAM)
        pipeline.pubsub_numsub(channel)
        length, groups, hubs = pipeline.execute(raise_on_error=False)
    except (RedisError, RedisUnavailable):
        return None
    rows: list[dict[str, Any]] = [] if isinstance(groups, Exception) else groups  # no stream yet
    ours = (one for one in rows if _text(one["name"]) == CONSUMERS)
    group: dict[str, Any] = next(ours, {})
    return StreamState(
        length=length if isinstance(length, int) else 0,
        pending=group.get("pending", 0),
        lag=group.get("lag"),
        consumers=group.get("consumers", 0),
        hubs=0 if isinstance(hubs, Exception) or not hubs else int(hubs[0][1]),
    )


def _messages() -> list[Fact]:
    rows: QuerySet[Any] = Notification.objects.order_by().values_list("state")
    counts = dict(rows.annotate(n=Count("pk")))
    State = Notification.State
    waiting = counts.get(State.GATHERING, 0) + counts.get(State.READY, 0)
    failed = counts.get(State.FAILED, 0)
    return [
        Fact("Notifications waiting", f"{waiting:,}"),
        Fact("Given up", f"{failed:,}", "degraded" if failed else ""),
        Fact("Sent", f"{counts.get(State.SENT, 0):,}"),
    ]


def _versions(workers: list[WorkerHeartbeat]) -> list[Fact]:
    others = sorted({one.version for one in workers} - {VERSION})
    note = f"workers also run {', '.join(others)}" if others else ""
    return [
        Fact("Prism console", VERSION, "degraded" if others else "", note),
        Fact("Python, Django", f"{platform.python_version()}, {django.get_version()}"),
        Fact("Database", _database()),
    ]


def _database() -> str:
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")
            size = int(cursor.fetchone()[0])
        return f"SQLite {sqlite3.sqlite_version}, {size / 1e6:,.1f} MB"
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('server_version'), pg_database_size(current_database()),"
            " (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database())"
        )
        version, size, connections = cursor.fetchone()
    return f"PostgreSQL {version.split()[0]}, {size / 1e6:,.1f} MB, {connections} connections"


def _age(at: datetime | None, now: datetime) -> str:
    if at is None:
        return "never"
    seconds = max(0, int((now - at).total_seconds()))
    if seconds < 120:
        return f"{seconds} s ago"
    return f"{seconds // 60:,} min ago" if seconds < 7200 else f"{seconds // 3600:,} h ago"


def _text(name: object) -> str:
    return name.decode() if isinstance(name, bytes) else str(name)
