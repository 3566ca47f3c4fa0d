"""Which namespace a key belongs to, and which declarations are in force."""

import random
import re

import pytest

from monitoring.redis_inspect.namespaces import (
    DEFAULTS,
    Matcher,
    Namespace,
    in_force,
    literal_prefix,
    overlaps,
)


def owner(key: bytes, *patterns: str) -> str | None:
    index = Matcher([Namespace(pattern) for pattern in patterns]).index_of(key)
    return patterns[index] if index >= 0 else None


@pytest.mark.parametrize(
    ("key", "patterns", "expected"),
    [
        (b"session:1", ("session:*",), "session:*"),
        (b"sessions:1", ("session:*",), None),
        (b"api:cache:x", ("api:*", "api:cache:*"), "api:cache:*"),
        (b"api:other", ("api:*", "api:cache:*"), "api:*"),
        (b"user:7:name", ("user:*", "user:*:name"), "user:*:name"),
        (b"user:7:mail", ("user:*", "user:*:name"), "user:*"),
        (b"a", ("?",), "?"),
        (b"ab", ("?",), None),
        (b"k1", ("k[0-4]",), "k[0-4]"),
        (b"k7", ("k[^0-4]", "*"), "k[^0-4]"),
        (b"k[", (r"k\[",), r"k\["),
        (b"a\nb", ("a*b", "*"), "a*b"),
        (b"\xff\xfe", ("*",), "*"),
        (b"", ("a*",), None),
        (b"caf\xc3\xa9:1", ("café:*",), "café:*"),
        (b"literal", ("literal",), "literal"),
        (b"literally", ("literal",), None),
        (b"x", (), None),
        (b"z", ("[z-a]",), "[z-a]"),  # Redis reads the range from a to z
        (b"a[b", ("a[b",), "a[b"),  # no end: the bracket means itself
    ],
)
def test_the_longest_literal_prefix_wins(key, patterns, expected):
    assert owner(key, *patterns) == expected
    assert owner(key, *reversed(patterns)) == expected


def test_any_glob_is_matched_as_simple_patterns_say():
    chance = random.Random(7)
    for _ in range(2_000):
        pattern = "".join(chance.choices("ab:*?", k=chance.randint(1, 6)))
        key = "".join(chance.choices("ab:", k=chance.randint(0, 6)))
        plain = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")

        assert (owner(key.encode(), pattern) is not None) == bool(re.fullmatch(plain, key))


def test_a_pattern_of_stars_takes_no_time():
    assert owner(b"a" * 5_000, "a*" * 30 + "b") is None


def test_the_text_before_the_first_wildcard_is_literal():
    assert [literal_prefix(p) for p in ("a:*", "a", "*", r"a\*b", "a[b]", "a?")] == [
        *("a:", "a", "", "a", "a", "a")
    ]


def test_overlaps_are_named_with_their_winner():
    pairs = overlaps([Namespace(p) for p in ("api:*", "api:cache:*", "session:*", "session:fixed")])

    assert [(winner.pattern, other.pattern) for winner, other in pairs] == [
        ("session:fixed", "session:*"),
        ("api:cache:*", "api:*"),
    ]


def test_the_consoles_own_do_not_overlap():
    assert overlaps(DEFAULTS) == []


def test_a_declaration_replaces_the_default_of_its_pattern_and_others_follow():
    mine = Namespace("session:*", purpose="ours"), Namespace("cart:*")

    found = in_force(reversed(mine))

    assert [one.pattern for one in found] == [*(d.pattern for d in DEFAULTS), "cart:*"]
    assert found[0].purpose == "ours"
    assert not found[0].is_default
    assert found[1].is_default
