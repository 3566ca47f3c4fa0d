"""`/metrics`: the console's own gauges in Prometheus' text format, for a token or an operator."""

import shutil
from collections.abc import Iterable, Mapping
from datetime import datetime

from django.conf import settings
from django.db.models import Count, Max, Min
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from monitoring.alerts.facts import load_servers, read_mark
from monitoring.alerts.models import Incident, Notification
from monitoring.alerts.words import Severity
from monitoring.events.models import QuarantinedMessage, StreamHead
from monitoring.health.models import CheckState
from monitoring.health.words import Verdict
from monitoring.worker_models import StepSchedule
from prism.core.access import authorize
from prism.core.tokens import find_token
from prism.version import VERSION

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
Labels = Mapping[str, str]
Values = Iterable[tuple[Labels, float | None]]


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Give the gauges to whoever may: `Authorization: Bearer prism_...`, or somebody logged in."""
    word, _, secret = request.headers.get("Authorization", "").partition(" ")
    if word:
        principal = find_token(secret.strip(), timezone.now()) if word.lower() == "bearer" else None
        if principal is None:
            return HttpResponse("unauthorized\n", status=401, content_type="text/plain",
                                headers={"WWW-Authenticate": "Bearer"})  # fmt: skip
        authorize(principal, "metrics.view")
    else:
        authorize(request.user, "metrics.view")
    response = HttpResponse(write_metrics(timezone.now()), content_type=CONTENT_TYPE)
    response["Cache-Control"] = "no-store"
    return response


def write_metrics(now: datetime) -> str:
    """Write every gauge. Nine queries at any size; what is not known is left out, never 0."""
    return "".join(
        line for name, about, values in _gauges(now) for line in _lines(name, about, values)
    )


def _gauges(now: datetime) -> Iterable[tuple[str, str, Values]]:
    mark = read_mark()
    yield "prism_info", "The version that runs.", [({"version": VERSION}, 1)]
    yield from _checks(now)
    yield from _incidents()
    yield "prism_rules_evaluated_age_seconds", "Time since the rules were evaluated.", [({}, _age(mark.evaluated_at, now))]  # fmt: skip
    yield "prism_rules_evaluation_seconds", "What the last evaluation took.", [({}, mark.took_ms / 1000 if mark.evaluated_at else None)]  # fmt: skip
    beat_at, heard_at = (
        getattr(mark, name, None) for name in ("worker_beat_at", "bridge_heard_at")
    )
    yield "prism_worker_beat_age_seconds", "Time since any worker said that it lives.", [({}, _age(beat_at, now))]  # fmt: skip
    yield "prism_bridge_heard_age_seconds", "Time since somebody surely listened on prism:events.", [({}, _age(heard_at, now))]  # fmt: skip
    steps = list(StepSchedule.objects.order_by("name"))
    yield (
        "prism_step_late_seconds",
        "How late a step of the workers is.",
        [({"step": one.name}, max(0.0, (now - one.due_at).total_seconds())) for one in steps],
    )
    yield (
        "prism_step_failures",
        "Failures in a row of a step of the workers.",
        [({"step": one.name}, one.failures) for one in steps],
    )
    head = StreamHead.objects.values_list("seq", flat=True).first()
    yield "prism_events_stored_total", "Events that were ever stored.", [({}, head or 0)]
    yield "prism_events_quarantined", "Messages that could not be read as events.", [({}, QuarantinedMessage.objects.count())]  # fmt: skip
    usage = shutil.disk_usage(settings.PRISM_VAR_DIR)
    yield (
        "prism_disk_free_bytes",
        "Free space where the console keeps its files.",
        [({}, usage.free)],
    )
    yield "prism_disk_size_bytes", "Size of that file system.", [({}, usage.total)]
    yield from _redis(now)


def _checks(now: datetime) -> Iterable[tuple[str, str, Values]]:
    asked = CheckState.objects.filter(due_ms__isnull=False)
    counts = dict(asked.order_by().values_list("verdict").annotate(n=Count("pk")))
    yield (
        "prism_checks",
        "Checks that are asked, by their verdict.",
        [({"verdict": verdict.value}, counts.get(verdict.value, 0)) for verdict in Verdict],
    )
    found = asked.aggregate(last=Max("last_at"), due_ms=Min("due_ms"))
    yield "prism_last_reading_age_seconds", "Time since the last reading of any check.", [({}, _age(found["last"], now))]  # fmt: skip
    late_s = max(0.0, now.timestamp() - found["due_ms"] / 1000) if found["due_ms"] else None
    yield (
        "prism_schedule_lag_seconds",
        "How late the check is that waits the longest.",
        [({}, late_s)],
    )


def _incidents() -> Iterable[tuple[str, str, Values]]:
    rows = Incident.objects.unresolved().order_by().values_list("severity")
    counts = dict(rows.annotate(n=Count("pk")))
    yield (
        "prism_incidents_open",
        "Open incidents, by severity.",
        [({"severity": severity.value}, counts.get(severity.value, 0)) for severity in Severity],
    )
    State = Notification.State
    states = (State.GATHERING, State.READY, State.FAILED)
    messages = Notification.objects.filter(state__in=states).order_by().values_list("state")
    found = dict(messages.annotate(n=Count("pk")))
    yield (
        "prism_notifications",
        "Messages that have not arrived, by state.",
        [({"state": state.value}, found.get(state.value, 0)) for state in states],
    )


def _redis(now: datetime) -> Iterable[tuple[str, str, Values]]:
    servers = load_servers(now)

    def of_each(field: str) -> Values:
        return [({"service": one.subject, "environment": one.environment}, getattr(one, field)) for one in servers]  # fmt: skip

    yield "prism_redis_up", "Whether Redis answered the last look.", of_each("is_connected")
    yield "prism_redis_memory_used_bytes", "Memory in use.", of_each("used_memory_bytes")
    yield "prism_redis_memory_max_bytes", "Its limit; 0 is none.", of_each("maxmemory_bytes")
    yield "prism_redis_evicted_keys_per_second", "Keys evicted.", of_each("evicted_per_s")
    yield (
        "prism_redis_hit_percent",
        "Lookups that found their key, of the last minutes.",
        of_each("hit_percent"),
    )
    yield "prism_redis_latency_milliseconds", "Median PING.", of_each("latency_ms")


def _lines(name: str, about: str, values: Values) -> Iterable[str]:
    known = [(labels, value) for labels, value in values if value is not None]
    if not known:
        return
    kind = "counter" if name.endswith("_total") else "gauge"
    yield f"# HELP {name} {about}\n# TYPE {name} {kind}\n"
    for labels, value in known:
        text = ",".join(f'{key}="{_escape(label)}"' for key, label in labels.items())
        yield f"{name}{f'{{{text}}}' if text else ''} {float(value):.17g}\n"


def _escape(label: str) -> str:
    return label.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _age(at: datetime | None, now: datetime) -> float | None:
    return None if at is None else max(0.0, (now - at).total_seconds())
