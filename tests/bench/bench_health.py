"""What the prober costs: 10,000 HTTP checks a minute against a local server, full pipeline with history.

    python tests/bench/bench_health.py [--seconds 180] [--checks 10000] [--only probes|page]

The database is SQLite in a temporary folder; PRISM_BENCH_DATABASE_URL names a PostgreSQL one instead.
"""

import argparse
import asyncio
import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT))
INTERVAL_S = 60
BODY = b'{"status": "healthy"}'
HANGING_SHARE = 0.10
WARM_UP_S = 8
GOALS = {
    "cpu_share_percent": "at most 35",
    "lag_p95_ms": "under 1,000",
    "peak_memory_mb": "under 200",
    "missed": "0",
}
PAGE_GOAL = "goal: under 300 ms, at most 15 queries"


def start_django() -> None:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "prism.settings")
    django.setup()


# --- the local server, a process of its own -------------------------------------------------------
async def serve() -> None:
    """Answer at once under /; take the request and say nothing under /hang."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            if head.startswith(b"GET /hang"):
                await asyncio.sleep(30)
            writer.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n"
                b"Connection: close\r\n\r\n%s" % (len(BODY), BODY)
            )
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


# --- the worker, a process of its own -------------------------------------------------------------
def work(seconds: float) -> None:
    """Probe for so long and print what it cost."""
    start_django()
    from django.db.backends.signals import connection_created

    from monitoring.health.prober import probing

    statements: Counter[str] = Counter()

    def count(execute: Any, sql: str, *rest: Any) -> Any:
        statements[sql.split(maxsplit=1)[0].upper()] += 1
        return execute(sql, *rest)

    def watch(connection: Any, **_: Any) -> None:
        connection.execute_wrappers[:] = [count]

    connection_created.connect(watch, weak=False)
    stop = threading.Event()
    with probing(stop) as prober:
        time.sleep(WARM_UP_S)
        figures = prober.figures
        figures.lags_ms.clear()
        asked_before, cpu_before, began = figures.asked, time.process_time(), time.monotonic()
        statements.clear()
        time.sleep(seconds)
        took_s = time.monotonic() - began
        asked, cpu_s = figures.asked - asked_before, time.process_time() - cpu_before
        lags = sorted(figures.lags_ms)
        said = {
            "asked": asked,
            "per_minute": round(asked / took_s * 60),
            "cpu_share_percent": round(cpu_s / took_s * 100, 1),
            "lag_p50_ms": lags[len(lags) // 2],
            "lag_p95_ms": lags[int(len(lags) * 0.95)],
            "lag_max_ms": lags[-1],
            "statements_per_s": round(sum(statements.values()) / took_s, 1),
            "discarded": figures.discarded,
            "peak_memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        }
        stop.set()
    print(json.dumps(said), flush=True)


def prepare(checks: int, port: int, hanging_share: float) -> None:
    """Make so many checks of the local server, evenly due."""
    from monitoring.health.actions import now_ms
    from monitoring.health.models import Check, CheckState, HourlyRollup, Reading
    from monitoring.health.schedule import lease_ms, next_slot_ms

    for model in (Check, Reading, HourlyRollup):
        model._default_manager.all().delete()
    every = round(1 / hanging_share) if hanging_share else 0
    rows = Check.objects.bulk_create(
        Check(
            subject=f"service-{number}",
            kind="http",
            target=f"http://127.0.0.1:{port}/{'hang' if every and number % every == 0 else ''}",
            interval_s=INTERVAL_S,
        )
        for number in range(checks)
    )
    now = now_ms()
    CheckState.objects.bulk_create(
        CheckState(
            check_row=row,
            interval_ms=INTERVAL_S * 1000,
            lease_ms=lease_ms(10, INTERVAL_S),
            due_ms=next_slot_ms(row.pk, INTERVAL_S * 1000, now),
        )
        for row in rows
    )


def measure(name: str, checks: int, seconds: float, port: int, hanging_share: float) -> None:
    from django.db import connection
    from django.db.models import Sum

    from monitoring.health.models import CheckState, Reading

    prepare(checks, port, hanging_share)
    command = [sys.executable, __file__, "--as", "worker", "--seconds", str(seconds)]
    finished = subprocess.run(
        command, check=True, capture_output=True, text=True, timeout=seconds + 120
    )
    said = json.loads(finished.stdout.splitlines()[-1])
    readings = Reading.objects.count()
    said["missed"] = CheckState.objects.aggregate(n=Sum("missed"))["n"]
    said["bytes_per_1000_readings"] = round(reading_bytes() / readings * 1000)
    print(f"{name} ({connection.vendor}, {checks:,} checks a minute, {seconds:g} s)")
    for word, value in said.items():
        goal = f"   goal: {GOALS[word]}" if word in GOALS else ""
        print(f"  {word:<26}{value:>12,}{goal}")
    if finished.stderr.strip():
        print("  it said:", finished.stderr.strip()[-500:])


def reading_bytes() -> int:
    """Give what the table of readings takes, with its indexes."""
    from django.db import connection

    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT pg_total_relation_size('monitoring_reading')")
        else:
            cursor.execute(
                "SELECT SUM(pgsize) FROM dbstat WHERE name IN"
                " (SELECT name FROM sqlite_master WHERE tbl_name = 'monitoring_reading')"
            )
        return int(cursor.fetchone()[0])


# --- the page ------------------------------------------------------------------------------------
def measure_page() -> None:
    """Time the System page with 1,000 services in three environments."""
    from django.contrib.auth.models import User
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    make_large_catalog(1000)
    user = User.objects.filter(username="bench").first()
    user = user or User.objects.create_superuser("bench", password="x")
    client = Client()
    client.force_login(user)
    for path in ("/system/", "/system/?part=grid", "/system/services/service-7/"):
        client.get(path)
        times = []
        for _ in range(7):
            with CaptureQueriesContext(connection) as queries:
                began = time.perf_counter()
                answer = client.get(path)
                times.append((time.perf_counter() - began) * 1000)
        assert answer.status_code == 200
        middle = sorted(times)[3]
        print(
            f"{path:<32}{middle:8.0f} ms {len(queries):4} queries {len(answer.content):>10,} bytes"
            f"   {PAGE_GOAL}"
        )


def make_large_catalog(services: int) -> None:
    from datetime import timedelta

    from django.utils import timezone

    from monitoring.health.actions import now_ms
    from monitoring.health.models import Check, CheckState, DailyRollup
    from services.catalog.models import Environment, Project, Service

    Check.objects.all().delete()
    project = Project.objects.create(name="bench")
    for position, name in enumerate(("prod", "staging", "dev")):
        Environment.objects.update_or_create(name=name, defaults={"position": position})
    made = Service.objects.bulk_create(
        Service(project=project, name=f"service-{number}", kind="backend", framework="FastAPI")
        for number in range(services)
    )
    now = timezone.now()
    checks = Check.objects.bulk_create(
        Check(
            service=service,
            subject=service.name,
            environment=name,
            kind="http",
            target="https://x/",
        )
        for service in made
        for name in ("prod", "staging", "dev")
    )
    CheckState.objects.bulk_create(
        CheckState(
            check_row=check, interval_ms=30_000, lease_ms=18_000, due_ms=now_ms(), last_at=now,
            verdict=("up", "up", "up", "up", "degraded", "down")[check.pk % 6], last_found="up",
            latency_ms=20 + check.pk % 700, since=now,
            hours="".join("uuuuuudxu?"[(check.pk * hour) % 10] for hour in range(24)),
            hours_until=int(now.timestamp()) // 3600,
        )
        for check in checks
    )  # fmt: skip
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    DailyRollup.objects.bulk_create(
        (
            DailyRollup(
                check_id=check.pk, start=today - timedelta(days=day), up=2880 - day, down=day
            )
            for check in checks
            for day in range(1, 31)
        ),
        batch_size=5000,
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=180)
    parser.add_argument("--checks", type=int, default=10_000)
    parser.add_argument("--only", choices=["probes", "page"])
    parser.add_argument("--as", dest="role", choices=["server", "worker"])
    arguments = parser.parse_args()
    if arguments.role == "server":
        asyncio.run(serve())
        return
    if arguments.role == "worker":
        work(arguments.seconds)
        return
    with tempfile.TemporaryDirectory(prefix="prism-bench-") as folder:
        os.environ |= {
            "PRISM_VAR_DIR": folder,
            "PRISM_SECRET_KEY": "bench-only-" * 6,
            "DATABASE_URL": os.environ.get("PRISM_BENCH_DATABASE_URL", ""),
            "PRISM_OUTBOUND_PRIVATE_HOSTS": "127.0.0.1",
            "PRISM_HEALTH_CANARIES": "off",
            "PRISM_ALLOWED_HOSTS": "testserver",
        }
        start_django()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        if arguments.only != "page":
            server = subprocess.Popen(
                [sys.executable, __file__, "--as", "server"], stdout=subprocess.PIPE, text=True
            )
            try:
                assert server.stdout
                port = int(server.stdout.readline())
                measure("all answer", arguments.checks, arguments.seconds, port, 0)
                measure("10 % time out", arguments.checks, arguments.seconds, port, HANGING_SHARE)
            finally:
                server.terminate()
                server.wait()
        if arguments.only != "probes":
            measure_page()


if __name__ == "__main__":
    main()
