"""Prints how long a large manifest takes to plan, apply and apply again, and the memory of each.

Every figure is the median of runs in processes of their own, on a new SQLite database.
"""

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.bench.generate import generate_manifest, service_name  # noqa: E402

SERVICES, VARIABLES = 1_000, 30
RUNS = 3
TARGETS_S = {"apply": 10.0, "apply again": 3.0, "plan of one line": 3.0, "revert": None}
MEMORY_TARGET_MB = 500


def main() -> None:
    """Run every step in its own process, RUNS times over, and print the medians."""
    if len(sys.argv) == 3:
        print(json.dumps(_measure(sys.argv[1], Path(sys.argv[2]))))
        return
    text = generate_manifest(SERVICES, VARIABLES)
    print(
        f"{SERVICES:,} services, {SERVICES * VARIABLES:,} variables, {len(text) / 1e6:.1f} MB of YAML;"
        f" medians of {RUNS} runs on SQLite"
    )
    figures: dict[str, list[dict[str, float]]] = {step: [] for step in TARGETS_S}
    for _ in range(RUNS):
        with tempfile.TemporaryDirectory(prefix="prism-bench-") as folder:
            Path(folder, "manifest.yml").write_text(text)
            _run("migrate", folder)
            for step in TARGETS_S:
                figures[step].append(_run(step, folder))
    for step, target_s in TARGETS_S.items():
        _print_figures(step, target_s, figures[step])


def _print_figures(step: str, target_s: float | None, runs: list[dict[str, float]]) -> None:
    def median(name: str) -> float:
        return statistics.median(run[name] for run in runs)

    target = f"target {target_s:g} s" if target_s else "no target"
    print(
        f"{step:17} {median('seconds'):6.2f} s ({target}), {median('cpu_seconds'):5.2f} s of it on the CPU"
        f"  {median('memory_mb'):4.0f} MB (target {MEMORY_TARGET_MB} MB)"
        f"  {median('queries'):4.0f} queries, {median('writes'):4.0f} of them writes"
        f"  {median('changes'):7,.0f} changes"
    )


def _run(step: str, folder: str) -> dict[str, float]:
    environment = {**os.environ, "PRISM_VAR_DIR": folder, "DATABASE_URL": ""}
    environment["DJANGO_SETTINGS_MODULE"] = "prism.settings"
    run = subprocess.run(
        [sys.executable, __file__, step, folder],
        env=environment,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    figures: dict[str, float] = json.loads(run.stdout)
    return figures


def _measure(step: str, folder: Path) -> dict[str, float]:
    """Do one step in this process; the time includes reading the file, not starting Python."""
    import django

    django.setup()
    from django.db import connection

    counted = {"queries": 0, "writes": 0}

    def count(execute: Callable, sql: str, params: object, many: bool, context: object) -> object:
        counted["queries"] += 1
        counted["writes"] += sql.startswith(("INSERT", "UPDATE", "DELETE"))
        return execute(sql, params, many, context)

    do = _steps()[step]
    connection.ensure_connection()
    started, started_cpu = time.perf_counter(), time.process_time()
    with connection.execute_wrapper(count):
        changes = do(folder)
    return {
        "seconds": time.perf_counter() - started,
        "cpu_seconds": time.process_time() - started_cpu,
        "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "changes": changes,
        **counted,
    }


def _steps() -> dict[str, Callable[[Path], int]]:
    from django.core.management import call_command
    from django.utils import timezone

    from services.manifest.actions import apply_plan, plan_manifest, revert_change_set

    by = {"actor": None, "actor_name": "bench", "message": "", "now": timezone.now()}

    def migrate(folder: Path) -> int:
        call_command("migrate", verbosity=0)
        return 0

    def apply(folder: Path) -> int:
        plan = plan_manifest((folder / "manifest.yml").read_bytes(), file_name="manifest.yml")
        apply_plan(plan, **by)
        return len(plan.entries)

    def plan_one_line(folder: Path) -> int:
        text = (folder / "manifest.yml").read_text()
        name = service_name(SERVICES // 2)
        changed = text.replace(f'repo: "example/{name}"', f'repo: "moved/{name}"')
        return len(plan_manifest(changed, file_name="manifest.yml").entries)

    def revert(folder: Path) -> int:
        return sum(revert_change_set(1, **by).counts.values())

    return {
        "migrate": migrate,
        "apply": apply,
        "apply again": apply,
        "plan of one line": plan_one_line,
        "revert": revert,
    }


if __name__ == "__main__":
    main()
