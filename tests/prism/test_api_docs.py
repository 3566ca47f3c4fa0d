"""The page of the JSON API and its OpenAPI document: every operation, with every answer."""

import pytest
from django.urls import get_resolver

from prism.api import api
from prism.api_docs import type_of
from prism.core.roles import ALL_ACTIONS
from tests.make import make_administrator
from tests.test_permission_matrix import walk


def test_every_address_is_described_with_its_scope_and_its_refusals():
    paths = api.get_openapi_schema()["paths"]

    described = {path.removeprefix("/").replace("{", "<").replace("}", ">") for path in paths}
    served = {route for route in walk(get_resolver()) if route.startswith("api/v1/")}
    assert served - described == {"api/v1/", "api/v1/openapi.json"}
    for path, operations in paths.items():
        for operation in operations.values():
            assert operation["x-action"] in ALL_ACTIONS
            assert {"401", "403", "422", "429"} <= operation["responses"].keys()
            assert ("404" in operation["responses"]) >= ("{" in path)
            assert operation["summary"]
            assert operation["description"]


@pytest.mark.django_db
def test_the_page_has_every_operation_and_every_schema(client):
    client.force_login(make_administrator("root"))
    schema = api.get_openapi_schema()

    text = client.get("/api/docs/").content.decode()

    for path, operations in schema["paths"].items():
        assert path in text
        for operation in operations.values():
            assert f'id="{operation["operationId"]}"' in text
    for name in schema["components"]["schemas"]:
        assert (f'id="schema-{name}"' in text) == (not name.endswith("Query"))


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "string"}, "string"),
        ({"type": "string", "format": "date-time"}, "time"),
        ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, "integer or null"),
        ({"type": "array", "items": {"$ref": "#/components/schemas/Remark"}}, "list of Remark"),
        ({"type": "object", "additionalProperties": {"type": "integer"}}, "name → integer"),
        ({"enum": ["a", "b"], "type": "string"}, "a | b"),
    ],
)
def test_a_type_is_said_in_words(schema, words):
    assert type_of(schema) == words
