"""The language of conditions: read strictly when saved, and nothing is taken for zero."""

import hypothesis.strategies as st
import pytest
from hypothesis import given

from monitoring.health.conditions import ConditionInvalid, broken, parse

FACTS = {
    "status": 200,
    "latency_ms": 120.5,
    "cert_days": 20.0,
    "body": '{"status": "healthy"}',
    "json": {"status": "healthy", "ok": True, "depth": {"items": [{"n": 3}]}, "none": None},
    "header": {"x-cache": "HIT"},
    "redis": {"used_memory": 5_000_000},
}


@pytest.mark.parametrize(
    "line",
    [
        "status == 200",
        "latency_ms < 800",
        'json.status == "healthy"',
        "json.ok == true",
        "json.none == null",
        "json.depth.items.0.n >= 3",
        'header.x-cache == "HIT"',
        'body contains "healthy"',
        "cert_days > 14",
        "redis.used_memory < 100000000",
        "status != 500",
    ],
)
def test_a_condition_that_holds(line: str) -> None:
    assert broken(parse(line), FACTS) == []


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("status == 204", "it was 200"),
        ("json.missing == 1", "not there"),
        ("json.depth.items.7.n > 0", "not there"),
        ("json.status > 3", 'it was "healthy"'),
        ("json.ok == 1", "it was true"),
        ("json.none < 5", "it was null"),
        ('body contains "sick"', "it was"),
        ("cert_days > 30", "it was 20.0"),
    ],
)
def test_a_condition_that_does_not_hold_says_what_was_there(line: str, found: str) -> None:
    (only,) = broken(parse(line), FACTS)

    assert line in str(only)
    assert found in str(only)


def test_a_value_that_is_not_there_is_not_zero() -> None:
    assert broken(parse("latency_ms < 800\nstatus != 500"), {}) != []
    assert len(broken(parse("latency_ms < 800\nstatus != 500"), {})) == 2


@pytest.mark.parametrize(
    ("text", "because"),
    [
        ("status = 200", "write it like"),
        ("status==200", "write it like"),
        ("wat == 1", "there is no wat"),
        ("json. == 1", "there is no"),
        ("status == abc", "no number"),
        ('latency_ms < "x"', "compares numbers"),
        ('status == "200"', "is a number"),
        ("body contains 5", "quotation marks"),
        ("json.a == [1]", "no number and no text"),
        ("status == 1e999", "no number and no text"),
        ("json.a == NaN", "no number and no text"),
        ("__import__('os') == 1", "write it like"),
        ("\n".join(["status == 200"] * 21), "more than 20"),
    ],
)
def test_a_line_that_cannot_be_read_is_refused_with_its_reason(text: str, because: str) -> None:
    with pytest.raises(ConditionInvalid, match="line") as refused:
        parse(text)

    assert because in str(refused.value)


def test_a_warning_only_warns() -> None:
    warning, failure = parse("warn latency_ms < 1\nstatus == 200")

    assert warning.only_warns
    assert not failure.only_warns


@given(st.text(max_size=80))
def test_whatever_is_typed_is_read_or_refused(text: str) -> None:
    try:
        conditions = parse(text)
    except ConditionInvalid:
        return
    broken(conditions, FACTS)
