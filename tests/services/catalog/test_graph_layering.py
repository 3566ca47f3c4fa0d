"""Where the boxes of a graph stand."""

import itertools
import random

import pytest

from services.catalog.layering import lay_out


def test_what_needs_something_stands_left_of_it():
    layout = lay_out("abc", [("a", "b"), ("b", "c")])

    assert [layout.places[name].column for name in "abc"] == [0, 1, 2]


def test_the_longest_way_decides_the_column_and_the_short_line_passes_between():
    layout = lay_out("abc", [("a", "b"), ("b", "c"), ("a", "c")])

    assert layout.places["c"].column == 2
    assert [place.column for place in layout.lines["a", "c"]] == [0, 1, 2]
    assert layout.lines["a", "c"][1].row != layout.places["b"].row


def test_what_nothing_needs_stands_next_to_what_it_needs():
    layout = lay_out("abcd", [("a", "b"), ("b", "c"), ("d", "c")])

    assert layout.places["d"].column == 1


def test_a_cycle_is_drawn_with_one_line_that_leads_back():
    layout = lay_out("abc", [("a", "b"), ("b", "c"), ("c", "a")])

    back = [pair for pair, line in layout.lines.items() if line[0].column > line[-1].column]
    assert back == [("c", "a")]
    assert {place.column for place in layout.places.values()} == {0, 1, 2}


def test_two_services_that_need_each_other_are_drawn():
    layout = lay_out("ab", [("a", "b"), ("b", "a")])

    assert layout.lines["a", "b"][0] == layout.places["a"]
    assert layout.lines["b", "a"][0] == layout.places["b"]


def test_crossing_lines_are_untangled():
    layout = lay_out("abxy", [("a", "y"), ("b", "x")])

    assert layout.places["a"].row == layout.places["y"].row
    assert layout.places["b"].row == layout.places["x"].row


def test_groups_that_are_not_connected_do_not_overlap():
    layout = lay_out("abcd", [("a", "b"), ("c", "d")])

    assert {layout.places["a"].row, layout.places["b"].row} == {0.0}
    assert {layout.places["c"].row, layout.places["d"].row} == {1.0}


def test_nothing_gives_an_empty_layout():
    layout = lay_out([], [])

    assert (layout.columns, layout.rows) == (0, 0.0)


@pytest.mark.parametrize("seed", range(20))
def test_any_graph_is_placed_without_overlap_the_same_every_time(seed):
    chance = random.Random(seed)
    names = [f"s{number}" for number in range(40)]
    pairs = [(chance.choice(names), chance.choice(names)) for _ in range(70)]

    layout = lay_out(names, pairs)

    assert layout == lay_out(reversed(names), reversed(pairs))
    assert set(layout.places) == set(names)
    assert set(layout.lines) == {(one, other) for one, other in pairs if one != other}
    taken = sorted((place.column, place.row) for place in layout.places.values())
    for (column, row), (next_column, next_row) in itertools.pairwise(taken):
        assert column != next_column or next_row - row > 0.999
    assert all(0 <= place.row < layout.rows for place in layout.places.values())
    for (one, other), line in layout.lines.items():
        assert (line[0], line[-1]) == (layout.places[one], layout.places[other])
        steps = {abs(a.column - b.column) for a, b in itertools.pairwise(line)}
        assert steps == {1}
