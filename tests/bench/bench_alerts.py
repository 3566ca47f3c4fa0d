"""What an evaluation of the rules costs: 1,000 rules on 1,000 services, and how many statements it takes.

    python tests/bench/bench_alerts.py [--rules 1000] [--services 1000] [--rounds 3]

Kinds of rules take turns; one service in a hundred goes down, one in a hundred needs it, the rest is well.
The database is SQLite in a temporary folder; PRISM_BENCH_DATABASE_URL names a PostgreSQL one instead.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT))
MOST_S, MOST_STATEMENTS = 5.0, 20
# what services are measured by; Redis, events and the console have few subjects, as they do in life
KINDS = ("down", "degraded", "flapping", "certificate", "silent", "down", "redis-memory", "redis-evictions",
         "events", "worker")  # fmt: skip


def start_django(folder: str) -> None:
    import django

    os.environ |= {
        "PRISM_VAR_DIR": folder,
        "PRISM_SECRET_KEY": "bench-only-" * 6,
        "DATABASE_URL": os.environ.get("PRISM_BENCH_DATABASE_URL", ""),
        "REDIS_URL": "redis://127.0.0.1:1/0",  # not asked
        "DJANGO_SETTINGS_MODULE": "prism.settings",
    }
    django.setup()


def fill(rules: int, services: int) -> None:
    """Make the catalog, a check of each service in each of two environments, and the rules."""
    from django.utils import timezone

    from monitoring.alerts.models import Channel, Rule
    from monitoring.alerts.rule_kinds import KINDS as ABOUT
    from monitoring.alerts.words import Kind
    from monitoring.health.actions import schedule_checks
    from monitoring.health.models import Check, CheckState
    from monitoring.models import Event
    from services.catalog.models import Dependency, Project, Service

    now = timezone.now()
    project = Project.objects.create(name="bench")
    made = [Service(name=f"service-{number:04}", project=project) for number in range(services)]
    Service.objects.bulk_create(made)
    Dependency.objects.bulk_create(
        Dependency(service=made[number + 1], target=made[number], role="upstream", alias="a")
        for number in range(0, services - 1, 100)
    )
    checks = [
        Check(subject=service.name, environment=environment, kind="tcp", target="x:1")
        for service in made
        for environment in ("prod", "staging")
    ]
    Check.objects.bulk_create(checks)
    schedule_checks(list(Check.objects.all()), now_ms=int(now.timestamp() * 1000))
    CheckState.objects.update(
        verdict="up", last_at=now, certificate_expires_at=now + timedelta(days=60)
    )
    Event.objects.bulk_create(
        Event(
            seq=number + 1, source="bench", event_id=str(number), service=f"service-{number % services:04}",
            type="job.done", severity="info", occurred_at=now, received_at=now,
        )
        for number in range(5_000)
    )  # fmt: skip
    Rule.objects.all().delete()
    Rule.objects.bulk_create(
        Rule(
            name=f"rule {number}", kind=kind, fire=ABOUT[Kind(kind)].fire, clear=ABOUT[Kind(kind)].clear,
            environment=("", "prod", "staging")[number % 3] if number % 10 < 5 else "",
            event_type=f"job.{number % 20}" if kind == "events" else "", clear_s=0,
        )
        for number in range(rules)
        for kind in [KINDS[number % len(KINDS)]]
    )  # fmt: skip
    Channel.objects.create(name="bench", kind="webhook", url_variable="PRISM_CHANNEL_BENCH")


def measure(at: Any) -> tuple[float, int, int]:
    """Evaluate once; give seconds, statements and how many incidents are open afterwards."""
    from django.db import connection

    from monitoring.alerts.evaluation import evaluate_rules
    from monitoring.alerts.models import Incident

    statements: list[str] = []

    def count(execute: Any, sql: str, *rest: Any) -> Any:
        statements.append(sql)
        return execute(sql, *rest)

    with connection.execute_wrapper(count):
        started = time.perf_counter()
        evaluate_rules(at)
        took_s = time.perf_counter() - started
    return took_s, len(statements), Incident.objects.filter(resolved_at=None).count()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rules", type=int, default=1000)
    parser.add_argument("--services", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="prism-bench-") as folder:
        start_django(folder)
        from django.core.management import call_command
        from django.utils import timezone

        from monitoring.health.models import CheckState

        call_command("migrate", verbosity=0)
        fill(asked.rules, asked.services)
        now, worst = timezone.now(), (0.0, 0)
        for round_ in range(asked.rounds):
            for what, share, verdict in (("quiet", 0, ""), ("1 % goes down", 100, "down"), ("nothing new", 0, ""), ("up again", 100, "up")):  # fmt: skip
                now += timedelta(seconds=10)
                if share:
                    ids = list(CheckState.objects.order_by("pk").values_list("pk", flat=True))[: 2 * asked.services // share]  # fmt: skip
                    CheckState.objects.filter(pk__in=ids).update(verdict=verdict)
                took_s, statements, opened = measure(now)
                worst = max(worst[0], took_s), max(worst[1], statements)
                print(json.dumps({"round": round_, "what": what, "seconds": round(took_s, 3),
                                  "statements": statements, "open_incidents": opened}))  # fmt: skip
                now += timedelta(hours=1)
                CheckState.objects.update(last_at=now)
    print(f"{asked.rules} rules x {asked.services} services: at most {worst[0]:.2f} s and {worst[1]} statements")  # fmt: skip
    return 0 if worst[0] < MOST_S and worst[1] <= MOST_STATEMENTS else 1


if __name__ == "__main__":
    sys.exit(main())
