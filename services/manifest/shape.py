"""The words of which `services.manifest.layout` is made: slots, steps, places and bodies. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from services.catalog.records import KINDS, FieldType
from services.manifest.formats import Format

EXTENSION_PREFIX = "x-"
NUMBER_PARTS = frozenset({"position", "number"})  # the parts of record keys that are integers

SlotType = FieldType | Literal["usage"]
Rest = Literal["refused", "extra", "x-sections", "sections"]


@dataclass(frozen=True, slots=True)
class Slot:
    """One value of a record: which field or key part it fills, under which YAML key, in what form.

    `default` is what a key part has when its YAML key is left out. `is_inherited` marks a field that
    an enclosing record gives when it is left out. `names_service` marks the name of a service, which
    is resolved; the record holds the service's own name. `is_stored` is false for what is read from
    the file but is no field of the record.
    """

    field: str
    about: str
    key: str = ""
    format: Format | None = None
    choices: tuple[str | int, ...] = ()
    max_length: int | None = None
    maximum: int | None = None
    is_required: bool = False
    is_inherited: bool = False
    is_stored: bool = True
    names_service: bool = False
    default: str | None = None
    type: SlotType | None = None

    @property
    def yaml_key(self) -> str:
        """The key in the YAML mapping."""
        return self.key or self.field

    @property
    def may_be_empty(self) -> bool:
        """Whether an empty text is as good as leaving the key out."""
        return not (self.is_required or self.is_inherited or self.default)

    def type_in(self, kind: str) -> SlotType:
        """Give the type of the value, from the record kind unless the slot has its own."""
        if self.type is not None:
            return self.type
        for field in KINDS[kind].fields:
            if field.name == self.field:
                return field.type
        return "integer" if self.field in NUMBER_PARTS else "text"


@dataclass(frozen=True, slots=True)
class ByKey:
    """A mapping whose keys are the `part` (a key part or field) of the records in it."""

    part: str
    placeholder: str
    format: Format | None = None
    choices: tuple[str, ...] = ()
    max_length: int = 100


@dataclass(frozen=True, slots=True)
class ByItem:
    """A list with one record an item; `part`, where given, is the item's index from 0.

    With `may_be_lone`, a list of one may be written as its item.
    """

    part: str = ""
    may_be_lone: bool = False


Step: TypeAlias = ByKey | ByItem


@dataclass(frozen=True, slots=True)
class Place:
    """Where records of one kind stand: under `key` of an enclosing mapping, then along `walk`.

    What stands at the end of the walk is a mapping described by `body`, or a bare value that fills
    the slot `bare`, or either where both are given. `implied` fields and parts come with the place.
    `owner_part` is the part or field that holds the name of the enclosing record.
    """

    kind: str
    key: str
    about: str
    walk: tuple[Step, ...] = ()
    body: "Body | None" = None
    bare: Slot | None = None
    implied: tuple[tuple[str, Any], ...] = ()
    owner_part: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """A mapping that holds places but is no record itself."""

    key: str
    about: str
    body: "Body"


@dataclass(frozen=True, slots=True)
class Body:
    """What a mapping may hold: slots of its own record, places of inner records, groups, the rest.

    `rest` says what other keys are: `refused`; `extra`: `x-` keys are kept in the field `extra`;
    `x-sections`: `x-` keys are kept whole as sections; `sections`: every other key is kept whole as a
    section named by its dotted path.
    """

    slots: tuple[Slot, ...] = ()
    places: tuple[Place, ...] = ()
    groups: tuple[Group, ...] = ()
    rest: Rest = "refused"

    @property
    def known_keys(self) -> frozenset[str]:
        """Every key that has a meaning here."""
        keys = [slot.yaml_key for slot in self.slots]
        keys += [place.key for place in self.places] + [group.key for group in self.groups]
        return frozenset(keys)

    def keeps(self, key: str) -> bool:
        """Say whether a key without a meaning of its own is kept rather than refused."""
        if self.rest in ("extra", "x-sections"):
            return key.startswith(EXTENSION_PREFIX)
        return self.rest == "sections"


def places_in(body: Body) -> Iterator[Place]:
    """Give every place in a mapping, through its groups and inner records, outer ones first."""
    for place in body.places:
        yield place
        if place.body is not None:
            yield from places_in(place.body)
    for group in body.groups:
        yield from places_in(group.body)
