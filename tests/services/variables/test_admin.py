"""Shared variables and overrides in the admin: edited as rows, recorded, and never a secret's value."""

import pytest

from services.catalog.models import SharedVariable, Variable, VariableOverride
from tests.make import make_variable
from tests.services.catalog.page_tests import signed_in
from tests.services.catalog.pages import errors_of, last_entries, save
from tests.services.variables.making import make_api, make_environments, override, share

pytestmark = pytest.mark.django_db


@pytest.fixture
def api():
    make_environments("prod", "dev")
    return make_api()


def row(prefix, at=0, **fields):
    """Give the controls of one new row of an inline."""
    return {f"{prefix}-TOTAL_FORMS": str(at + 1)} | {
        f"{prefix}-{at}-{name}": value for name, value in fields.items()
    }


def test_a_project_shares_variables(api):
    new = row("shared_variables", name="REGION", level="required", default="eu")

    assert save(signed_in(), api.project, **new).status_code == 302

    assert SharedVariable.objects.get().default == "eu"
    assert [(entry["action"], entry["model"], entry["key"]) for entry in last_entries()] == [
        ("create", "shared_variable", ["shop", "REGION"])
    ]


def test_a_service_overrides_in_an_environment(api):
    new = row("variable_overrides", environment="prod", name="REGION", level="required", value="us")

    assert save(signed_in(), api, **new).status_code == 302

    assert VariableOverride.objects.get().value == "us"
    assert last_entries()[0]["key"] == ["api", "prod", "REGION"]


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"environment": "moon", "value": "x"}, "One of dev, prod."),
        ({"environment": "prod", "value": "x", "name": "TOKEN"}, "A secret has no value here either. Say where it comes from."),
        ({"environment": "prod", "default": "x", "name": "SHARED"}, "A secret has no value here either. Say where it comes from."),
    ],
)  # fmt: skip
def test_an_override_that_cannot_be_is_refused(api, fields, told):
    make_variable(api, "TOKEN", secret=True)
    share(api.project, "SHARED", secret=True)

    response = save(
        signed_in(), api, **row("variable_overrides", **{"name": "A", "level": "", **fields})
    )

    assert told in str(errors_of(response))
    assert not VariableOverride.objects.exists()


@pytest.mark.parametrize("kind", ["own", "shared"])
def test_a_variable_with_an_overridden_value_cannot_become_a_secret(api, kind):
    override(api, "prod", "TOKEN", value="x")
    if kind == "own":
        make_variable(api, "TOKEN")
        response = save(signed_in(), api, **{"variables-0-secret": "on"})
    else:
        share(api.project, "TOKEN")
        response = save(signed_in(), api.project, **{"shared_variables-0-secret": "on"})

    assert response.status_code == 302
    assert not Variable.objects.filter(secret=True).exists()
    assert not SharedVariable.objects.filter(secret=True).exists()
