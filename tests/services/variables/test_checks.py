"""The catalog check of variables: what production lacks."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from services.catalog.checks import Asked
from services.variables.checks import SUITE, load
from tests.make import make_service, make_variable
from tests.services.variables.making import NOW, make_api, override, see, share

pytestmark = pytest.mark.django_db


def lacking(service=None):
    return {(lack.service, lack.variable): lack.reason for lack in load(Asked(NOW, service))}


def test_a_service_that_nobody_looked_at_lacks_nothing():
    make_variable(make_api(), "SECRET_KEY", secret=True)

    assert lacking() == {}


def test_what_was_not_there_or_nothing_yet_is_lacking():
    service = make_api()
    for name in ("ABSENT", "EMPTY", "SAMPLE", "SET"):
        make_variable(service, name, example="fill-me-in" if name == "SAMPLE" else "")

    see(service, "prod", EMPTY="", SAMPLE="fill-me-in", SET="a value")

    assert lacking() == {
        ("api", "ABSENT"): "was not there on 2026-11-23",
        ("api", "EMPTY"): "was empty on 2026-11-23",
        ("api", "SAMPLE"): "was still the example on 2026-11-23",
    }


def test_only_what_is_required_without_a_default_counts_and_only_in_production():
    service = make_api()
    make_variable(service, "OPTIONAL", level="optional")
    make_variable(service, "DEFAULTED", default="1")
    make_variable(service, "NEEDED")

    see(service, "staging", NOTHING="1")
    assert lacking() == {}

    see(service, "prod", NOTHING="1")
    assert set(lacking()) == {("api", "NEEDED")}


def test_an_override_for_production_decides():
    service = make_api()
    make_variable(service, "RAISED", level="optional")
    make_variable(service, "LOWERED")
    make_variable(service, "GIVEN")
    override(service, "prod", "RAISED", level="required")
    override(service, "prod", "LOWERED", level="optional")
    override(service, "prod", "GIVEN", default="1")
    override(service, "staging", "LOWERED", level="required")

    see(service, "prod", NOTHING="1")

    assert set(lacking()) == {("api", "RAISED")}


def test_what_the_project_requires_is_required_of_its_services():
    service = make_api()
    other = make_service(name="other", project=service.project)
    share(service.project, "SHARED", level="required")
    share(service.project, "WITH_DEFAULT", level="required", default="1")
    make_variable(other, "SHARED", level="optional")
    make_variable(other, "WITH_DEFAULT")
    gone = make_service(name="gone", project=service.project, archived_at=NOW)

    for one in (service, other, gone):
        see(one, "prod", NOTHING="1")

    assert set(lacking()) == {("api", "SHARED")}
    assert lacking("other") == {}
    assert set(lacking("api")) == {("api", "SHARED")}


def test_it_is_one_query_and_names_the_record():
    service = make_api()
    make_variable(service, "NEEDED")
    see(service, "prod", NOTHING="1")

    with CaptureQueriesContext(connection) as captured:
        found = load(Asked(NOW))
    [finding] = SUITE.checks[0].find(found)

    assert len(captured) == 1
    assert finding.record == ("variable", ("api", "NEEDED"))
    assert finding.detail == "NEEDED was not there on 2026-11-23"
