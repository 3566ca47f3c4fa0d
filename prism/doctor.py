"""`prism doctor`: looks at what the console needs to run, and says what to do about what is wrong."""

import platform
import shutil
from argparse import Namespace
from collections.abc import Callable, Iterable
from dataclasses import asdict
from datetime import timedelta

import django
from django.conf import settings
from django.db import DatabaseError, connection
from django.utils import timezone

from monitoring.models import WorkerHeartbeat
from prism.core.answer import DIFFERS, OK, Answer
from prism.core.terminal import Terminal, table
from prism.database import pending_migrations
from prism.finding import Finding, Light, green, red
from prism.redis_doctor import examine_redis
from prism.safety_doctor import examine_safety

LEAST_FREE_BYTES = 500 * 1024 * 1024
WORKER_IS_LATE = timedelta(minutes=1)


def doctor(arguments: Namespace, terminal: Terminal) -> Answer:
    """Answer `prism doctor`; the exit status is 2 when something is red."""
    findings = [finding for examine in EXAMINATIONS for finding in examine()]
    rows = [(finding.name, finding.light.value, finding.seen) for finding in findings]
    colours = {"green": "green", "amber": "yellow", "red": "red"}
    text = table(("WHAT", "STATE", "SEEN"), rows, terminal, colours=colours)
    document = {"findings": [asdict(finding) for finding in findings]}
    is_ill = any(finding.light is Light.RED for finding in findings)
    return Answer(document, "\n".join([text, *_advice(findings)]), DIFFERS if is_ill else OK)


def _advice(findings: Iterable[Finding]) -> list[str]:
    return [f"\n{finding.name}: {finding.advice}" for finding in findings if finding.advice]


def _versions() -> list[Finding]:
    return [
        green("python", platform.python_version()),
        green("django", django.get_version()),
    ]


def _database() -> list[Finding]:
    what = "SQLite" if connection.vendor == "sqlite" else "PostgreSQL"
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        seen = str(error).strip().splitlines()[0]
        return [red("database", seen, "start it, or correct DATABASE_URL")]
    return [green("database", f"{what} answers")]


def _migrations() -> list[Finding]:
    try:
        pending = pending_migrations()
    except DatabaseError:
        return [red("migrations", "not asked: no database", "see database")]
    if pending:
        return [red("migrations", f"{len(pending)} to apply", "run `prism migrate`")]
    return [green("migrations", "all applied")]


def _workers() -> list[Finding]:
    try:
        alive = WorkerHeartbeat.objects.filter(beat_at__gte=timezone.now() - WORKER_IS_LATE).count()
    except DatabaseError:
        return [red("workers", "not asked: no tables", "see migrations")]
    if alive:
        return [green("workers", f"{alive} alive")]
    return [red("workers", "0 alive", "start `prism worker`, or `prism up`, which includes one")]


def _disk() -> list[Finding]:
    free_bytes = shutil.disk_usage(settings.PRISM_VAR_DIR).free
    seen = f"{free_bytes / 1024**3:.1f} GiB free for {settings.PRISM_VAR_DIR}"
    if free_bytes < LEAST_FREE_BYTES:
        return [red("disk", seen, "make room, or move PRISM_VAR_DIR")]
    return [green("disk", seen)]


EXAMINATIONS: tuple[Callable[[], list[Finding]], ...] = (
    _versions,
    _database,
    _migrations,
    _workers,
    _disk,
    examine_redis,
    examine_safety,
)
