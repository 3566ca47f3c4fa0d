"""The page that explains the JSON API, made from its OpenAPI document; no script, nothing from elsewhere."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from prism.api import api
from prism.core.access import console_view
from prism.core.roles import TOKEN_SCOPES


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a schema, or one parameter of an operation."""

    name: str
    type: str
    where: str
    is_required: bool
    description: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One method at one address."""

    id: str
    method: str
    path: str
    summary: str
    description: str
    scope: str
    parameters: tuple[Field, ...]
    body: str
    answers: tuple[tuple[str, str, str], ...]


@require_safe
@console_view("catalog.view")
def api_docs(request: HttpRequest) -> HttpResponse:
    """Show every operation by its part of the console, and every schema."""
    document = api.get_openapi_schema()
    rooms: dict[str, list[Operation]] = {}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            room = (operation.get("tags") or ["other"])[0]
            rooms.setdefault(room, []).append(_operation(path, method, operation))
    schemas = document["components"]["schemas"]
    named = json.dumps(document)  # those of a query are told as its parameters
    context = {
        "rooms": rooms.items(),
        "schemas": [
            (name, schema.get("description", ""), fields_of(schema))
            for name, schema in sorted(schemas.items())
            if "properties" in schema and f'"#/components/schemas/{name}"' in named
        ],
        "scopes": TOKEN_SCOPES.items(),
        "base": request.build_absolute_uri("/")[:-1],
    }
    return render(request, "api_docs.html", context)


def fields_of(schema: Mapping[str, Any]) -> list[Field]:
    """Give the fields of an object."""
    required = schema.get("required", ())
    return [
        Field(name, type_of(field), "", name in required, field.get("description", ""))
        for name, field in schema["properties"].items()
    ]


def type_of(schema: Mapping[str, Any]) -> str:
    """Say in words what a schema takes."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if choices := schema.get("anyOf"):
        return " or ".join(type_of(choice) for choice in choices)
    if values := schema.get("enum"):
        return " | ".join(str(value) for value in values)
    kind = schema.get("type", "anything")
    if kind == "array":
        return f"list of {type_of(schema.get('items', {}))}"
    if kind == "object" and isinstance(schema.get("additionalProperties"), Mapping):
        return f"name → {type_of(schema['additionalProperties'])}"
    return str({"date-time": "time"}.get(schema.get("format", ""), kind))


def _operation(path: str, method: str, operation: Mapping[str, Any]) -> Operation:
    parameters = tuple(
        Field(
            one["name"],
            type_of(one.get("schema", {})),
            one["in"],
            one.get("required", False),
            one.get("description") or one.get("schema", {}).get("description", ""),
        )
        for one in operation.get("parameters", ())
    )
    answers = tuple(
        (status, answer.get("description", ""), _content(answer))
        for status, answer in operation["responses"].items()
    )
    return Operation(
        id=operation["operationId"],
        method=method.upper(),
        path=path,
        summary=operation.get("summary", ""),
        description=operation.get("description", ""),
        scope=operation.get("x-action", ""),
        parameters=parameters,
        body=_content(operation.get("requestBody", {})),
        answers=answers,
    )


def _content(part: Mapping[str, Any]) -> str:
    """Say what a body is: its schema where it has a name, else its media type."""
    for media_type, content in part.get("content", {}).items():
        schema = content.get("schema", {})
        is_json = media_type.endswith("json")
        return type_of(schema) if is_json and schema else str(media_type)
    return ""
