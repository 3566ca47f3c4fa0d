"""A project's definitions and a service's overrides stand in the manifest like everything else."""

import pytest

from services.catalog.models import Change, Variable
from services.catalog.state import load_state
from services.manifest.export import export_manifest
from services.variables.effective import environment_of
from tests.services.manifest.acting import apply, revert
from tests.services.manifest.reading import problems, read

TEXT = """\
version: "1.0"
projects:
  shop:
    env:
      optional:
        - {name: LOG_LEVEL, default: info}
        - {name: SHARED_TOKEN, secret: true}
    services:
      api:
        kind: backend
        env:
          required:
            - {name: API_KEY, secret: true}
            - PORT
        env_overrides:
          prod:
            LOG_LEVEL: warning
            PORT: {level: optional, default: "80"}
"""


def test_a_service_inherits_and_overrides():
    entries = {entry.name: entry for entry in environment_of(read(TEXT).state, "api", "prod")}

    assert list(entries) == ["API_KEY", "LOG_LEVEL", "PORT", "SHARED_TOKEN"]
    assert (entries["LOG_LEVEL"].text, entries["LOG_LEVEL"].layer) == ("warning", "environment")
    assert entries["LOG_LEVEL"].layers == ("project", "environment")
    assert (entries["PORT"].level, entries["PORT"].origin, entries["PORT"].text) == (
        *("optional", "default", "80"),
    )
    assert entries["SHARED_TOKEN"].is_secret
    elsewhere = {entry.name: entry for entry in environment_of(read(TEXT).state, "api", "dev")}
    assert (elsewhere["LOG_LEVEL"].text, elsewhere["LOG_LEVEL"].layer) == ("info", "project")
    assert elsewhere["PORT"].is_required


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("API_KEY: s3cret", "projects.shop.services.api.env_overrides.prod.API_KEY.value"),
        ("SHARED_TOKEN: {default: s}", "env_overrides.prod.SHARED_TOKEN.default"),
    ],
)
def test_an_override_cannot_spell_a_secret(line, told):
    found = problems(TEXT.replace("LOG_LEVEL: warning", line))

    assert len(found) == 1
    assert told in found[0]
    assert "must not be written down" in found[0]


def test_an_override_is_for_an_environment_that_there_is():
    assert problems(TEXT.replace("          prod:", "          production:")) == [
        "m.yml:16:11 projects.shop.services.api.env_overrides.production: no environment is called"
        ' "production"; list it under the top-level key "environments"'
    ]


@pytest.mark.django_db
def test_both_are_applied_exported_and_reverted():
    apply(TEXT)
    assert export_manifest().text == TEXT

    apply(TEXT.replace("LOG_LEVEL: warning", "LOG_LEVEL: error"))
    after = load_state()
    revert(2)

    assert after["variable_override"]["api", "prod", "LOG_LEVEL"]["value"] == "error"
    assert load_state() == read(TEXT).state


@pytest.mark.django_db
def test_what_an_override_held_is_forgotten_when_the_variable_becomes_secret():
    apply(TEXT)
    Variable.objects.update(secret=False)

    apply(TEXT.replace("LOG_LEVEL: warning", "LOG_LEVEL: c4n4ry"))
    secret = TEXT.replace("default: info}", "secret: true}").replace("LOG_LEVEL: warning", "X: y")
    apply(secret)

    assert load_state()["variable_override"]["api", "prod", "LOG_LEVEL"]["value"] == ""
    assert "c4n4ry" not in str(list(Change.objects.order_by("-pk").values("entries")[:1]))
