"""The effective environment: what a service finds in one environment, and which layer says so. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from services.catalog.names import Level
from services.catalog.records import KINDS, Fields, State
from services.catalog.references import holds_reference

# From the weakest to the strongest: what a service says of a variable beats what its project says,
# and what is said for one environment beats what is said for all of them.
Layer = Literal["project", "service", "environment"]
Origin = Literal["value", "reference", "default", "generate", "elsewhere", "nowhere"]

# The columns of a definition and of an override, with the name.
DEFINITION_COLUMNS = ("name", *(field.name for field in KINDS["variable"].fields))
OVERRIDE_COLUMNS = ("name", *(field.name for field in KINDS["variable_override"].fields))
_LEVELS = tuple(level.value for level in Level)


@dataclass(frozen=True, slots=True)
class Definition:
    """What one layer says of a variable; a field that it says nothing of is empty.

    `environment` is empty but for an override, which says only what differs there.
    """

    name: str
    layer: Layer
    level: str = ""
    description: str = ""
    source: str = ""
    value: str = ""
    default: str = ""
    example: str = ""
    format: str = ""
    generate: str = ""
    allowed_values: tuple[str, ...] = ()
    is_secret: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """One variable of an effective environment.

    `origin` says what `text` is: `value` and `default` are the value itself, `reference` holds
    `${{...}}`, `generate` is the command that makes one, `elsewhere` tells people where it comes
    from, and `nowhere` is empty. `layer` is the one that gave `text`; `layers` are all that say
    anything of the variable, the weakest first. The text of a secret is never a value.
    """

    name: str
    level: str
    layer: Layer
    origin: Origin
    text: str
    is_secret: bool
    example: str
    description: str
    default: str
    format: str
    generate: str
    source: str
    allowed_values: tuple[str, ...]
    layers: tuple[Layer, ...]

    @property
    def is_read(self) -> bool:
        """Whether the service reads the variable; the others it offers to other services."""
        return self.level != Level.EXPORTED

    @property
    def is_required(self) -> bool:
        """Whether the service cannot start without it."""
        return self.level == Level.REQUIRED


def effective_environment(layers: Iterable[Definition]) -> list[Entry]:
    """Lay definitions over each other, the weakest first; required entries first, then by name.

    Field by field the strongest layer that says anything wins. `value` and `source` are one
    question: an override with a value drops the source below it. What one layer calls a secret
    stays one, and its value and default are dropped.
    """
    by_name: dict[str, list[Definition]] = {}
    for definition in layers:
        by_name.setdefault(definition.name, []).append(definition)
    entries = [_merged(name, definitions) for name, definitions in by_name.items()]
    return sorted(entries, key=lambda entry: (_LEVELS.index(entry.level), entry.name))


def environment_of(state: State, service: str, environment: str) -> list[Entry]:
    """Give the effective environment of a service of the state; raise KeyError when it has none such."""
    project = state["service"][service,]["project"]
    return effective_environment(
        [
            *_definitions(state["shared_variable"], project, "project"),
            *_definitions(state["variable"], service, "service"),
            *(
                override_of(name, fields)
                for (owner, place, name), fields in state["variable_override"].items()
                if (owner, place) == (service, environment)
            ),
        ]
    )


def definition_of(name: str, layer: Layer, fields: Mapping[str, Any]) -> Definition:
    """Make a definition of the fields of a variable or of a shared variable."""
    return Definition(
        name,
        layer,
        level=fields["level"],
        description=fields["description"],
        source=fields["source"],
        value=fields["value"],
        default=fields["default"],
        example=fields["example"],
        format=fields["format"],
        generate=fields["generate"],
        allowed_values=tuple(fields["allowed_values"]),
        is_secret=fields["secret"],
    )


def override_of(name: Any, fields: Mapping[str, Any]) -> Definition:
    """Make a definition of the fields of an override."""
    return Definition(
        str(name),
        "environment",
        level=fields["level"],
        source=fields["source"],
        value=fields["value"],
        default=fields["default"],
    )


def _definitions(records: Mapping[Any, Fields], owner: str, layer: Layer) -> list[Definition]:
    return [
        definition_of(name, layer, fields)
        for (owned_by, name), fields in records.items()
        if owned_by == owner
    ]


def _merged(name: str, definitions: Sequence[Definition]) -> Entry:
    is_secret = any(definition.is_secret for definition in definitions)
    said = [definition for definition in definitions if definition.value or definition.source]
    stated = said[-1] if said else definitions[-1]
    default = "" if is_secret else _last(definitions, "default")
    generate = _last(definitions, "generate")
    value = "" if is_secret else stated.value
    origin, text = _origin(value, stated.source, default, generate)
    giver = {"default": "default", "generate": "generate"}.get(origin)
    layer = (
        next(
            (
                definition.layer
                for definition in reversed(definitions)
                if getattr(definition, giver)
            ),
            stated.layer,
        )
        if giver
        else stated.layer
    )
    return Entry(
        name=name,
        level=_last(definitions, "level") or Level.OPTIONAL.value,
        layer=layer,
        origin=origin,
        text=text,
        is_secret=is_secret,
        example=_last(definitions, "example"),
        description=_last(definitions, "description"),
        default=default,
        format=_last(definitions, "format"),
        generate=generate,
        source=stated.source,
        allowed_values=_last(definitions, "allowed_values"),
        layers=tuple(definition.layer for definition in definitions),
    )


def _origin(value: str, source: str, default: str, generate: str) -> tuple[Origin, str]:
    if value:
        return "value", value
    if holds_reference(source):
        return "reference", source
    if default:
        return "default", default
    if generate:
        return "generate", generate
    return ("elsewhere", source) if source else ("nowhere", "")


def _last(definitions: Sequence[Definition], field: str) -> Any:
    """Give what the strongest layer that says anything says of a field."""
    for definition in reversed(definitions):
        if said := getattr(definition, field):
            return said
    return getattr(definitions[0], field)
