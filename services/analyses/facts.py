"""Reads the catalog's facts about a service as flat text by field, to compare documents with."""

from collections.abc import Iterator, Mapping
from typing import Any

from services.analyses.stated import DEPLOYMENT_FIELDS, SERVICE_FIELDS
from services.catalog.models import Service

MAPPINGS = ("configuration", "backups", "schema_migrations")
MAX_DEPTH = 4


def facts_of(service: Service) -> dict[str, str]:
    """Give what the catalog knows of a service; load it with its deployment. No query then.

    Empty fields are left out: what nobody stated is no fact.
    """
    deployment = getattr(service, "deployment", None)
    pairs = [(field, getattr(service, field)) for field in SERVICE_FIELDS]
    pairs += [(field, getattr(service, field)) for field in MAPPINGS]
    if deployment is not None:
        pairs += [
            (f"deployment.{field}", getattr(deployment, field)) for field in DEPLOYMENT_FIELDS
        ]
    return dict(pair for field, value in pairs for pair in _flat(field, value))


def names_of(service: Service) -> tuple[str, ...]:
    """Give every word that a document may use for the service itself."""
    return (service.name, service.display_name, service.type, service.railway_service)


def _flat(field: str, value: Any, depth: int = 0) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping) and depth < MAX_DEPTH:
        for key, inner in value.items():
            yield from _flat(f"{field}.{key}", inner, depth + 1)
    elif isinstance(value, list):
        if value:
            yield field, ", ".join(map(str, value))
    elif value not in ("", None, {}):
        yield field, str(value)
