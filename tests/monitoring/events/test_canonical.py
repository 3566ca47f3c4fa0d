"""What arrives becomes an event that everything can take, or is refused by name."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitoring.events.canonical import (
    MOST_BYTES,
    EventRefused,
    parse_json,
    read_leniently,
    read_strictly,
)
from monitoring.events.filters import EventFilter, read_filter
from tests.monitoring.events.hostile import HOSTILE

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
EVENT = {"service": "docs-site", "type": "deploy.success"}


def strictly(**over: Any) -> Any:
    return read_strictly({**EVENT, **over}, now=NOW)


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_bytes_are_refused_by_name_or_made_harmless(name: str) -> None:
    raw, refusal = HOSTILE[name]

    if refusal is not None:
        with pytest.raises(EventRefused, match=refusal):
            read_leniently(parse_json(raw), now=NOW)
    else:
        event = read_leniently(parse_json(raw), now=NOW)
        everything = f"{event.service}{event.type}{event.message}{event.payload}"
        assert "\x00" not in everything
        everything.encode("utf-8")
        assert NOW - timedelta(days=366) <= event.occurred_at <= NOW + timedelta(minutes=5)


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"service": ""}, "service"),
        ({"service": 5}, "service"),
        ({"type": None}, "type"),
        ({"type": "t" * 101}, "type"),
        ({"severity": "loud"}, "severity"),
        ({"severity": ["info"]}, "severity"),
        ({"message": {"a": 1}}, "message"),
        ({"occurred_at": "yesterday"}, "occurred_at"),
        ({"id": "x" * 201}, "id"),
        ({"colour": "red"}, "colour"),
        ({"payload": "ü" * MOST_BYTES}, "payload"),
    ],
)
def test_the_api_names_the_field_that_is_wrong(over: dict[str, Any], field: str) -> None:
    with pytest.raises(EventRefused) as caught:
        read_strictly({**EVENT, **over}, now=NOW, field="events.3")

    assert caught.value.field == f"events.3.{field}"


def test_an_event_of_ours_keeps_its_payload_alone() -> None:
    event = read_leniently({**EVENT, "payload": {"commit": "f8e9d0a"}}, now=NOW)

    assert (event.service, event.type, event.severity) == ("docs-site", "deploy.success", "info")
    assert json.loads(event.payload) == {"commit": "f8e9d0a"}


def test_anything_else_is_the_payload_whole_with_what_could_be_recognised() -> None:
    document = {"app": "billing", "event": "paid", "level": "WARN", "msg": "late", "ts": 1763898000}

    event = read_leniently(document, now=datetime.fromtimestamp(1763898060, UTC))

    assert (event.service, event.type, event.severity, event.message) == (
        "billing", "paid", "warning", "late",
    )  # fmt: skip
    assert event.occurred_at == datetime.fromtimestamp(1763898000, UTC)
    assert json.loads(event.payload) == document


@pytest.mark.parametrize("document", [[1, 2], "plain words", 7, None, True, {}])
def test_what_is_no_object_is_kept_too(document: Any) -> None:
    event = read_leniently(document, now=NOW)

    assert (event.service, event.type) == ("unknown", "message")
    assert json.loads(event.payload) in (document, None)


def test_what_is_cut_off_is_whole_in_the_payload() -> None:
    document = {**EVENT, "message": "m" * 5000}

    event = read_leniently(document, now=NOW)

    assert len(event.message) == 2000
    assert json.loads(event.payload) == document


def test_an_id_that_is_too_long_is_no_id() -> None:
    assert read_leniently({**EVENT, "id": "x" * 201}, now=NOW).event_id == ""
    assert read_leniently({**EVENT, "id": 42}, now=NOW).event_id == "42"


@pytest.mark.parametrize("wrong", ["2030-01-01T00:00:00Z", "1999-01-01T00:00:00Z"])
def test_a_time_that_cannot_be_true_is_the_time_of_arrival(wrong: str) -> None:
    assert strictly(occurred_at=wrong).occurred_at == NOW


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


# a machine that is busy generates slowly, which says nothing about the code
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(
            ["id", "service", "type", "severity", "message", "occurred_at", "payload", "x"]
        ),
        JSON,
    )
)
def test_every_json_object_becomes_an_event_within_the_columns(document: dict[str, Any]) -> None:
    event = read_leniently(parse_json(json.dumps(document)), now=NOW)

    assert 0 < len(event.service) <= 100
    assert 0 < len(event.type) <= 100
    assert len(event.message) <= 2000
    assert len(event.event_id) <= 200
    json.loads(event.payload)


def test_a_filter_of_nonsense_filters_nothing() -> None:
    assert read_filter({"severity": "loud", "service": ["a"], "text": "\x00"}) == EventFilter()
    assert read_filter({"severity": "error", "text": " Ü "}) == EventFilter(
        severity="error", text="Ü"
    )
