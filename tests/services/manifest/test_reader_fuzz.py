"""Whatever comes in, a manifest comes out or ManifestInvalid does: nothing else is ever raised."""

import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.catalog.records import KINDS
from services.manifest.reader import Manifest, ManifestInvalid, Problem, read_manifest
from tests.services.manifest.test_reader import EVERYTHING

WORDS = (
    *(
        "projects",
        "services",
        "env",
        "required",
        "domains",
        "prod",
        "depends_on",
        "usage",
        "service",
    ),
    *("name", "status", "phase", "version", "configuration", "x-a", "ci_cd", "github_actions"),
    *(
        "workflows",
        "requires",
        "runbooks",
        "migrations",
        "steps",
        "step",
        "databases",
        "deployment",
    ),
    *(
        "environments",
        "aliases",
        "renamed_from",
        "a",
        "b",
        "A",
        "s.t",
        "no",
        "1",
        "1e5",
        "-1",
        ".inf",
    ),
    *("null", "~", "", "22:22", "true", "<<", "*a", "&a", "!t", "é", "a.example.com", "/health"),
)
MARKS = (
    "\n",
    "\n  ",
    "\n    ",
    ": ",
    "- ",
    "{",
    "}",
    "[",
    "]",
    ", ",
    "'",
    '"',
    "|",
    ">",
    "#",
    "\t",
    "? ",
)
YAML_LIKE = st.lists(st.sampled_from([*WORDS, *MARKS])).map("".join)


def read_anything(source: str | bytes) -> None:
    """Read, and check what always holds."""
    try:
        manifest = read_manifest(source, file_name="m.yml")
    except ManifestInvalid as error:
        check_problems(error.problems)
    else:
        check_manifest(manifest)


def check_problems(problems: tuple[Problem, ...]) -> None:
    places = [(problem.line, problem.column) for problem in problems]
    assert places
    assert places == sorted(places)
    assert all(str(problem).isprintable() for problem in problems)


def check_manifest(manifest: Manifest) -> None:
    for kind, records in manifest.state.items():
        names = KINDS[kind].blank().keys()
        assert all(fields.keys() == names for fields in records.values())
        assert manifest.lines[kind].keys() <= records.keys()
    json.dumps([list(records.values()) for records in manifest.state.values()], allow_nan=False)


@given(st.binary(max_size=200))
@settings(deadline=None)
def test_any_bytes(source):
    read_anything(source)


@given(st.text(st.characters(codec=None), max_size=200))
@settings(deadline=None)
def test_any_text(source):
    read_anything(source)


@given(YAML_LIKE)
@settings(max_examples=500, deadline=None)
def test_texts_that_look_like_manifests(source):
    read_anything(source)


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(WORDS),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(WORDS) | st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(VALUES)
@settings(max_examples=500, deadline=None)
def test_any_json_value(value):
    read_anything(json.dumps(value))


@given(st.data())
@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_good_manifest_with_a_few_lines_or_words_changed(data):
    lines = EVERYTHING.splitlines(keepends=True)
    for _ in range(data.draw(st.integers(1, 3))):
        index = data.draw(st.integers(0, len(lines) - 1))
        line = lines[index]
        column = data.draw(st.integers(0, len(line)))
        word = data.draw(st.sampled_from([*WORDS, *MARKS]))
        lines[index] = data.draw(
            st.sampled_from(
                [
                    "",
                    line + line,
                    line[:column] + word + line[column:],
                    line[:column] + "\n" + line[column:],
                    line.partition(":")[0] + ": " + word + "\n",
                    "  " + line,
                    line.removeprefix("  "),
                ]
            )
        )

    read_anything("".join(lines))
