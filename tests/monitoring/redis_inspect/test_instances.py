"""Which Redis servers there are, and where."""

import pytest
from django.utils import timezone
from pytest_django import Settings

from monitoring.redis_inspect.instances import NoAddress, address_of, sync_instances
from monitoring.redis_inspect.models import OWN, RedisInstance
from tests.make import make_dependency, make_domain, make_environment, make_service

pytestmark = pytest.mark.django_db


def found() -> list[tuple[str, str]]:
    sync_instances(timezone.now())
    return [(row.name, row.variable) for row in RedisInstance.objects.current()]


def test_the_consoles_own_server_is_always_there_and_first() -> None:
    make_service(name="a-cache", type="redis", kind="cache")

    assert found() == [(OWN, "REDIS_URL"), ("a-cache-prod", "PRISM_TARGET_A_CACHE_PROD")]


def test_a_cache_is_inspected_where_those_who_use_it_run() -> None:
    cache, shop = make_service(name="store", kind="cache"), make_service(name="shop")
    make_environment("dev")
    make_domain(shop, "shop.example.com")
    make_domain(shop, "dev.example.com", environment="dev")
    make_dependency(shop, cache, role="cache", type="Valkey")

    assert [name for name, _ in found()] == [OWN, "store-dev", "store-prod"]


@pytest.mark.parametrize("over", [{"status": "planned"}, {"archived_at": timezone.now()}])
def test_what_does_not_run_is_not_inspected(over: dict[str, object]) -> None:
    make_service(name="later", type="redis", **over)

    assert [name for name, _ in found()] == [OWN]


def test_two_names_that_look_alike_get_two_instances() -> None:
    make_service(name="a.b", type="redis")
    make_service(name="a-b", type="redis")

    assert [name for name, _ in found()] == [OWN, "a-b-prod", "a-b-prod-2"]


def test_an_instance_that_is_gone_is_retired_and_comes_back() -> None:
    service = make_service(name="store", type="redis")
    sync_instances(timezone.now())
    first = RedisInstance.objects.get(name="store-prod").pk

    service.status = "planned"
    service.save()
    assert [name for name, _ in found()] == [OWN]
    service.status = "active"
    service.save()
    assert [name for name, _ in found()] == [OWN, "store-prod"]

    assert RedisInstance.objects.get(name="store-prod").pk == first


def test_a_second_sync_asks_little_and_writes_nothing(
    django_assert_num_queries: pytest.FixtureRequest,
) -> None:
    make_service(name="store", type="redis")
    sync_instances(timezone.now())

    with django_assert_num_queries(3):
        sync_instances(timezone.now())


def test_an_address_comes_from_the_environment_only(monkeypatch: pytest.MonkeyPatch) -> None:
    make_service(name="store", type="redis")
    sync_instances(timezone.now())
    instance = RedisInstance.objects.get(name="store-prod")

    with pytest.raises(NoAddress, match="set PRISM_TARGET_STORE_PROD for"):
        address_of(instance)
    monkeypatch.setenv("PRISM_TARGET_STORE_PROD", "redis://a:1")
    assert address_of(instance) == address_of(instance, to_write=True) == "redis://a:1"
    monkeypatch.setenv("PRISM_TARGET_STORE_PROD_WRITER", "redis://writer@a:1")
    assert address_of(instance, to_write=True) == "redis://writer@a:1"
    assert address_of(instance) == "redis://a:1"


def test_the_own_server_is_looked_at_as_the_user_who_may_only_look(settings: Settings) -> None:
    sync_instances(timezone.now())
    own = RedisInstance.objects.get(name=OWN)
    settings.REDIS_URL, settings.REDIS_READONLY_URL = "redis://all@a", "redis://look@a"

    assert address_of(own) == "redis://look@a"
    assert address_of(own, to_write=True) == "redis://all@a"


def test_a_cache_with_a_server_of_its_own_is_an_instance_too(settings: Settings) -> None:
    settings.REDIS_CACHE_URL = "redis://cache"

    assert found() == [(OWN, "REDIS_URL"), ("console-cache", "REDIS_CACHE_URL")]
    assert address_of(RedisInstance.objects.get(name="console-cache")) == "redis://cache"
