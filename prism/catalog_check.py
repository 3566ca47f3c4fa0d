"""The words of the checks on the command line: `prism check`."""

import json
import os
from argparse import Namespace
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib import import_module
from typing import Any

from prism.core.answer import DIFFERS, OK, Answer, CommandFailed
from prism.core.terminal import Terminal, printable
from prism.version import VERSION
from services.catalog.attention import CHECKS
from services.catalog.check_report import Source, as_json, as_list, as_sarif, as_text
from services.catalog.checks import (
    Asked,
    Check,
    Level,
    LevelsInvalid,
    Result,
    read_levels,
    registered,
    run_checks,
    run_suites,
    worst_first,
)
from services.catalog.records import State
from services.catalog.state_facts import facts_of

# Options of Django's own check, which looks at the settings alone and needs no database.
SETTINGS_ONLY = frozenset({"--deploy", "--fail-level", "--tag", "-t", "--list-tags", "--database"})


def is_of_settings(words: list[str]) -> bool:
    """Say whether the words ask for Django's check of the settings alone."""
    return words[:1] == ["check"] and any(word.partition("=")[0] in SETTINGS_ONLY for word in words)


def check(arguments: Namespace, terminal: Terminal, state: State) -> Answer:
    """Answer `prism check`: the settings and the catalog, or with --manifest a file alone.

    The exit status is 2 when a check that fails found something, 1 when the settings are wrong.
    """
    levels = _levels()
    checks: list[Check[Any]] = [*CHECKS, *(one for suite in registered() for one in suite.checks)]
    if arguments.list:
        listed = as_json([], checks, levels, Source())
        return Answer(listed, as_list(checks, levels, terminal))
    settings = [] if arguments.manifest else _settings()
    source = Source(arguments.manifest or "", getattr(arguments, "lines", None))
    results = _run(state, levels, is_file=bool(arguments.manifest))
    status = DIFFERS if any(result.severity == "error" for result in results) else OK
    if arguments.sarif:
        log = as_sarif(results, checks, levels, source, VERSION)
        return Answer(log, json.dumps(log, indent=2), status)
    document = {"settings": settings, **as_json(results, checks, levels, source)}
    lines = [
        f"{one['id']} {printable(one['message'])} {printable(one['hint'])}" for one in settings
    ]
    lines += [as_text(results, source, terminal)]
    if arguments.manifest:
        lines += [
            "Only the file was asked: what was seen of variables and documents is in the database."
        ]
    return Answer(document, "\n".join(lines), status)


def _run(state: State, levels: Mapping[str, Level], *, is_file: bool) -> list[Result]:
    """Run the catalog's own checks on the state, and those of the other rooms where their tables are."""
    now = datetime.now(UTC)
    facts = facts_of(state, now.date())
    statuses = {service.name: service.status for service in facts.services}
    results = run_checks(CHECKS, facts, statuses=statuses, levels=levels)
    if not is_file:
        results += run_suites(Asked(now), statuses=statuses, levels=levels)
    return worst_first(results)


def _levels() -> dict[str, Level]:
    try:
        return read_levels(os.environ.get("PRISM_CHECKS", ""))
    except LevelsInvalid as error:
        raise CommandFailed(f"PRISM_CHECKS: {error}") from error


def _settings() -> list[dict[str, str]]:
    """Give what Django's check says of the settings; an error in them stops everything else."""
    messages = import_module("django.core.checks").run_checks()
    found = [
        {"id": str(one.id), "message": str(one.msg), "hint": str(one.hint or "")}
        for one in messages
    ]
    if any(one.is_serious() for one in messages):
        said = [f"{one['id']}: {one['message']} {one['hint']}".strip() for one in found]
        raise CommandFailed("\n".join(["the settings are wrong", *said]))
    return found
