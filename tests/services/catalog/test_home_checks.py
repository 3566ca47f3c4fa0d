"""What the checks of the home page find."""

from datetime import date

import pytest

from services.catalog.attention import (
    CHECKS,
    Claim,
    Facts,
    ProjectFacts,
    ServiceFacts,
    VariableFacts,
    run_checks,
)
from services.catalog.needs import Dangling

TODAY = date(2026, 11, 23)


def make_facts(**over):
    empty = dict.fromkeys(("services", "projects", "variables", "claims", "dangling"), ())
    return Facts(**{**empty, "deployment_state": None, "today": TODAY, **over})


def make_service_facts(**over):
    well = {"is_owned": True, "has_domain": True, "has_health_path": True}
    return ServiceFacts(**{"name": "api", "kind": "backend", "status": "active", **well, **over})


def make_variable_facts(**over):
    values = {"service": "api", "name": "MODE", "level": "required"}
    return VariableFacts(**{**values, "is_secret": False, "has_origin": True, **over})


def found(**facts):
    return {
        result.check.id: [(finding.subject, finding.detail) for finding in result.findings]
        for result in run_checks(make_facts(**facts))
    }


def test_a_catalog_in_order_has_no_findings():
    assert found(services=[make_service_facts()], variables=[make_variable_facts()]) == {}


@pytest.mark.parametrize(
    ("lacks", "check"),
    [
        ("is_owned", "no-owner"),
        ("has_domain", "no-domain"),
        ("has_health_path", "no-health-path"),
    ],
)
def test_an_active_service_lacks_something(lacks, check):
    assert found(services=[make_service_facts(**{lacks: False})]) == {check: [("api", "")]}


@pytest.mark.parametrize("status", ["planned", "development", "research"])
def test_a_service_that_is_not_active_may_lack_everything(status):
    bare = dict.fromkeys(("is_owned", "has_domain", "has_health_path"), False)

    assert found(services=[make_service_facts(status=status, **bare)]) == {}


@pytest.mark.parametrize("kind", ["database", "cache", "worker"])
def test_what_no_browser_reaches_needs_no_domain_and_no_health_path(kind):
    services = [make_service_facts(kind=kind, has_domain=False, has_health_path=False)]

    assert found(services=services) == {}


@pytest.mark.parametrize("status", ["planned", "development"])
def test_a_project_is_past_its_target_date(status):
    projects = [ProjectFacts("shop", status, "2026-Q3")]

    assert found(projects=projects) == {"overdue": [("shop", f"{status}, was due 2026-Q3")]}


@pytest.mark.parametrize(
    ("status", "target"),
    [("active", "2026-Q1"), ("research", "2026-Q1"), ("planned", "2026-Q4"), ("planned", "")],
)
def test_a_project_is_not_overdue(status, target):
    assert found(projects=[ProjectFacts("shop", status, target)]) == {}


@pytest.mark.parametrize("said", [3, "3"])
def test_a_declared_count_differs(said):
    services = [make_service_facts()]

    assert found(services=services, deployment_state={"active_services": said}) == {
        "declared-counts": [("", "active: the manifest says 3, it lists 1")]
    }


@pytest.mark.parametrize(
    "stated", [{"active_services": 1}, {"active_services": "about one"}, "text", [1], None]
)
def test_a_count_that_is_right_or_no_count_is_no_finding(stated):
    assert found(services=[make_service_facts()], deployment_state=stated) == {}


def test_a_variable_that_looks_like_a_secret_is_not_marked():
    names = ["OPENAI_API_KEY", "STRIPE_PUBLISHABLE_KEY", "NEXT_PUBLIC_MAP_KEY", "MONKEY", "MODE"]

    results = found(variables=[make_variable_facts(name=name) for name in names])

    assert results == {"unmarked-secret": [("api", "OPENAI_API_KEY")]}


def test_a_required_secret_comes_from_nowhere():
    lost = make_variable_facts(name="A_KEY", is_secret=True, has_origin=False)
    optional = make_variable_facts(name="B_KEY", is_secret=True, has_origin=False, level="optional")

    assert found(variables=[lost, optional]) == {"secret-from-nowhere": [("api", "A_KEY")]}


def test_references_and_claims_are_named():
    results = found(
        dangling=[Dangling("api", "URL", "Postgrs")],
        claims=[Claim("web", "example.com", "prod", "api")],
    )

    assert results == {
        "dangling-reference": [("api", "URL: Postgrs")],
        "claimed-host": [("web", "example.com in prod, now api")],
    }


def test_what_is_wrong_stands_before_what_is_only_worth_knowing():
    order = {"down": 0, "degraded": 1, "planned": 2}
    severities = [order[check.severity] for check in CHECKS]

    assert severities == sorted(severities)
    assert len({check.id for check in CHECKS}) == len(CHECKS)
