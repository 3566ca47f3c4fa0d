"""Reads which namespaces are in force: the catalog's declarations over the console's own."""

from dataclasses import fields

from monitoring.redis_inspect.namespaces import Namespace, in_force
from services.catalog.models import RedisNamespace
from services.catalog.names import Sensitivity, TtlPolicy

_FIELDS = tuple(one.name for one in fields(Namespace) if one.name != "is_default")


def namespaces_in_force() -> list[Namespace]:
    """Give the declarations in the order in which they are shown. One query."""
    return in_force(_namespace(row) for row in RedisNamespace.objects.all())


def _namespace(row: RedisNamespace) -> Namespace:
    values = {name: getattr(row, name) for name in _FIELDS}
    values["ttl_policy"] = TtlPolicy(row.ttl_policy)
    values["sensitivity"] = Sensitivity(row.sensitivity)
    return Namespace(**values)
