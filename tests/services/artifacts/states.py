"""Small catalogs as states, and the files that are made of them."""

from datetime import date

from services.artifacts.blueprint import draw_blueprint
from services.artifacts.files import make_file
from services.catalog.records import KINDS, empty_state

TODAY = date(2026, 11, 23)  # eight days before the cutoff


def record(of_kind, **fields):
    """Give a record of the kind with some fields set."""
    return KINDS[of_kind].blank() | fields


def make_state(*, framework="FastAPI 0.104", deployment=None, variables=None, **service):
    """Give a catalog with one backend, its database, and a planned neighbour in the same project."""
    state = empty_state()
    for position, name in enumerate(("prod", "staging")):
        state["environment"][name,] = record("environment", position=position)
    state["project"]["shop",] = record("project", railway_project="shop-production")
    state["service"]["api",] = record(
        "service",
        **{
            "project": "shop",
            "kind": "backend",
            "repo": "example/shop",
            "framework": framework,
            "runtime": "Python 3.12",
            **service,
        },
    )
    state["service"]["postgres",] = record(
        "service",
        project="shop",
        kind="database",
        type="postgresql",
        railway_service="Postgres",
    )
    state["service"]["later",] = record("service", project="shop", kind="backend", status="planned")
    state["deployment"]["api",] = record(
        "deployment",
        **{
            "start_command": "uvicorn app.main:app --port $PORT",
            "healthcheck_path": "/health",
            "healthcheck_timeout_s": 300,
            "port": "${PORT:-8000}",
            "restart_policy": "on-failure",
            "pre_deploy_command": "alembic upgrade head",
            "watch_paths": ["/api/**"],
            **(deployment or {}),
        },
    )
    state["domain"]["api", "prod", 0] = record("domain", hostname="api.example.com")
    for name, fields in (variables or VARIABLES).items():
        state["variable"]["api", name] = record("variable", **fields)
    return state


VARIABLES = {
    "DATABASE_URL": {"level": "required", "source": "${{Postgres.DATABASE_URL}}"},
    "MODE": {"level": "required", "value": "strict"},
    "SECRET_KEY": {"level": "required", "secret": True, "generate": "openssl rand -hex 32"},
    "LOG_LEVEL": {"level": "optional", "default": "info"},
}


def make(kind, state=None, service="api", today=TODAY):
    """Make one file of a service."""
    return make_file(kind, draw_blueprint(state or make_state(), service), today)


def text_of(kind, state=None, service="api"):
    """Give the text of a file, which must be made."""
    artifact = make(kind, state, service)
    assert artifact.is_made, artifact.reason
    return artifact.text
