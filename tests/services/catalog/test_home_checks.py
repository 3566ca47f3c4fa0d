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
)
from services.catalog.checks import SEVERITIES, run_checks
from services.catalog.deployment_checks import DeploymentFacts
from services.catalog.needs import Dangling

TODAY = date(2026, 11, 23)


def make_facts(**over):
    empty = dict.fromkeys(("services", "projects", "variables", "claims", "dangling"), ())
    return Facts(**{**empty, "deployment_state": None, "today": TODAY, **over})


def make_service_facts(**over):
    well = {"is_owned": True, "has_domain": True, "has_health_path": True}
    return ServiceFacts(**{"name": "api", "kind": "backend", "status": "active", **well, **over})


def make_variable_facts(**over):
    values = {"kind": "service", "owner": "api", "name": "MODE", "level": "required"}
    return VariableFacts(**{**values, "is_secret": False, "has_origin": True, **over})


def found(**over):
    facts = make_facts(**over)
    statuses = {"api": "active", "web": "planned"}
    statuses |= {service.name: service.status for service in facts.services}
    return {
        result.check.id: [(finding.subject, finding.detail) for finding in result.findings]
        for result in run_checks(CHECKS, facts, statuses=statuses, levels={})
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


def test_a_secret_has_a_value_whether_it_is_marked_or_not():
    told = make_variable_facts(name="A_KEY", has_value=True)
    public = make_variable_facts(name="STRIPE_PUBLISHABLE_KEY", has_value=True)

    assert found(variables=[told, public]) == {"secret-with-default": [("api", "A_KEY")]}


@pytest.mark.parametrize(
    "schedule", ["*/5 * * * *", "0 9-17/2 * * mon-fri", "30 4 1 jan *", "0,55 0 * * 7", "0 0 * * 0"]
)
def test_a_schedule_that_the_platform_takes(schedule):
    service = make_service_facts(deployment=DeploymentFacts(cron_schedule=schedule))

    assert found(services=[service]) == {}


@pytest.mark.parametrize(
    "schedule",
    [
        *("* * * * *", "*/4 * * * *", "0,58 * * * *"),
        "0,58 0,23 * * *",  # two minutes apart over midnight
        *("0 0 * *", "61 * * * *", "5-1 * * * *", "*/0 * * * *", "0 0 * * moon", "@daily"),
    ],
)
def test_a_schedule_that_the_platform_refuses(schedule):
    service = make_service_facts(deployment=DeploymentFacts(cron_schedule=schedule))

    assert list(found(services=[service])) == ["cron-too-often"]


@pytest.mark.parametrize(
    ("root", "watched", "outside"),
    [
        ("/services/api", ["/services/api/**"], []),
        ("services/api", ["services/**", "**/*.py", "*.toml", "!docs/**"], []),
        ("services/api/", ["/services/api-old/**", "src/**"], ["/services/api-old/**", "src/**"]),
        ("", ["anything/**"], []),
        ("/", ["anything/**"], []),
    ],
)
def test_paths_that_are_watched_outside_the_root(root, watched, outside):
    deployment = DeploymentFacts(root_directory=root, watch_paths=tuple(watched))

    results = found(services=[make_service_facts(deployment=deployment)])

    said = [("api", f"{', '.join(outside)} is not in {root}")]
    assert results == ({"watch-path-outside": said} if outside else {})


DJANGO_AT_RAILWAY = {"is_on_railway": True, "framework": "Django 5", "healthcheck_path": "/health"}


@pytest.mark.parametrize(
    ("deployed", "hosts", "is_refused"),
    [
        (DJANGO_AT_RAILWAY, None, True),
        (DJANGO_AT_RAILWAY, "api.example.com", True),
        (DJANGO_AT_RAILWAY, "api.example.com, healthcheck.railway.app", False),
        (DJANGO_AT_RAILWAY, "", False),  # it has one, and nobody says what is in it
        ({**DJANGO_AT_RAILWAY, "framework": "FastAPI"}, None, False),
        ({**DJANGO_AT_RAILWAY, "is_on_railway": False}, None, False),
        ({**DJANGO_AT_RAILWAY, "healthcheck_path": ""}, None, False),
    ],
)
def test_the_host_of_the_health_check_is_refused(deployed, hosts, is_refused):
    services = [make_service_facts(deployment=DeploymentFacts(**deployed))]
    variables = [] if hosts is None else [make_variable_facts(name="ALLOWED_HOSTS", stated=hosts)]

    assert list(found(services=services, variables=variables)) == (
        ["health-host-refused"] if is_refused else []
    )


def test_the_project_answers_for_its_variables_and_hosts():
    hosts = make_variable_facts(
        kind="project", owner="shop", name="ALLOWED_HOSTS", stated="healthcheck.railway.app"
    )
    key = make_variable_facts(kind="project", owner="shop", name="A_KEY", has_value=True)
    services = [make_service_facts(deployment=DeploymentFacts(**DJANGO_AT_RAILWAY), project="shop")]

    assert found(services=services, variables=[hosts, key]) == {
        "secret-with-default": [("shop", "A_KEY")]
    }


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
    severities = [SEVERITIES.index(check.severity) for check in CHECKS]

    assert severities == sorted(severities)
    assert len({check.id for check in CHECKS}) == len(CHECKS)
