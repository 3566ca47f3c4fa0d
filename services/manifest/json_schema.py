"""The JSON Schema of the manifest, for editors, made from the layout. Pure.

It is a little wider than the reader: references, cycles, host names and secrets are the reader's. An
unquoted `1.0` or `true` is a number or truth value to an editor but a text to the reader, so texts accept
scalars of every type.
"""

from typing import Any

from services.manifest.layout import ROOT
from services.manifest.shape import (
    EXTENSION_PREFIX,
    Body,
    ByKey,
    Group,
    Place,
    Slot,
    SlotType,
    Step,
)
from services.manifest.values import USAGE_KEYS

Schema = dict[str, Any]
DIALECT = "https://json-schema.org/draft/2020-12/schema"

_SHARED = ("project", "service")  # kinds whose mapping is described once, under $defs
_TEXTS: Schema = {
    "type": ["array", "null"],
    "items": {"type": ["string", "number", "boolean"]},
}
_USAGE: Schema = {
    "type": ["array", "null"],
    "items": {
        "type": "object",
        "properties": dict(zip(USAGE_KEYS, ({"type": "string"}, _TEXTS), strict=True)),
        "required": ["service"],
        "additionalProperties": False,
    },
}
_TYPES: dict[SlotType, Schema] = {
    "text": {"type": ["string", "number", "boolean", "null"]},
    "integer": {"type": ["integer", "null"], "minimum": 0},
    "boolean": {"type": ["boolean", "null"]},
    "texts": _TEXTS,
    "mapping": {"type": ["object", "null"]},
    "value": {},
    "usage": _USAGE,
}


def json_schema() -> Schema:
    """Give the schema of a manifest as JSON Schema 2020-12."""
    definitions: Schema = {}
    body = ROOT.body or Body()
    return {
        "$schema": DIALECT,
        "title": "Prism manifest",
        "description": ROOT.about,
        **_body(body, ROOT.kind, definitions),
        "$defs": definitions,
    }


def _body(body: Body, kind: str, definitions: Schema) -> Schema:
    properties: Schema = {slot.yaml_key: _slot(slot, slot.type_in(kind)) for slot in body.slots}
    properties |= {place.key: _place(place, definitions) for place in body.places}
    properties |= {group.key: _group(group, definitions) for group in body.groups}
    schema: Schema = {"type": "object", "properties": properties}
    if required := [slot.yaml_key for slot in body.slots if slot.is_required]:
        schema["required"] = required
    if body.rest in ("extra", "x-sections"):
        schema["patternProperties"] = {f"^{EXTENSION_PREFIX}": {}}
    if body.rest != "sections":
        schema["additionalProperties"] = False
    return schema


def _group(group: Group, definitions: Schema) -> Schema:
    schema = _body(group.body, ROOT.kind, definitions)
    return {**schema, "type": ["object", "null"], "description": group.about}


def _place(place: Place, definitions: Schema) -> Schema:
    schema = _record(place, definitions)
    for step in reversed(place.walk):
        schema = _step(step, schema)
    if not place.walk and place.body is not None:
        schema = {**schema, "type": ["object", "null"]}
    return {**schema, "description": place.about}


def _record(place: Place, definitions: Schema) -> Schema:
    """Describe what stands at the end of a place's walk."""
    forms: list[Schema] = []
    if place.bare is not None:
        forms.append(_slot(place.bare, place.bare.type_in(place.kind)))
    if place.body is not None and place.kind in _SHARED:
        if place.kind not in definitions:
            schema = _body(place.body, place.kind, definitions)
            definitions[place.kind] = {**schema, "type": ["object", "null"]}
        forms.append({"$ref": f"#/$defs/{place.kind}"})
    elif place.body is not None:
        forms.append(_body(place.body, place.kind, definitions))
    return forms[0] if len(forms) == 1 else {"anyOf": forms}


def _step(step: Step, inner: Schema) -> Schema:
    if isinstance(step, ByKey):
        schema: Schema = {"type": ["object", "null"], "additionalProperties": inner}
        if step.choices:
            schema["propertyNames"] = {"enum": list(step.choices)}
        elif step.format:
            schema["propertyNames"] = {"pattern": _whole(step.format.pattern)}
        return schema
    items: Schema = {"type": ["array", "null"], "items": inner}
    return {"anyOf": [inner, items]} if step.may_be_lone else items


def _slot(slot: Slot, slot_type: SlotType) -> Schema:
    schema: Schema = {"description": slot.about}
    if slot.choices:
        return {**schema, "enum": [*slot.choices, *([""] if slot.may_be_empty else []), None]}
    schema |= _TYPES[slot_type]
    if slot.format:
        ending = "|" if slot.may_be_empty else ""
        schema["pattern"] = _whole(slot.format.pattern + ending)
    if slot.max_length:
        schema["maxLength"] = slot.max_length
    if slot.maximum:
        schema["maximum"] = slot.maximum
    return schema


def _whole(pattern: str) -> str:
    """Hold a whole text to a pattern, which in a JSON Schema matches anywhere."""
    return f"^(?:{pattern})$"
