"""Manifests made of states, without a text to read, and generated states for property tests."""

import hashlib
from typing import Any

from hypothesis import strategies as st

from services.catalog.integrity import find_faults
from services.catalog.records import KINDS, Key, State, empty_state
from services.manifest.reader import Manifest
from services.manifest.tree import Mapping

PROJECTS = ("shop", "ops")
SERVICES = ("api", "web", "db", "cache")
ENVIRONMENTS = ("prod", "qa")
HOSTS = ("a.example.com", "b.example.com", "c.example.com")


def as_manifest(
    state: State, *, renamed_from: dict[tuple[str, str], str] | None = None, **over: Any
) -> Manifest:
    """Give the manifest that states every field of the state, with a text of its own."""
    lines = {
        kind: {key: dict.fromkeys(fields, 1) for key, fields in records.items()}
        for kind, records in state.items()
    }
    text = hashlib.sha256(repr((state, over)).encode()).hexdigest()
    values = {
        "file_name": "manifest.yml",
        "text": text,
        "format": "yaml",
        "lines": lines,
        "renamed_from": renamed_from or {},
        "warnings": (),
        "tree": Mapping([], 0, 0, 1, 1, False),
    }
    return Manifest(state=state, **{**values, **over})


def record(kind: str, **fields: Any) -> dict[str, Any]:
    """Give a record of the kind with some fields set."""
    return {**KINDS[kind].blank(), **fields}


def make_state(**records: dict[Key, dict[str, Any]]) -> State:
    """Give a state with some fields of some records set, and the workspace."""
    state = empty_state()
    state["workspace"][()] = record("workspace")
    for kind, by_key in records.items():
        for key, fields in by_key.items():
            state[kind][key] = record(kind, **fields)
    return state


@st.composite
def states(draw: st.DrawFn) -> State:
    """Draw a small state that the database would take."""
    state = make_state(workspace={(): {"name": draw(words)}})
    for position, name in enumerate(draw(subsets(ENVIRONMENTS))):
        state["environment"][(name,)] = record("environment", position=position)
    for name in draw(subsets(PROJECTS)):
        fields = {"status": draw(statuses), "owner": draw(words), "phase": draw(phases)}
        state["project"][(name,)] = record("project", **fields)
        _draw_definitions(draw, state, "shared_variable", name)
    for name in draw(subsets(SERVICES)) if state["project"] else ():
        _draw_service(draw, state, name)
    for name in draw(subsets(("split",))):
        state["migration_plan"][(name,)] = record("migration_plan", description=draw(words))
        for number in draw(subsets((1, 2))):
            state["migration_step"][(name, number)] = record("migration_step", action="do")
    for name in draw(subsets(("metadata", "x-more"))):
        state["section"][(name,)] = record("section", value=draw(values))
    for pattern in draw(subsets(("cart:*", "lock:*"))):
        fields = {"purpose": draw(words), "ttl_policy": "maximum", "ttl_max_s": 60}
        state["redis_namespace"][(pattern,)] = record("redis_namespace", **fields)
    _draw_usage(draw, state)
    for fault in list(find_faults(state)):
        state[fault.kind].pop(fault.key, None)
    return state


def _draw_service(draw: st.DrawFn, state: State, name: str) -> None:
    state["service"][(name,)] = record(
        "service",
        project=draw(st.sampled_from(sorted(key[0] for key in state["project"]))),
        status=draw(statuses),
        owner=draw(words),
        tags=draw(subsets(("x", "y"))),
        configuration=draw(mappings),
    )
    for (environment,) in state["environment"]:
        for position, host in enumerate(draw(subsets(HOSTS))):
            key = (name, environment, position)
            state["domain"][key] = record("domain", hostname=host)
    _draw_definitions(draw, state, "variable", name)
    for (environment,) in state["environment"]:
        for variable in draw(subsets(("A", "B"))):
            text = {"source": "x"} if variable == "B" else {"value": draw(words)}
            key = (name, environment, variable)
            state["variable_override"][key] = record("variable_override", level="optional", **text)
    for target in draw(subsets(SERVICES)):
        state["dependency"][(name, "service", target)] = record("dependency", target=target)
    if draw(st.booleans()):
        state["deployment"][(name,)] = record("deployment", port=draw(words))


def _draw_definitions(draw: st.DrawFn, state: State, kind: str, owner: str) -> None:
    for variable in draw(subsets(("A", "B"))):
        secret = variable == "B"  # one that becomes a secret loses its value for good
        default = "" if secret else draw(words)
        fields = {"level": "required", "secret": secret, "default": default}
        state[kind][(owner, variable)] = record(kind, **fields)


def _draw_usage(draw: st.DrawFn, state: State) -> None:
    names = tuple(str(key[0]) for key in state["service"])
    for fields in state["service"].values():
        users = draw(subsets(names)) if names else []
        fields["usage"] = [{"service": user, "purposes": ["x"]} for user in users]


def subsets(choices: tuple[Any, ...]) -> st.SearchStrategy[list[Any]]:
    """Draw some of the choices, each at most once."""
    return st.lists(st.sampled_from(choices), unique=True)


words = st.sampled_from(("", "one", "two"))
statuses = st.sampled_from(("active", "active", "planned"))
phases = st.sampled_from((None, 1, 2))
values = st.sampled_from((None, True, 1, 0, "1", [1, {"a": None}], {"b.c": 1.5}))
mappings = st.dictionaries(st.sampled_from(("size", "a.b", "")), values, max_size=2)
