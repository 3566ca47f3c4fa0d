"""What must hold in every state of the catalog, the same rules as the database's own. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from services.catalog.changes import is_secret
from services.catalog.names import Status
from services.catalog.records import DEFINITION_KINDS, KINDS, Fields, Key, State

# Which field or part of the key holds the name of which other record.
_REFERENCES = (
    ("service", "project", "project"),
    ("shared_variable", "project", "project"),
    ("domain", "environment", "environment"),
    ("dependency", "target", "service"),
    ("migration_step", "plan", "migration_plan"),
)


@dataclass(frozen=True, slots=True)
class Fault:
    """One record that cannot be as it is; `rival` is the record that it is at odds with, if any."""

    kind: str
    key: Key
    field: str
    message: str
    rival: tuple[str, Key] | None = None


def find_faults(state: State) -> Iterator[Fault]:
    """Find dangling references, shared host names and secrets with a value, in the State's order."""
    for kind, spec in KINDS.items():
        if spec.key and spec.key[0] == "service":
            yield from _dangling(state, kind, "service", "service")
    for kind, field, referred in _REFERENCES:
        yield from _dangling(state, kind, field, referred)
    for key, fields in state["dependency"].items():
        if fields["target"] == key[0]:
            yield Fault("dependency", key, "target", f"{key[0]} depends on itself")
    yield from spelled_secrets(state)
    yield from _shared_hosts(state)


def spelled_secrets(state: State) -> Iterator[Fault]:
    """Find secrets with a value, in definitions and in overrides."""
    for kind in DEFINITION_KINDS:
        for key, fields in state[kind].items():
            if fields["secret"]:
                yield from _values_of(kind, key, fields)
    for key, fields in state["variable_override"].items():
        if is_secret(state, str(key[0]), str(key[2])):
            yield from _values_of("variable_override", key, fields)


def _values_of(kind: str, key: Key, fields: Fields) -> Iterator[Fault]:
    for field in ("value", "default"):
        if fields[field]:
            yield Fault(kind, key, field, f"a secret must not have a {field}")


def _dangling(state: State, kind: str, field: str, referred: str) -> Iterator[Fault]:
    parts = KINDS[kind].key
    known = state[referred]
    index = parts.index(field) if field in parts else None
    for key, fields in state[kind].items():
        name = fields[field] if index is None else key[index]
        if (name,) not in known:
            words = referred.replace("_", " ")
            yield Fault(kind, key, field, f"there is no {words} {name}", rival=(referred, (name,)))


def _shared_hosts(state: State) -> Iterator[Fault]:
    owners: dict[tuple[str, str], Key] = {}
    for key, fields in state["domain"].items():
        service = state["service"].get((key[0],))
        if service is None or service["status"] != Status.ACTIVE:
            continue
        hostname, environment = fields["hostname"], str(key[1])
        owner = owners.setdefault((environment, hostname), key)
        if owner != key:
            message = f"{hostname} ({environment}) belongs to {owner[0]}, which is active as well"
            yield Fault("domain", key, "hostname", message, rival=("domain", owner))
