"""Short words for planning, applying and reverting in tests."""

import textwrap
from datetime import UTC, datetime
from typing import Any

from services.catalog.models import ChangeSet
from services.manifest.actions import apply_plan, plan_manifest, revert_change_set
from services.manifest.plan import Plan

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
BY_TEST: dict[str, Any] = {"actor": None, "actor_name": "test", "message": "", "now": NOW}

SHOP = """
    projects:
      shop:
        services:
          api:
            owner: core team
            domains: {prod: api.example.com}
            env:
              required: [TOKEN]
            databases:
              primary: {service: db}
          db:
            kind: database
    """


def plan(text: str, **options: Any) -> Plan:
    """Plan an indented text."""
    return plan_manifest(textwrap.dedent(text), file_name="manifest.yml", **options)


def apply(text: str, *, force_prune: bool = False, **options: Any) -> ChangeSet | None:
    """Plan an indented text and apply the plan."""
    return apply_plan(plan(text, **options), **BY_TEST, force_prune=force_prune)


def revert(revision: int) -> ChangeSet:
    """Revert a change set."""
    return revert_change_set(revision, **BY_TEST)


def told(made: Plan) -> list[str]:
    """Give the plan's entries as short texts, those of the default environments left out."""
    return [
        f"{entry.action} {entry.kind} {entry.name}"
        for entry in made.entries
        if entry.kind != "environment"
    ]
