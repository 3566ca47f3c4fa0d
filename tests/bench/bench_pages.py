"""Prints how long the pages take with a large catalog, and their queries with a small one and a large one.

Every page is asked for through the whole stack of middleware, logged in, with debugging off; the
figure is the median of requests after a first one that fills the caches of the process.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypedDict

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.bench.generate import generate_manifest, service_name  # noqa: E402

SMALL, LARGE, VARIABLES = 10, 1_000, 30
REQUESTS = 15
TARGET_MS, TARGET_QUERIES = 300, 15


class Figures(TypedDict):
    """What the requests for one page cost, at the median."""

    ms: float
    cpu_ms: float
    queries: int
    kb: float


def main() -> None:
    """Measure every page with both catalogs, each in its own process, and print them side by side."""
    if len(sys.argv) == 2:
        print(json.dumps(_measure(int(sys.argv[1]))))
        return
    small, large = _run(SMALL), _run(LARGE)
    print(
        f"{LARGE:,} services, {LARGE * VARIABLES:,} variables; medians of {REQUESTS} requests on SQLite"
        f" (target {TARGET_MS} ms, {TARGET_QUERIES} queries, the same number with {SMALL} services)"
    )
    for page, figures in large.items():
        print(
            f"{page:15} {figures['ms']:5.0f} ms, {figures['cpu_ms']:5.0f} ms of it on the CPU"
            f"  {figures['queries']:3} queries ({small[page]['queries']} with {SMALL} services)"
            f"  {figures['kb']:5.0f} KB"
        )


def _run(services: int) -> dict[str, Figures]:
    with tempfile.TemporaryDirectory(prefix="prism-bench-") as folder:
        environment = {**os.environ, "PRISM_VAR_DIR": folder, "DATABASE_URL": ""}
        environment["DJANGO_SETTINGS_MODULE"] = "prism.settings"
        run = subprocess.run(
            [sys.executable, __file__, str(services)],
            env=environment,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            check=True,
            text=True,
        )
    figures: dict[str, Figures] = json.loads(run.stdout)
    return figures


def _measure(services: int) -> dict[str, Figures]:
    import django

    django.setup()
    from django.conf import settings
    from django.contrib.auth.models import User
    from django.test import Client

    # the sessions and caches of a console whose Redis is a dictionary: no server is measured here
    settings.CACHES["default"] = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    settings.ALLOWED_HOSTS = ["testserver"]
    _fill(services)
    client = Client()
    client.force_login(User.objects.create_superuser("admin", password="not asked for"))
    return {page: _ask(client.get, address) for page, address in _addresses(services).items()}


def _fill(services: int) -> None:
    from django.core.management import call_command
    from django.utils import timezone

    from services.manifest.actions import apply_plan, plan_manifest

    call_command("migrate", verbosity=0)
    text = generate_manifest(services, VARIABLES)
    plan = plan_manifest(text, file_name="manifest.yml")
    apply_plan(plan, actor=None, actor_name="bench", message="", now=timezone.now())
    _write_documents()
    _look_everywhere()


def _write_documents() -> None:
    """Give every service a document of the length that the owner's have."""
    from django.utils import timezone

    from prism.core.access import CommandLine
    from services.analyses.actions import Incoming, import_documents
    from services.analyses.document import read_document
    from services.catalog.models import Service

    document = read_document((ROOT / "examples" / "analyses" / "redis.md").read_text())
    incoming = [
        Incoming(service, f"{service.name}.md", document) for service in Service.objects.all()
    ]
    import_documents(incoming, actor=CommandLine("bench"), actor_name="bench", now=timezone.now())


def _look_everywhere() -> None:
    """Look at every service in three environments; now and then something is missing or empty."""
    from django.utils import timezone

    from services.catalog.models import Environment, Service, Variable
    from services.variables.models import Door, ObservedEnvironment, ObservedVariable

    now = timezone.now()
    names: dict[int, list[str]] = {}
    for service, name in Variable.objects.values_list("service_id", "name"):
        names.setdefault(service, []).append(name)
    environments = Environment.objects.filter(name__in=("prod", "staging", "dev"))
    looks = ObservedEnvironment.objects.bulk_create(
        [
            ObservedEnvironment(
                service=service, environment=environment, door=Door.ENV_FILE, observed_at=now
            )
            for service in Service.objects.all()
            for environment in environments
        ],
        batch_size=2_000,
    )
    places = [(look, name) for look in looks for name in names.get(look.service_id, ())]
    ObservedVariable.objects.bulk_create(
        [
            ObservedVariable(
                observed=look,
                name=name,
                state="empty" if at % 50 == 1 else "set",
                length_class="8-15",
                fingerprint=f"{at:032x}",
                key_id="bench",
                changed_at=now,
            )
            for at, (look, name) in enumerate(places)
            if at % 33
        ],
        batch_size=2_000,
    )


def _addresses(services: int) -> dict[str, str]:
    from services.catalog.models import Service

    name = service_name(services // 2)
    return {
        "home": "/",
        "service": f"/services/{name}/",
        "files": f"/services/{name}/files/",
        "checks": "/checks/",
        "variables": "/variables/",
        "what is missing": "/variables/?show=failing",
        "its variables": f"/services/{name}/variables/",
        "references": "/variables/references/",
        "list": "/admin/services/service/",
        "edit a service": f"/admin/services/service/{Service.objects.get(name=name).pk}/change/",
        "analyses": "/analyses/",
        "analysis": f"/services/{name}/analysis/",
        "graph": "/graph/",
        "roadmap": "/roadmap/",
        "search": "/search?q=variable",
        "manifest": "/manifest/",
        "change set": "/manifest/changes/1/",
    }


def _ask(get: Callable, address: str) -> Figures:
    from django.db import connection

    queries = [0]

    def count(execute: Callable, sql: str, params: object, many: bool, context: object) -> object:
        queries[0] += 1
        return execute(sql, params, many, context)

    _checked(get, address)
    times, cpu_times = [], []
    with connection.execute_wrapper(count):
        for _ in range(REQUESTS):
            started, started_cpu = time.perf_counter(), time.process_time()
            size = _checked(get, address)
            times.append((time.perf_counter() - started) * 1000)
            cpu_times.append((time.process_time() - started_cpu) * 1000)
    return {
        "ms": statistics.median(times),
        "cpu_ms": statistics.median(cpu_times),
        "queries": queries[0] // REQUESTS,
        "kb": size / 1000,
    }


def _checked(get: Callable, address: str) -> int:
    response = get(address)
    if response.status_code != 200:
        raise SystemExit(f"{address} answered {response.status_code}")
    return len(response.content)


if __name__ == "__main__":
    main()
