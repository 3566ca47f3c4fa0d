import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.catalog.lines import (
    LinesInvalid,
    read_list,
    read_mapping,
    read_value,
    write_list,
    write_value,
)

texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]))
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(texts, json_values, max_size=5))
def test_a_mapping_reads_back_as_it_was_written(mapping):
    assert read_mapping(write_value(mapping)) == mapping


@given(st.lists(json_values, min_size=1, max_size=5))
def test_a_list_of_values_reads_back_as_it_was_written(values):
    assert read_value(write_value(values)) == values


def test_words_that_other_parsers_take_for_more_stay_texts():
    text = "a: no\nb: 22:22\nc: on\nd: 2026-01-01\ne: 1_000\nf: <<\ng: .inf"

    assert list(read_mapping(text).values()) == [
        "no", "22:22", "on", "2026-01-01", "1_000", "<<", ".inf",
    ]  # fmt: skip


def test_numbers_booleans_and_nothing_are_typed():
    text = "a: 30\nb: 1.5\nc: true\nd: null\ne: 010\nf: '30'\ng: 0x1F\nh:"

    assert list(read_mapping(text).values()) == [30, 1.5, True, None, 10, "30", 31, None]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("retention 30", 1, "key: value"),
        ("a: 1\na: 2", 2, "twice"),
        ("a: &x 1\nb: *x", 1, "references"),
        ("a: !!python/object:os.system 1", 1, "quotes"),
        ("a:\n\t- b", 2, "tabs"),
        ("a: 1\nb: [1", 3, "expected"),
        ("[" * 40, 1, "levels deep"),
        ('a: "\\0"', 1, "stored"),
        ("a: \x01", 1, "shown"),
        ("a: \ud800", 1, "shown"),
        ("? [a]\n: b", 1, "plain word"),
        ("- a", 1, "key: value"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_line(text, line, words):
    with pytest.raises(LinesInvalid, match=words) as refused:
        read_mapping(text)

    assert refused.value.line == line


def test_no_lines_are_an_empty_mapping():
    assert read_mapping(" \n") == {}
    assert write_value({}) == ""


def test_a_list_leaves_out_empty_lines_and_joins_indented_ones():
    assert read_list("one\r\n\r\n two \r\nthree\r\n  and more\r\n") == [
        "one",
        "two",
        "three\nand more",
    ]
    assert read_list(write_list(["a\nb", "c"])) == ["a\nb", "c"]
