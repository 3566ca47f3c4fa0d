"""The layout has a place for every record and field, and keeps to what the tables can hold."""

import re

import pytest
from django.apps import apps

from services.catalog.records import KINDS
from services.manifest.layout import ROOT
from services.manifest.shape import ByItem, ByKey, Place, Slot, places_in
from services.manifest.walker import SECTION

assert ROOT.body is not None
PLACES = [ROOT, *places_in(ROOT.body), SECTION]
MODELS = {"deployment": "deploymentsettings", "migration_plan": "migrationplan"}
MODELS |= {"migration_step": "migrationstep", "redis_namespace": "redisnamespace"}
MODELS |= {"shared_variable": "sharedvariable", "variable_override": "variableoverride"}
COLUMNS = {"workspace": {}, "dependency": {"target": "target"}}


def slots_of(place: Place) -> list[Slot]:
    slots = list(place.body.slots) if place.body else []
    return [slot for slot in (*slots, place.bare) if slot is not None]


def filled_by(place: Place) -> set[str]:
    """Everything of a record that the place can fill."""
    filled = {slot.field for slot in slots_of(place) if slot.is_stored}
    filled |= {step.part for step in place.walk if step.part}
    filled |= {name for name, _ in place.implied} | ({place.owner_part} - {""})
    if place.body and place.body.rest == "extra":
        filled.add("extra")
    return filled


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_every_part_and_field_of_a_kind_can_be_stated(kind):
    parts = {*kind.key, *(field.name for field in kind.fields)}
    places = [place for place in PLACES if place.kind == kind.name]

    assert places
    for place in places:
        resolved = {"alias"} if place.key == "depends_on" else set()
        resolved |= {"position"} if place.kind == "environment" else set()
        resolved |= {"name"} if place is SECTION else set()
        assert filled_by(place) | resolved == parts


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.key or place.kind)
def test_the_keys_of_a_mapping_are_different(place):
    if place.body is None:
        return
    keys = [slot.yaml_key for slot in place.body.slots]
    keys += [inner.key for inner in place.body.places] + [group.key for group in place.body.groups]

    assert len(keys) == len(set(keys))
    assert place.body.known_keys == set(keys)


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.key or place.kind)
def test_texts_are_no_longer_than_their_columns(place):
    model = apps.get_model("services", MODELS.get(place.kind, place.kind))
    limits = {
        field.name: field.max_length
        for field in model._meta.get_fields()
        if getattr(field, "max_length", None)
    }
    for slot in slots_of(place):
        if slot.is_stored and slot.field in limits:
            assert slot.max_length is not None, slot
            assert slot.max_length <= limits[slot.field], slot
    for step in place.walk:
        if isinstance(step, ByKey) and step.part in limits:
            assert step.max_length <= limits[step.part]


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.key or place.kind)
def test_numbers_fit_their_columns(place):
    model = apps.get_model("services", MODELS.get(place.kind, place.kind))
    for slot in slots_of(place):
        if slot.type_in(place.kind) == "integer" and not slot.choices:
            column = model._meta.get_field(slot.field)
            small = column.get_internal_type() == "PositiveSmallIntegerField"
            assert slot.maximum == (32_767 if small else 2_147_483_647)


def test_patterns_are_at_least_as_wide_as_what_the_reader_accepts():
    examples = {
        "slug": ["a", "a-b.c_d", "0"],
        "hostname": ["a.b", "api.example.com", "xn--bcher-kva.example"],
        "path": ["/", "/v1/*", "/a?b=c"],
        "port": ["1", "65535", "${PORT:-8000}", "$PORT", "${PORT}"],
        "variable": ["A", "_A1"],
        "date": ["2026", "2026-Q2", "2026-03", "2026-03-31"],
    }
    formats = {
        slot.format for place in PLACES for slot in slots_of(place) if slot.format is not None
    }

    assert len(formats) == len(examples)
    texts = [text for group in examples.values() for text in group]
    accepted = 0
    for form in formats:
        for text in filter(form.accepts, texts):
            accepted += 1
            assert re.fullmatch(form.pattern, text), (form.expected, text)
    assert accepted >= len(texts)


def test_steps_are_of_the_two_known_kinds():
    assert {type(step) for place in PLACES for step in place.walk} == {ByKey, ByItem}
