"""References: each leads to a definition, or says in words why it does not."""

from pathlib import Path

import pytest

from services.catalog.references import parse_references
from services.manifest.files import read_file
from services.variables.effective import environment_of
from services.variables.resolution import Node, resolve_state
from services.variables.rings import deploy_order, find_rings
from tests.services.manifest.reading import read

TEXT = """\
projects:
  shop:
    env:
      optional:
        - {name: REGION, default: eu}
        - {name: LOOP, source: "${{shared.LOOP}}"}
    services:
      api:
        display_name: Shop API
        env:
          required:
            - {name: DATABASE_URL, source: "${{Main DB.DATABASE_URL}}?r=${{shared.REGION}}&h=${{Main DB.PGHOST}}"}
            - {name: HOST, source: "https://${{RAILWAY_PUBLIC_DOMAIN}}/${{REGION}}"}
            - {name: KEY, source: '${{secret(32, "ab.}c")}}'}
            - {name: A, source: "${{web.B}}"}
            - {name: WRONG, source: "${{Nobody.X}} ${{web.NOTHING}} ${{shared.NO}} ${{MISSING}} ${{} x"}
      web:
        env:
          required:
            - {name: B, source: "x${{shop api.A}}"}
            - {name: API, source: "${{Shop API.HOST}}"}
        env_overrides:
          dev:
            B: {source: plain}
      main-db:
        kind: database
        type: postgresql
        display_name: Main DB
        env:
          exported: [DATABASE_URL]
"""


@pytest.fixture
def resolution():
    return resolve_state(read(TEXT).state)


def test_each_reference_leads_somewhere_or_says_why_not(resolution):
    found = {
        (use.source.node.name, use.reference.text): (use.outcome, use.target and str(use.target))
        for use in resolution.uses
    }

    assert found == {
        ("LOOP", "${{shared.LOOP}}"): ("defined", "shared.LOOP"),
        ("DATABASE_URL", "${{Main DB.DATABASE_URL}}"): ("defined", "main-db.DATABASE_URL"),
        ("DATABASE_URL", "${{shared.REGION}}"): ("defined", "shared.REGION"),
        ("DATABASE_URL", "${{Main DB.PGHOST}}"): ("platform", None),
        ("HOST", "${{RAILWAY_PUBLIC_DOMAIN}}"): ("platform", None),
        ("HOST", "${{REGION}}"): ("defined", "shared.REGION"),
        ("KEY", '${{secret(32, "ab.}c")}}'): ("function", None),
        ("A", "${{web.B}}"): ("defined", "web.B"),
        ("WRONG", "${{Nobody.X}}"): ("no service", None),
        ("WRONG", "${{web.NOTHING}}"): ("no variable", None),
        ("WRONG", "${{shared.NO}}"): ("no variable", None),
        ("WRONG", "${{MISSING}}"): ("no variable", None),
        ("WRONG", "${{} x"): ("malformed", None),
        ("B", "${{shop api.A}}"): ("defined", "api.A"),
        ("API", "${{Shop API.HOST}}"): ("defined", "api.HOST"),
    }
    assert [use.reason for use in resolution.unresolved] == [
        "there is no service Nobody",
        "web has no NOTHING",
        "the project shares no NO",
        "api has no MISSING",
        "${{} x is no reference",
    ]


def test_circles_are_told_with_their_path(resolution):
    assert sorted(" -> ".join(map(str, ring)) for ring in resolution.rings) == [
        "api.A -> web.B",
        "shared.LOOP",
    ]
    assert list(map(str, resolution.ring_through(Node("web", "B")))) == ["web.B", "api.A", "web.B"]
    assert resolution.ring_through(Node("api", "HOST")) == []


def test_a_circle_of_one_environment_is_one_too():
    text = TEXT.replace("{source: plain}", '{source: "${{web.API}}"}').replace(
        'source: "https://', 'source: "${{web.B}}https://'
    )

    rings = resolve_state(read(text).state).rings

    assert sorted(sorted(map(str, ring)) for ring in rings) == [
        ["api.A", "web.B"],
        ["api.HOST", "web.API", "web.B"],
        ["shared.LOOP"],
    ]


def test_who_uses_a_variable(resolution):
    users = resolution.users_of(Node("shop", "REGION", True))

    assert [str(use.source.node) for use in users] == ["api.DATABASE_URL", "api.HOST"]


def test_the_order_of_a_deployment_follows_the_references(resolution):
    order = deploy_order(["api", "web", "main-db", "alone"], resolution.needs_between_services())

    assert order.rings == (("api", "web"),) or order.rings == (("web", "api"),)
    assert order.steps[0][:2] == ("alone", "main-db")
    assert [service for step in order.steps for service in step][-1] in ("api", "web")


def test_rings_are_found_in_any_knot_and_the_search_ends():
    knot = {at: [other for other in range(12) if other != at] for at in range(12)}

    assert find_rings({1: [2], 2: [3], 3: []}) == []
    assert find_rings({1: [1]}) == [[1]]
    assert 1 <= len(find_rings(knot)) <= 50
    long = {at: [(at + 1) % 5000] for at in range(5000)}
    assert len(find_rings(long)[0]) == 5000


def test_the_example_manifest_has_every_reference_resolved():
    state = read_file(str(Path(__file__).parents[3] / "examples/manifest.yml")).state

    resolution = resolve_state(state)

    assert resolution.uses
    assert resolution.unresolved == []
    entries = environment_of(state, "blackroad-backend", "prod")
    assert entries[0].is_required
    assert {entry.name for entry in entries if entry.origin == "reference"} >= {
        "DATABASE_URL",
        "REDIS_URL",
    }


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("", []),
        ("$X ${X} {{X}}", []),
        ("${{A.B}}${{ A . B }}", ["service", "service"]),
        ("${{A b.c d.E}}", ["service"]),
        ("${{X}}", ["self"]),
        ("${{ shared.X }}", ["shared"]),
        ("${{ randomInt(min=0, max=9) }}", ["function"]),
        ("${{}} ${{.X}} ${{A.}} ${{A", ["malformed"] * 4),
        ("${{${{A.B}}}}", ["malformed", "service"]),
    ],
)
def test_the_parser_names_what_it_finds(text, kinds):
    found = parse_references(text)

    assert [reference.kind for reference in found] == kinds
    for reference in found:
        if reference.kind != "malformed":
            assert text[reference.start : reference.end] == reference.text
