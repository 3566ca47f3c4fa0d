"""Run every test on every server there is, and end with one summary line for all of it.

Each run is a pytest process of its own: the browser's driver and asyncio do not share one.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SERVERS = ("PRISM_TEST_DATABASE_URL", "PRISM_TEST_REDIS_URL")
COVERAGE_FILE = ROOT / ".coverage"


@dataclass
class Run:
    """One pytest process: its title, its arguments, the interpreter, and what it must not see."""

    title: str
    arguments: list[str]
    python: str = sys.executable
    without: tuple[str, ...] = SERVERS
    measured: bool = False
    environment: dict[str, str] = field(default_factory=dict)


def main() -> int:
    """Run the suite; 0 when everything passed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--coverage", action="store_true", help="measure, and hold the floor")
    parser.add_argument(
        "--also", metavar="PYTHON", help="the other interpreter, for the second run"
    )
    parser.add_argument("--note", default="", help="print this above the summary")
    options = parser.parse_args()
    started_at = time.monotonic()
    counts: Counter[str] = Counter()
    statuses = [execute(run, counts) for run in runs(options)]
    if options.coverage:
        statuses.append(report_coverage())
    if options.note:
        print(options.note)
    print(summary(counts, time.monotonic() - started_at), flush=True)
    return int(any(statuses))


def runs(options: argparse.Namespace) -> list[Run]:
    """Choose the runs, and say which are left out."""
    # many tests wait for a server: one process more than there are cores
    suite = ["tests", "--ignore=tests/browser", "-n", str(min((os.cpu_count() or 1) + 1, 5))]
    chosen = [Run("SQLite and embedded Valkey", suite, measured=options.coverage)]
    given = [name for name in SERVERS if os.environ.get(name)]
    if given:
        chosen.append(
            Run(
                f"the servers of {' and '.join(given)}, with {options.also or sys.executable}",
                suite,
                python=options.also or sys.executable,
                without=(),
            )
        )
    else:
        print("Not run on PostgreSQL and Redis: set PRISM_TEST_DATABASE_URL, PRISM_TEST_REDIS_URL.")
    if any(shutil.which(name) for name in BROWSERS):
        # the tests of one file share a console, and what they did to it
        arguments = ["tests/browser", "-n", "2", "--dist", "loadfile"]
        chosen.append(Run("a real browser", arguments))
    else:
        print("Browser tests are skipped: no Chromium here (Debian: apt install chromium).")
    if options.also and not given:
        chosen.append(Run(f"SQLite and {options.also}", suite, python=options.also))
    return chosen


def execute(run: Run, counts: Counter[str]) -> int:
    """Run pytest once and count its results; gives its exit status, with `no tests` as success."""
    print(f"\n=== Tests on {run.title}", flush=True)
    environment = {name: value for name, value in os.environ.items() if name not in run.without}
    command = [run.python, "-m", "pytest", "-q", *run.arguments]
    if run.measured:
        command[1:1] = ["-m", "coverage", "run", "--parallel-mode"]
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        ended = subprocess.run([*command, f"--junitxml={report}"], cwd=ROOT, env=environment)
        if not report.exists():
            counts["error"] += 1
            return 1
        count_results(report, counts)
    no_tests = 5
    return 0 if ended.returncode == no_tests else ended.returncode


def count_results(report: Path, counts: Counter[str]) -> None:
    """Add one report's results to the counts."""
    for suite in ElementTree.parse(report).getroot().iter("testsuite"):
        failed, broken, skipped = (
            int(suite.get(name, "0")) for name in ("failures", "errors", "skipped")
        )
        counts["failed"] += failed
        counts["error"] += broken
        counts["skipped"] += skipped
        counts["passed"] += int(suite.get("tests", "0")) - failed - broken - skipped


def report_coverage() -> int:
    """Combine what was measured and hold it against the floor in pyproject.toml."""
    coverage = [sys.executable, "-m", "coverage"]
    subprocess.run([*coverage, "combine", "--quiet"], cwd=ROOT)
    return subprocess.run(
        [*coverage, "report", "--skip-covered", "--sort=cover"], cwd=ROOT
    ).returncode


def summary(counts: Counter[str], seconds: float) -> str:
    """Write the results of all runs as pytest writes those of one."""
    words = [
        f"{counts[name]} {name}"
        for name in ("failed", "passed", "skipped", "error")
        if counts[name]
    ]
    return f"{', '.join(words) or 'no tests ran'} in {seconds:.2f}s"


if __name__ == "__main__":
    sys.exit(main())
