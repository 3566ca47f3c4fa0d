"""Writing the catalog as a manifest, anew and into the text that it came from."""

import json
from copy import deepcopy
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from services.manifest.patched import says, written_anew, written_as
from services.manifest.reader import read_manifest
from tests.services.manifest.states import states

calm = settings(
    max_examples=80, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)


@calm
@given(states())
def test_a_catalog_written_anew_reads_as_the_same_catalog(state):
    text = written_anew(state)

    assert says(read_manifest(text, file_name="manifest.yml").state, state)


@calm
@given(states(), states())
def test_a_text_patched_into_another_catalog_reads_as_that_catalog(before, after):
    text = "# the head\n" + written_anew(before)

    _, patched = written_as("manifest.yml", text, after)

    assert says(read_manifest(patched, file_name="manifest.yml").state, after)


@calm
@given(states())
def test_an_unchanged_catalog_gives_the_text_back(state):
    text = written_anew(state).replace("\n", "\r\n") + "# the foot"

    assert written_as("manifest.yml", text, state) == ("manifest.yml", text)


OWNERS_WORDS = """\
version: "1.0"
projects:
  core:  # the heart
    status: active
    services:
      backend:
        repo: 'acme/core'  # Future split
        kind: backend

        # Where it answers
        domains: {prod: "acme.example.com"}
        env:
          required:
            - "DATABASE_URL"
            # signs the tokens
            - name: SECRET_KEY
              secret: true
        databases:
          primary:
            service: "Postgres"
            connection_var: DATABASE_URL
      postgres:
        kind: database
        configuration: {max_connections: 100, shared_buffers: "256MB"}
        usage:
          - service: backend
            purposes: [rows]
# the foot
"""


def edited(edit):
    """Give the text after an edit of its catalog."""
    state = deepcopy(read_manifest(OWNERS_WORDS, file_name="m.yml").state)
    edit(state)
    file_name, text = written_as("m.yml", OWNERS_WORDS, state)
    assert file_name == "m.yml"
    assert says(read_manifest(text, file_name="m.yml").state, state)
    return text


@pytest.mark.parametrize(
    ("kind", "key", "field", "value", "old_text", "new_text"),
    [
        ("service", ("backend",), "repo", "acme/api", "'acme/core'", "'acme/api'"),
        ("service", ("backend",), "kind", "worker", "kind: backend", "kind: worker"),
        ("service", ("backend",), "owner", "Ann", "kind: backend\n", 'kind: backend\n        owner: "Ann"\n'),
        ("project", ("core",), "target_date", "2026-Q1", "active\n", 'active\n    target_date: "2026-Q1"\n'),
        ("variable", ("backend", "SECRET_KEY"), "secret", False, "\n              secret: true", ""),
        ("variable", ("backend", "DATABASE_URL"), "example", "x",
         '- "DATABASE_URL"', '- name: "DATABASE_URL"\n              example: "x"'),
        ("domain", ("backend", "prod", 0), "hostname", "b.example.com", '"acme.example.com"', '"b.example.com"'),
        ("service", ("postgres",), "configuration", {"max_connections": 200, "shared_buffers": "256MB"},
         "{max_connections: 100,", "{max_connections: 200,"),
    ],
)  # fmt: skip
def test_an_edit_changes_its_own_line_and_no_other(kind, key, field, value, old_text, new_text):
    text = edited(lambda state: state[kind][key].__setitem__(field, value))

    assert text == OWNERS_WORDS.replace(old_text, new_text, 1)


def test_a_renamed_service_keeps_its_place_its_comments_and_who_needs_it():
    def rename(state):
        state["service"]["database",] = state["service"].pop(("postgres",)) | {
            "aliases": ["postgres"]
        }
        state["dependency"]["backend", "database", "primary"]["target"] = "database"

    text = edited(rename)

    assert text == OWNERS_WORDS.replace("      postgres:", "      database:").replace(
        "          - service: backend\n            purposes: [rows]\n",
        '          - service: backend\n            purposes: [rows]\n        aliases:\n          - "postgres"\n',
    )


def test_a_service_that_moves_takes_only_its_own_lines_along():
    def move(state):
        state["project"]["data",] = deepcopy(state["project"]["core",])
        state["service"]["postgres",]["project"] = "data"

    text = edited(move)

    assert text.startswith(OWNERS_WORDS.partition("      postgres:")[0])
    assert text.endswith("# the foot\n")


def test_a_list_in_json_stays_a_list_in_json():
    text = '[{"id": "api", "railwayProject": "os", "domain": "api.example.com"}]'
    state = deepcopy(read_manifest(text, file_name="services.json").state)
    state["service"]["api",]["repo"] = "acme/api"

    file_name, written = written_as("services.json", text, state)

    assert file_name == "services.json"
    assert json.loads(written)[0]["repo"] == "acme/api"


def test_a_list_in_json_that_cannot_hold_the_catalog_becomes_a_full_manifest():
    text = '[{"id": "api", "railwayProject": "os"}]'
    state = deepcopy(read_manifest(text, file_name="services.json").state)
    state["service"]["api",]["owner"] = "Ann"

    file_name, written = written_as("services.json", text, state)

    assert file_name == "services.yml"
    assert says(read_manifest(written, file_name=file_name).state, state)


@pytest.mark.parametrize("name", ["manifest.yml"])
def test_the_example_is_patched_and_never_written_anew(name):
    text = Path("examples", name).read_text()
    state = deepcopy(read_manifest(text, file_name=name).state)
    for number, fields in enumerate(state["service"].values()):
        fields["owner"] = f"team {number}"

    _, written = written_as(name, text, state)

    added = len(state["service"])
    comments = [line for line in text.splitlines() if line.lstrip().startswith("#")]
    assert comments
    assert [line for line in written.splitlines() if line.lstrip().startswith("#")] == comments
    assert abs(len(written.splitlines()) - len(text.splitlines())) <= added
