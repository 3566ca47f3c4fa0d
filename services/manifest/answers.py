"""What scripts read of plans and change sets: the same words on the command line and in the API."""

from dataclasses import asdict
from typing import Any

from services.catalog.changes import as_json
from services.catalog.models import ChangeSet
from services.manifest.plan import Plan


def plan_answer(made: Plan) -> dict[str, Any]:
    """Give what a plan would change, and what its reader should know."""
    return {
        "changes": [as_json(entry) for entry in made.entries],
        "warnings": [asdict(warning) for warning in made.warnings],
        "unlisted": [
            {"model": kind, "name": "/".join(map(str, key))} for kind, key in made.unlisted
        ],
        "suggestions": [asdict(suggestion) for suggestion in made.suggestions],
    }


def change_set_answer(change_set: ChangeSet) -> dict[str, Any]:
    """Give one change set without its entries; load `reverts` and `reverted_by` with it."""
    reverted_by = getattr(change_set, "reverted_by", None)
    return {
        "change_set": change_set.revision,
        "created_at": change_set.created_at.isoformat(),
        "actor": change_set.actor_name,
        "kind": change_set.kind,
        "counts": change_set.counts,
        "message": change_set.message,
        "reverts": change_set.reverts.revision if change_set.reverts else None,
        "reverted_by": reverted_by.revision if reverted_by else None,
    }
