"""docs/manifest.md has every key of the layout, and its examples do what it says they do."""

import re
from itertools import pairwise
from pathlib import Path

import pytest

from services.manifest import parse, source
from services.manifest.flat import FLAT_KEYS
from services.manifest.layout import ROOT
from services.manifest.reader import ManifestInvalid, read_manifest
from services.manifest.shape import Body, Group, Place, Slot, places_in
from services.manifest.walker import SECTION

DOCUMENT = (Path(__file__).parents[3] / "docs" / "manifest.md").read_text(encoding="utf-8")
FENCES = re.findall(r"^```(\w+)( mistakes)?\n(.*?)^```$", DOCUMENT, re.MULTILINE | re.DOTALL)
TYPES = {
    "text": "text",
    "integer": "whole number",
    "boolean": "`true` or `false`",
    "texts": "list of texts",
    "mapping": "mapping of anything",
    "value": "anything",
    "usage": "list of `service`, `purposes`",
}
assert ROOT.body is not None
PLACES = [ROOT, *places_in(ROOT.body)]


def slot_row(slot: Slot, kind: str) -> str:
    """Write the row that the document has for a slot."""
    form = TYPES[slot.type_in(kind)]
    if slot.choices:
        form = ", ".join(f"`{choice}`" for choice in slot.choices)
    if slot.is_required:
        form += ", required"
    return f"| `{slot.yaml_key}` | {form} | {slot.about} |"


def inner_row(inner: Place | Group) -> str:
    """Write the row that the document has for the key of inner records."""
    is_section = isinstance(inner, Place) and inner.kind == SECTION.kind
    return f"| `{inner.key}` | {'anything' if is_section else 'see below'} | {inner.about} |"


def rows(body: Body, kind: str) -> list[str]:
    """Write the rows of a mapping."""
    found = [slot_row(slot, kind) for slot in body.slots]
    found += [inner_row(place) for place in body.places]
    for group in body.groups:
        found += [inner_row(group), *rows(group.body, kind)]
    return found


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.key or place.kind)
def test_every_key_of_a_mapping_has_its_row(place):
    if place.body is not None:
        missing = [row for row in rows(place.body, place.kind) if row not in DOCUMENT]
        assert missing == []


@pytest.mark.parametrize("key", FLAT_KEYS)
def test_every_key_of_the_flat_list_is_there(key):
    assert f"`{key}`" in DOCUMENT


def test_every_limit_is_told():
    for limit in (parse.MAX_DEPTH, parse.MAX_NODES, parse.MAX_ITEMS, source.MAX_LINES):
        assert f"{limit:,}" in DOCUMENT
    assert f"{source.MAX_BYTES >> 20} MiB" in DOCUMENT


def test_the_examples_read_with_no_problems():
    examples = [text for kind, mark, text in FENCES if kind in ("yaml", "json") and not mark]

    assert len(examples) >= 10
    for text in examples:
        read_manifest(text, file_name="manifest.yml")


def test_the_mistakes_give_the_messages_that_follow_them():
    pairs = [(text, following[2]) for (_, mark, text), following in pairwise(FENCES) if mark]

    assert len(pairs) >= 3
    for text, told in pairs:
        with pytest.raises(ManifestInvalid) as caught:
            read_manifest(text, file_name="manifest.yml")
        assert str(caught.value).splitlines() == told.splitlines()
