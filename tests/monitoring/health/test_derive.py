"""Which checks the catalog asks for."""

import pytest

from monitoring.health.derive import derive_checks
from monitoring.health.words import Kind
from services.catalog.state import load_state
from tests.make import (
    make_dependency,
    make_deployment,
    make_domain,
    make_endpoint,
    make_service,
)

pytestmark = pytest.mark.django_db


def found() -> dict[str, str]:
    return {wanted.key: wanted.target for wanted in derive_checks(load_state())}


def test_each_domain_of_an_active_service_is_asked_for_its_health_path() -> None:
    shop = make_service(name="shop")
    make_deployment(shop, healthcheck_path="/healthz")
    make_domain(shop, "shop.example.com")
    make_domain(shop, "www.example.com")
    make_domain(shop, "staging.example.com", environment="staging")

    assert found() == {
        "shop/prod/http/0": "https://shop.example.com/healthz",
        "shop/prod/http/1": "https://www.example.com/healthz",
        "shop/staging/http/0": "https://staging.example.com/healthz",
    }


def test_an_endpoint_that_looks_like_health_is_taken_else_the_root() -> None:
    api = make_service(name="api")
    make_endpoint(api, "/api/health")
    make_endpoint(api, "/api/system/version")
    make_domain(api, "api.example.com")
    site = make_service(name="site")
    make_endpoint(site, "/healthy-food")
    make_domain(site, "site.example.com")

    wanted = {one.service: one for one in derive_checks(load_state())}

    assert wanted["api"].target == "https://api.example.com/api/health"
    assert wanted["api"].options == {"version_path": "/api/system/version"}
    assert wanted["site"].target == "https://site.example.com/"


@pytest.mark.parametrize("status", ["planned", "research", "development"])
def test_what_does_not_run_is_not_asked(status: str) -> None:
    make_domain(make_service(status=status), "later.example.com")

    assert found() == {}


def test_databases_and_caches_are_asked_where_their_users_run() -> None:
    shop = make_service(name="shop")
    make_domain(shop, "shop.example.com")
    make_domain(shop, "staging.example.com", environment="staging")
    store = make_service(name="store", kind="database", type="postgresql")
    cache = make_service(name="my-cache", kind="cache", type="redis")
    make_dependency(shop, store, type="postgresql", connection_variable="DATABASE_URL")
    make_dependency(shop, cache, role="cache", connection_variable="REDIS_URL")

    wanted = {one.key: one for one in derive_checks(load_state())}

    assert wanted["store/prod/postgres"].kind is Kind.POSTGRES
    assert wanted["store/staging/postgres"].target == "env:PRISM_TARGET_STORE_STAGING"
    assert wanted["my-cache/prod/redis"].target == "env:PRISM_TARGET_MY_CACHE_PROD"


def test_a_dependency_without_a_connection_variable_is_not_asked() -> None:
    shop = make_service(name="shop")
    make_domain(shop, "shop.example.com")
    make_dependency(shop, make_service(name="store", type="postgresql"))

    assert set(found()) == {"shop/prod/http/0"}
