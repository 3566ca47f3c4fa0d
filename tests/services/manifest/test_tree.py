"""The tree knows where everything stands, and refuses the parts of YAML that a manifest does not use."""

import contextlib

import pytest

from services.manifest.parse import MAX_DEPTH, MAX_ITEMS, read_tree
from services.manifest.problems import ReadingStopped, Report
from services.manifest.tree import Mapping, Node, Scalar, Sequence


def tree(text: str) -> Node:
    report = Report("m.yml")
    node = read_tree(text, report)
    assert not report.found_problems, report.problems
    return node


def root(text: str) -> Mapping:
    node = tree(text)
    assert isinstance(node, Mapping)
    return node


def problems(text: str) -> list[str]:
    report = Report("m.yml")
    with contextlib.suppress(ReadingStopped):
        read_tree(text, report)
    return [str(problem) for problem in report.problems]


def first_value(text: str) -> Scalar:
    value = root(text).entries[0].value
    assert isinstance(value, Scalar)
    return value


@pytest.mark.parametrize(
    ("written", "style", "text"),
    [
        ("no", "plain", "no"),
        ("22:22", "plain", "22:22"),
        ("1.0", "plain", "1.0"),
        ("2025-11-19", "plain", "2025-11-19"),
        ("'it''s'", "single", "it's"),
        ('"a\\tb"', "double", "a\tb"),
        ("é☃😀", "plain", "é☃😀"),
    ],
)
def test_a_scalar_is_the_text_that_was_written_with_its_offsets(written, style, text):
    source = f"a: {written}  # comment\nb: 1\n"

    value = first_value(source)

    assert (value.text, value.style) == (text, style)
    assert source[value.start : value.end] == written
    assert (value.line, value.column) == (1, 4)


@pytest.mark.parametrize(("mark", "style"), [("|", "literal"), (">", "folded")])
def test_a_block_scalar_ends_where_the_next_line_starts(mark, style):
    source = f"a: {mark}\n  x\n\n  y\n\nb: 1\n"

    value = first_value(source)

    assert value.style == style
    assert source[value.start : value.end] == f"{mark}\n  x\n\n  y\n\n"


def test_block_collections_end_with_their_last_value_and_comments_stay_outside():
    source = "a:\n  - x\n  - y: 1 # of y\n\n# after\nb: 2\n"

    items = root(source).entries[0].value

    assert isinstance(items, Sequence)
    assert source[items.start : items.end] == "- x\n  - y: 1"
    assert source[items.items[1].start : items.items[1].end] == "y: 1"
    assert not items.flow


def test_flow_collections_end_with_their_bracket():
    source = "a: {b: [1, 2], }  # c\n"

    value = root(source).entries[0].value

    assert isinstance(value, Mapping)
    assert value.flow
    assert source[value.start : value.end] == "{b: [1, 2], }"


def test_a_value_that_was_left_out_stands_after_the_colon():
    value = first_value("a:\nb: 1\n")

    assert (value.text, value.style, value.start, value.end) == ("", "plain", 2, 2)


def test_offsets_count_the_byte_order_mark_but_columns_do_not():
    source = "\ufeffa: b\n"

    value = first_value(source)

    assert source[value.start : value.end] == "b"
    assert (value.line, value.column) == (1, 4)


def test_windows_line_ends_are_one_line_each():
    source = "a: 1\r\nb: 2\r\n"

    value = root(source).entries[1].value

    assert source[value.start : value.end] == "2"
    assert value.line == 2


def test_json_is_read_as_well():
    value = root('{"a":{"b":"\\/"},\n\t"c":[]}').entries[0].value

    assert isinstance(value, Mapping)
    assert value.entries[0].value.text == "/"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 1\nb: 2\na: 3\n", "m.yml:3:1 a: duplicate key, first given on line 1"),
        ("x: {a: 1, 'a': 2}", "m.yml:1:11 x.a: duplicate key, first given on line 1"),
        ("a: &x 1", "m.yml:1:4 a: anchors (&name) are not used in a manifest; write it out"),
        ("a: *x", "m.yml:1:4 a: aliases (*name) are not used in a manifest; write it out"),
        ("a: [b, !!str c]", "m.yml:1:8 a[1]: tags (!name) are not used in a manifest; remove it"),
        ("a: !!python/object:os.system {}", "m.yml:1:4 a: tags (!name) are not used"),
        ("a: {<<: {b: 1}}", "m.yml:1:5 a: merge keys (<<) are not used in a manifest"),
        ("a: 1\n---\nb: 2\n", "m.yml:2:1: a second document; a manifest is one document"),
        ("%TAG ! tag:x,2000:\n---\na: 1", "m.yml:1:1: %TAG directives are not used"),
        ("? [a]\n: 1", "m.yml:1:3: a key must be a text, not a collection"),
        ("{{a: 1}: 2}", "m.yml:1:2: a key must be a text, not a collection"),
        ("? \n: 1", "m.yml:1:2: a key must not be empty"),
        ('"": 1', "m.yml:1:1: a key must not be empty"),
        ("", "m.yml:1:1: the file is empty"),
        ("# only this\n---\n", ""),
        ("a: b: c", "m.yml:1:5: not YAML: mapping values are not allowed in this context"),
        ("a:\n\tb: 1", "m.yml:2:1 a: not YAML: found character that cannot start any token"),
        ("a: 'x\n", "m.yml:2:1 a: not YAML: found unexpected end of stream"),
        ("a: \x07", "m.yml:1:4: not YAML: control characters are not allowed (U+0007)"),
        ("é: 1\na: \x00", "m.yml:2:4: not YAML: control characters are not allowed (U+0000)"),
        ("%YAML 1.3\n---\na: 1", "m.yml:1:1: not YAML: found incompatible YAML document"),
    ],
)
def test_what_a_manifest_does_not_use_is_a_problem_at_its_place(text, expected):
    found = problems(text)

    assert len(found) == (1 if expected else 0)
    assert not expected or found[0].startswith(expected)


def test_a_yaml_directive_for_a_known_version_is_allowed():
    assert problems("%YAML 1.2\n---\na: 1\n") == []


def test_all_forbidden_parts_are_reported_in_one_pass():
    text = "a: &x 1\nb: *x\nc: !t 2\na: 3\n"

    assert [line.split(" ")[0] for line in problems(text)] == [
        "m.yml:1:4",
        "m.yml:2:4",
        "m.yml:3:4",
        "m.yml:4:1",
    ]


@pytest.mark.parametrize("opening", ["[", "- ", "{a: "])
def test_depth_is_limited(opening):
    closing = {"[": "]", "- ": "x", "{a: ": "}"}[opening]
    deepest = opening * MAX_DEPTH + (closing if closing == "x" else closing * MAX_DEPTH)

    assert problems(deepest) == []
    assert problems(opening + deepest)[0].endswith(f"nested more than {MAX_DEPTH} levels deep")


@pytest.mark.parametrize("item", ["- a\n", "k{}: a\n"])
def test_the_items_of_one_collection_are_limited(item):
    most = "".join(item.format(number) for number in range(MAX_ITEMS))

    assert problems(most) == []
    assert problems(most + item.format(MAX_ITEMS)) == [
        f"m.yml:{MAX_ITEMS + 1}:{3 if item.startswith('-') else 1}"
        f"{f' [{MAX_ITEMS}]' if item.startswith('-') else ''}: "
        "more than 20,000 items in one mapping or list"
    ]


def test_the_number_of_nodes_is_limited(monkeypatch):
    monkeypatch.setattr("services.manifest.parse.MAX_NODES", 5)

    assert problems("a: 1\nb: 2\n") == []
    assert problems("a: 1\nb: 2\nc: 3") == ["m.yml:3:1: more than 5 values and keys"]


def test_a_message_cannot_move_the_cursor_or_hide_text():
    [problem] = problems('"\\e[2J\\u202e": 1\n"\\e[2J\\u202e": 1')

    assert problem == "m.yml:2:1 \\x1b[2J\\u202e: duplicate key, first given on line 1"
