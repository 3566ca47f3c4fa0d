"""Who needs whom, what breaks, and what is drawn of it."""

import pytest

from services.catalog.drawing import draw
from services.catalog.impact import impact_of
from services.catalog.needs import Declared, Graph, Node, Reference, components
from services.catalog.references import namespaces_in
from services.catalog.scope import DRAWN_AT_MOST, of_project, of_service, whole_graph


def make_graph(*arrows, references=(), nodes=()):
    """Build a graph from `web>api` arrows; a service's project is the part before a slash, if any."""
    pairs = [arrow.split(">") for arrow in arrows]
    names = {name for pair in pairs for name in pair} - {node.name for node in nodes}
    declared = [Declared(one, other, "service", other) for one, other in pairs]
    own = [Node(name, project=name.partition("-")[0]) for name in sorted(names)]
    return Graph([*own, *nodes], declared, references)


def test_what_breaks_is_everything_upstream_with_its_distance():
    graph = make_graph("web>api", "api>db", "worker>db", "api>cache")

    impact = impact_of(graph, "db")

    assert [(reached.name, reached.distance) for reached in impact.breaks] == [
        ("api", 1),
        ("worker", 1),
        ("web", 2),
    ]
    assert impact.breaks[2].through == "api"
    assert impact.breaks_directly == 2
    assert impact.needs == ()


def test_what_it_needs_is_everything_downstream():
    graph = make_graph("web>api", "api>db")

    impact = impact_of(graph, "web")

    assert [(reached.name, reached.distance) for reached in impact.needs] == [("api", 1), ("db", 2)]


def test_a_cycle_ends():
    graph = make_graph("a>b", "b>c", "c>a")

    impact = impact_of(graph, "a")

    assert {reached.name for reached in impact.breaks} == {"b", "c"}
    assert "a" not in {reached.name for reached in impact.needs}


def test_a_service_that_is_not_in_the_graph_breaks_nothing():
    assert impact_of(make_graph("a>b"), "gone").breaks == ()


def test_a_reference_in_a_variable_is_a_need_that_nobody_declared():
    graph = Graph(
        [Node("api"), Node("postgres")], (), [Reference("api", "URL", "${{Postgres.DATABASE_URL}}")]
    )

    (need,) = graph.needs
    assert (need.service, need.target, need.words) == ("api", "postgres", ("URL",))
    assert need.is_derived


def test_a_reference_beside_a_declared_dependency_adds_its_variable_to_it():
    graph = Graph(
        [Node("api"), Node("postgres")],
        [Declared("api", "postgres", "database", "primary")],
        [Reference("api", "URL", "${{postgres.DATABASE_URL}}")],
    )

    (need,) = graph.needs
    assert need.words == ("database primary", "URL")
    assert not need.is_derived


@pytest.mark.parametrize(
    ("namespace", "node"),
    [
        ("POSTGRES", Node("postgres")),
        ("main db", Node("postgres", display_name="Main DB")),
        ("pg", Node("postgres", aliases=("pg",))),
        ("Postgres-abc", Node("postgres", railway_service="Postgres-abc")),
    ],
)
def test_a_reference_finds_a_service_by_each_of_its_names(namespace, node):
    graph = Graph([Node("api"), node], (), [Reference("api", "X", f"${{{{{namespace}.X}}}}")])

    assert [need.target for need in graph.needs] == ["postgres"]


def test_a_name_of_two_services_refers_to_neither():
    nodes = [Node("api"), Node("one", display_name="Db"), Node("two", display_name="db")]

    graph = Graph(nodes, (), [Reference("api", "X", "${{db.X}}")])

    assert graph.needs == []
    assert graph.dangling[0].namespace == "db"


def test_references_to_itself_and_to_shared_variables_are_no_needs():
    source = "${{api.X}} ${{shared.Y}} ${{Z}}"

    graph = Graph([Node("api")], (), [Reference("api", "X", source)])

    assert graph.needs == []
    assert graph.dangling == []


def test_a_dependency_on_an_archived_service_is_left_out():
    graph = Graph([Node("api")], [Declared("api", "archived", "service", "archived")])

    assert graph.needs == []


def test_every_namespace_of_a_text_is_found_once():
    text = "a ${{ Main DB.URL }} b ${{Redis.HOST}}:${{Redis.PORT}} ${{api.v2.KEY}}"

    assert list(namespaces_in(text)) == ["Main DB", "Redis", "api.v2"]


def test_a_hostile_source_is_read_in_no_time():
    assert list(namespaces_in("${{" * 300_000 + " " * 300_000)) == []


def test_components_are_groups_the_biggest_first():
    assert components("abcde", [("d", "e"), ("e", "c")]) == [["c", "d", "e"], ["a"], ["b"]]


def test_a_drawing_says_what_each_service_is_to_the_one_in_question():
    graph = make_graph("web>api", "api>db", "web>cdn")
    impact = impact_of(graph, "api")

    drawing = draw(graph, of_service(graph, impact), impact)

    roles = {box.name: box.role for box in drawing.boxes}
    assert roles == {"web": "breaks", "api": "focus", "db": "needs", "cdn": "far"}
    arrows = {(arrow.need.service, arrow.need.target): arrow.role for arrow in drawing.arrows}
    assert arrows == {("web", "api"): "breaks", ("api", "db"): "needs", ("web", "cdn"): "far"}


def test_a_long_name_is_shortened_in_its_box():
    graph = make_graph(f"{'a' * 60}>b")

    boxes = draw(graph, whole_graph(graph), None).boxes

    assert boxes[0].name == "a" * 60
    assert len(boxes[0].label) == 25
    assert boxes[0].label.endswith("…")


def test_a_graph_that_is_too_big_offers_its_projects():
    graph = make_graph(*(f"p{number % 3}-{number}>hub" for number in range(DRAWN_AT_MOST)))

    scope = whole_graph(graph)

    assert scope.names == ()
    assert "too many" in scope.note
    assert [(size.name, size.services) for size in scope.projects] == [
        ("hub", 1),
        ("p0", 50),
        ("p1", 50),
        ("p2", 50),
    ]


def test_a_project_is_drawn_with_what_is_one_step_away():
    graph = make_graph("a-one>b-one", "b-one>c-one", "c-one>d-one", nodes=[Node("a-lone", "a")])

    scope = of_project(graph, "a")

    assert set(scope.names) == {"a-one", "b-one"}
    assert scope.alone == ["a-lone"]


def test_around_a_hub_the_nearest_are_drawn_and_the_rest_is_counted():
    graph = make_graph(*(f"s{number}>hub" for number in range(DRAWN_AT_MOST + 20)), "far>s1")
    impact = impact_of(graph, "hub")

    scope = of_service(graph, impact)

    assert len(scope.names) == DRAWN_AT_MOST
    assert "hub" in scope.names
    assert "far" not in scope.names
    assert "22 are left out" in scope.note
