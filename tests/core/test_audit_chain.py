"""The chain finds whatever was done to an entry; only a cut end needs the logged head."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from prism.core.audit_chain import GENESIS, Link, audit_key, key_id, seal, walk

KEY = audit_key("the first secret")
NEXT_KEY = audit_key("the second secret")
KEYS = {key_id(KEY): KEY}


def make_chain(length, key=KEY):
    entries, previous = [], GENESIS
    for number in range(1, length + 1):
        link = Link(
            number=number,
            at=datetime(2026, 11, 23, 12, number, tzinfo=UTC),
            action="login.ok",
            actor_kind="user",
            actor_id=7,
            actor_name="ada",
            target="",
            details="{}",
            address="192.0.2.1",
            session="",
            request_id="",
            key_id=key_id(key),
            previous_hash=previous,
        )
        previous = seal(link, key)
        entries.append((link, previous))
    return entries


def test_an_untouched_chain_is_intact():
    report = walk(make_chain(5), KEYS)

    assert report.is_intact
    assert (report.entries, report.head_number) == (5, 5)


def test_an_empty_chain_is_intact():
    assert walk([], KEYS).is_intact


@pytest.mark.parametrize(
    "change",
    [
        {"actor_name": "eve"},
        {"actor_id": None},
        {"action": "logout"},
        {"at": datetime(2026, 11, 23, 12, 3, 0, 1, tzinfo=UTC)},
        {"details": '{"fields":["phase"]}'},
        {"address": "192.0.2.9"},
        {"target": "x"},
        {"session": "x"},
        {"request_id": "x"},
        {"actor_kind": "cli"},
    ],
)
def test_a_changed_entry_is_found(change):
    entries = make_chain(5)
    entries[2] = (replace(entries[2][0], **change), entries[2][1])

    report = walk(entries, KEYS)

    assert (report.broken_at, report.reason) == (3, "its content was changed")


def test_a_changed_entry_with_a_new_plain_hash_is_found():
    entries = make_chain(5)
    forged = replace(entries[2][0], actor_name="eve")
    entries[2] = (forged, seal(forged, audit_key("not the key")))

    assert walk(entries, KEYS).broken_at == 3


def test_a_missing_entry_is_found():
    entries = make_chain(5)
    del entries[2]

    report = walk(entries, KEYS)

    assert (report.broken_at, report.reason) == (4, "entries 3 to 3 are missing")


def test_swapped_entries_are_found():
    entries = make_chain(4)
    one, other = entries[1][0], entries[2][0]
    entries[1] = (replace(one, number=3), entries[1][1])
    entries[2] = (replace(other, number=2), entries[2][1])
    entries[1], entries[2] = entries[2], entries[1]

    assert walk(entries, KEYS).broken_at == 2


def test_a_rotated_key_still_verifies_and_a_lost_one_is_named():
    entries = make_chain(3, NEXT_KEY)

    assert walk(entries, KEYS | {key_id(NEXT_KEY): NEXT_KEY}).is_intact
    assert key_id(NEXT_KEY) in walk(entries, KEYS).reason
