"""The OpenAPI document of the JSON API, with every answer that it may give. Pure."""

from typing import Any

PROBLEM = {
    "title": "Problem",
    "description": "What went wrong (RFC 9457).",
    "type": "object",
    "required": ["type", "title", "status", "detail", "instance"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string", "description": "The id of the request, to quote."},
        "errors": {
            "type": "array",
            "items": {"type": "object"},
            "description": "What is wrong where, when there is more than one thing to say.",
        },
    },
}
ANYWHERE = {
    400: "The request is malformed.",
    401: "No token, or a wrong one.",
    403: "The token or the role does not reach.",
    413: "The body is too large.",
    422: "Something in the request is not valid; `errors` names each field.",
    429: "Too many requests; `Retry-After` says when to come back.",
    503: "The database does not answer; `Retry-After` says when to come back.",
}
AT_A_NAME = {404: "There is nothing of this name."}
# what only these say
SPECIAL: dict[tuple[str, str], dict[int, str]] = {
    ("/manifest/apply", "post"): {
        409: "The prune takes too much, or a host name is taken.",
        412: "The catalog moved since the plan; plan again.",
        428: "If-Match is missing; it takes the ETag of the plan.",
    },
    ("/change-sets/{revision}/revert", "post"): {
        409: "Reverted already, or later changes stand in the way.",
    },
    ("/deployments", "post"): {404: "There is no active service of this name."},
}


def with_every_answer(schema: dict[str, Any], *, prefix: str) -> dict[str, Any]:
    """Give the document with a problem for each status that an operation may answer with."""
    schema.setdefault("components", {}).setdefault("schemas", {})["Problem"] = PROBLEM
    for path, operations in schema["paths"].items():
        short = "/" + path.removeprefix(prefix).strip("/")
        for method, operation in operations.items():
            problems = dict(ANYWHERE)
            if "{" in path:
                problems |= AT_A_NAME
            problems |= SPECIAL.get((short, method), {})
            responses = operation["responses"]
            for status, words in problems.items():
                responses.setdefault(str(status), _answer(words))
            if method == "get":
                responses.setdefault("304", {"description": "As `If-None-Match` says."})
            operation["responses"] = {
                str(status): answer for status, answer in sorted(responses.items(), key=_by_status)
            }
    return schema


def _answer(words: str) -> dict[str, Any]:
    reference = {"$ref": "#/components/schemas/Problem"}
    return {"description": words, "content": {"application/problem+json": {"schema": reference}}}


def _by_status(item: tuple[object, object]) -> str:
    return str(item[0])
