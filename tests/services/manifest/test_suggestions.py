"""Suggestions help with typing mistakes, and stop when a file has too many of them."""

import pytest

from services.manifest.suggestions import MAX_COMPARISONS, Suggestions

KEYS = ["version", "status", "healthcheck_path"]


@pytest.mark.parametrize(
    ("word", "ending"),
    [
        ("verison", '; did you mean "version"?'),
        ("STATUS", '; did you mean "status"?'),
        ("healthpath", '; did you mean "healthcheck_path"?'),
        ("colour", ""),
        ("", ""),
        ("v" * 10_000, ""),
    ],
)
def test_the_closest_word_is_suggested_when_it_is_close(word, ending):
    assert Suggestions().ending(word, KEYS) == ending


def test_among_many_words_those_of_a_like_shape_are_compared():
    names = [f"service-{number}" for number in range(1_000)]

    assert Suggestions().ending("servcie-777", names) == '; did you mean "service-777"?'


def test_a_spent_budget_suggests_nothing_more():
    suggestions = Suggestions()
    for _ in range(MAX_COMPARISONS // len(KEYS)):
        assert suggestions.ending("verison", KEYS)

    assert suggestions.ending("verison", KEYS) == ""
