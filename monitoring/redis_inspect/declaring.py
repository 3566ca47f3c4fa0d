"""Declares an undeclared pattern in the catalog, as a scan suggests it."""

from datetime import datetime

from monitoring.redis_inspect.models import ScannedNamespace
from prism.core.access import Actor, authorize
from services.catalog.actions import record_edit
from services.catalog.models import RedisNamespace
from services.catalog.names import TtlPolicy

LONGEST_PATTERN = 200


class NotDeclarable(Exception):
    """The pattern cannot be declared as it is; the message says why."""


def declare_suggestion(
    *, row: ScannedNamespace, actor: Actor, now: datetime, message: str = ""
) -> RedisNamespace:
    """Make the suggestion a declaration, in a change set of the catalog. Raises NotDeclarable."""
    authorize(actor, "catalog.edit", row.pattern)
    if row.is_declared or len(row.pattern) > LONGEST_PATTERN:
        raise NotDeclarable(f"{row.pattern[:60]} cannot be declared as it is")
    longest = row.declaration.get("ttl_max_s")
    templates = row.declaration.get("templates") or [""]
    with record_edit(
        actor=actor, now=now, message=message or f"Declared {row.pattern} from scan {row.scan_id}"
    ) as edit:
        edit.watch("workspace", "")
        if RedisNamespace.objects.filter(pattern=row.pattern).exists():
            raise NotDeclarable(f"{row.pattern} is declared already")
        return RedisNamespace.objects.create(
            pattern=row.pattern,
            key_template=templates[0][:300],
            ttl_policy=(TtlPolicy.MAXIMUM if longest else TtlPolicy.NONE).value,
            ttl_max_s=longest,
            key_type=_known_type(row.declaration.get("key_type", "")),
        )


def _known_type(kind: str) -> str:
    """Leave out types that modules bring."""
    choices = {value for value, _ in RedisNamespace._meta.get_field("key_type").choices or ()}
    return kind if kind in choices else ""
