"""The JSON Schema accepts what the reader accepts, and refuses the mistakes that an editor can see."""

import json

import pytest
import yaml
from jsonschema import Draft202012Validator

from services.manifest.json_schema import DIALECT, json_schema
from tests.services.manifest.reading import problems, service
from tests.services.manifest.test_reader import EVERYTHING, EXAMPLE, OWNERS_MANIFEST

VALIDATOR = Draft202012Validator(json_schema())


def mistakes(text: str) -> list[str]:
    """Validate as an editor would: with the types of YAML, but dates as texts."""

    class Loader(yaml.SafeLoader):
        yaml_implicit_resolvers = {
            first: [(tag, rule) for tag, rule in rules if not tag.endswith(":timestamp")]
            for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
        }

    document = yaml.load(text, Loader)
    return [f"{error.json_path}: {error.message}" for error in VALIDATOR.iter_errors(document)]


def test_the_schema_is_a_valid_schema_of_its_dialect_and_plain_json():
    schema = json_schema()

    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == DIALECT
    assert json.loads(json.dumps(schema)) == schema


def test_it_accepts_a_manifest_with_every_key():
    assert mistakes(EVERYTHING) == []


def test_it_accepts_the_example():
    assert mistakes(EXAMPLE.read_text()) == []


@pytest.mark.skipif(not OWNERS_MANIFEST.exists(), reason="the owner's samples are not here")
def test_it_accepts_the_owners_manifest():
    assert mistakes(OWNERS_MANIFEST.read_text()) == []


@pytest.mark.parametrize(
    "lines",
    [
        "verison: 1",
        "kind: [a]",
        "tags: web",
        "status: activ",
        "phase: 4",
        "deployment: {healthcheck_path: health}",
        "deployment: {port: high}",
        "deployment: {replicas: -1}",
        "domains: {prod: https://example.com}",
        "domains: {prod: [a.example.com, B.example.com]}",
        "entrypoints: [{method: GET}]",
        "entrypoints: [{path: /a, method: get}]",
        "env: {requierd: [A]}",
        "env: {required: [a-b]}",
        "env: {required: [{description: x}]}",
        "env: {required: [{name: A, secret: 1}]}",
        "databases: {primary: {type: postgresql}}",
        "usage: [{purposes: []}]",
        "branch: " + "b" * 201,
    ],
)
def test_it_refuses_what_the_reader_refuses(lines):
    assert problems(service(lines))
    assert mistakes(service(lines))


@pytest.mark.parametrize(
    "lines", ["", "version: 15", "status: ", "tags: ", 'deployment: {port: ""}']
)
def test_what_is_left_out_or_unquoted_is_no_mistake(lines):
    assert problems(service(lines)) == []
    assert mistakes(service(lines)) == []
