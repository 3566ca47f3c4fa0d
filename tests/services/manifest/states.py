"""Strategies that make whole catalogs, valid and nasty, for property tests."""

from hypothesis import strategies as st

from services.catalog.changes import is_secret
from services.catalog.names import DEFAULT_ENVIRONMENTS, Level, Role, Status, TtlPolicy
from services.catalog.records import KINDS, State, empty_state

VARIABLES = ["DATABASE_URL", "REDIS_URL", "DEBUG", "_X1"]
NASTY = ["no", "22:22", "1.0", "null", "~", "# not a comment", "a: b", "- x", "${{Postgres.DATABASE_URL}}",
         "é 🙂", "two\nlines", "ends\n", "'", '"', "\\n", "{a}", "[b]", "&a", "*a", "!t", "%", "@", "`", "<<", "\u2028", "tab\tin"]  # fmt: skip
texts = st.one_of(
    st.sampled_from(NASTY),
    st.text(
        st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1, max_size=12
    ).filter(lambda text: text.strip() == text),
)
maybe_text = st.one_of(st.just(""), texts)
lists = st.lists(texts, max_size=3)
scalars = st.one_of(
    texts,
    st.booleans(),
    st.integers(-(10**6), 10**6),
    st.floats(-9, 9).map(lambda number: round(number, 3)),
)
mappings = st.dictionaries(
    st.sampled_from(["maxmemory", "a b", "on", "x.y", "1", "Metrics"]),
    st.one_of(
        scalars,
        st.lists(scalars, min_size=1, max_size=2),
        st.dictionaries(st.sampled_from(["k", "l"]), scalars, min_size=1),
    ),
    max_size=3,
)
extras = st.dictionaries(st.sampled_from(["x-team", "x-note"]), scalars, max_size=2)
SERVICES = ("api", "backend", "cache", "postgres", "web-app", "worker.1")
PROJECTS = ("core", "docs", "lab")
statuses = st.sampled_from([status.value for status in Status])
phases = st.sampled_from([None, 1, 2, 3])

_TYPES = {"text": maybe_text, "texts": lists, "mapping": mappings, "integer": st.one_of(st.none(), st.integers(0, 300)), "boolean": st.booleans()}  # fmt: skip
_SHORT = {"status": statuses, "phase": phases, "target_date": st.sampled_from(["", "2026-Q1", "2026-03-01"]),
          "extra": extras, "port": st.sampled_from(["", "8080", "${PORT:-8000}"]), "healthcheck_path": st.sampled_from(["", "/health"]),
          "connection_variable": st.sampled_from(["", "REDIS_URL"]), "usage": lists}  # fmt: skip


@st.composite
def fields_of(draw, kind: str, **fixed):
    """Draw a record of a kind; few fields are away from their default."""
    record = KINDS[kind].blank()
    names = [field.name for field in KINDS[kind].fields if field.name not in fixed]
    chosen = draw(st.lists(st.sampled_from(names), unique=True, max_size=4)) if names else []
    for field in KINDS[kind].fields:
        if field.name in chosen and field.type != "value":
            record[field.name] = draw(_SHORT.get(field.name, _TYPES[field.type]))
    return record | fixed


@st.composite
def states(draw) -> State:
    """Draw a catalog that the reader accepts."""
    state = empty_state()
    state["workspace"][()] = draw(fields_of("workspace"))
    for name in draw(st.lists(st.sampled_from(["railway", "metadata", "ci_cd.railway", "ci_cd.github_actions.secrets_required", "x-note"]), unique=True)):  # fmt: skip
        value = draw(st.one_of(mappings.filter(bool), st.lists(scalars, min_size=1, max_size=2)))
        state["section"][name,] = {"value": value}
    environments = [*DEFAULT_ENVIRONMENTS, *draw(st.sampled_from([[], ["qa"]]))]
    for position, name in enumerate(environments):
        state["environment"][name,] = {"position": position}
    for name in draw(st.lists(st.sampled_from(PROJECTS), unique=True, min_size=1)):
        fixed = {"status": draw(statuses), "phase": draw(phases), "aliases": []}
        state["project"][name,] = draw(fields_of("project", **fixed))
        _draw_definitions(draw, state, "shared_variable", name)
    for name in draw(st.lists(st.sampled_from(SERVICES), unique=True)):
        _draw_service(draw, state, name, environments)
    for name in draw(st.lists(st.sampled_from(["deploy", "test"]), unique=True)):
        state["workflow"][name,] = draw(fields_of("workflow", requires=[]))
    for key in draw(st.lists(st.sampled_from([("ops", "roll back"), ("incident", "down")]), unique=True)):  # fmt: skip
        state["runbook"][key] = {"steps": draw(st.lists(texts, min_size=1, max_size=3))}
    for name in draw(st.lists(st.sampled_from(["phase_1_to_2"]), max_size=1)):
        state["migration_plan"][name,] = draw(fields_of("migration_plan"))
        for number in range(1, draw(st.integers(0, 3)) + 1):
            action, command = draw(texts), draw(maybe_text)
            state["migration_step"][name, number] = {"action": action, "command": command}
    for pattern in draw(st.lists(st.sampled_from(["cart:*", "{a}:[0-9]*", "*", "a b"]), unique=True)):  # fmt: skip
        policy = draw(st.sampled_from([policy.value for policy in TtlPolicy]))
        fixed = {"ttl_policy": policy, "key_type": draw(st.sampled_from(["", "hash"])), "sensitivity": draw(st.sampled_from(["normal", "secret"]))}  # fmt: skip
        state["redis_namespace"][pattern,] = draw(fields_of("redis_namespace", **fixed))
    return state


def _draw_service(draw, state: State, name: str, environments: list[str]) -> None:
    earlier = [key[0] for key in state["service"]]
    project = draw(st.sampled_from([key[0] for key in state["project"]]))
    status, phase = draw(statuses), draw(phases)
    fixed = {"project": project, "status": status, "phase": phase, "usage": [], "aliases": [], "display_name": "", "railway_service": ""}  # fmt: skip
    state["service"][name,] = draw(fields_of("service", **fixed))
    if earlier and draw(st.booleans()):
        usage = {"service": draw(st.sampled_from(earlier)), "purposes": draw(lists)}
        state["service"][name,]["usage"] = [usage]
    if draw(st.booleans()):
        state["deployment"][name,] = draw(fields_of("deployment"))
    for environment in draw(st.lists(st.sampled_from(environments), unique=True, max_size=2)):
        for position in range(draw(st.integers(1, 2))):
            host = f"h{position}-{environment}.{name}.example.com"
            state["domain"][name, environment, position] = {"hostname": host}
    for method, path in draw(st.lists(st.sampled_from([("GET", "/health"), ("POST", "/v1/*"), ("GET", "/v1/*")]), unique=True)):  # fmt: skip
        state["endpoint"][name, method, path] = draw(fields_of("endpoint"))
    for path in draw(st.lists(st.sampled_from(["/", "/api/*"]), unique=True)):
        state["route"][name, path] = draw(fields_of("route", status=draw(st.sampled_from(["", "planned"]))))  # fmt: skip
    _draw_definitions(draw, state, "variable", name)
    for variable in draw(st.lists(st.sampled_from(VARIABLES), unique=True, max_size=2)):
        level = draw(st.sampled_from(["", "required"]))
        override = draw(fields_of("variable_override", level=level))
        if is_secret(state, name, variable):
            override |= {"value": "", "default": ""}
        state["variable_override"][name, draw(st.sampled_from(environments)), variable] = override
    for target in draw(st.lists(st.sampled_from(earlier), unique=True, max_size=2)) if earlier else []:  # fmt: skip
        role = draw(st.sampled_from([role.value for role in Role]))
        state["dependency"][name, role, draw(st.sampled_from([target, "primary-" + target]))] = (
            draw(fields_of("dependency", target=target))
        )


def _draw_definitions(draw, state: State, kind: str, owner: str) -> None:
    for variable in draw(st.lists(st.sampled_from(VARIABLES), unique=True)):
        level = draw(st.sampled_from([level.value for level in Level]))
        record = draw(fields_of(kind, level=level))
        if record["secret"]:
            record |= {"value": "", "default": ""}
        state[kind][owner, variable] = record
