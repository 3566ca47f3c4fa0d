"""The cache: keys as the namespace table has them, JSON, and errors that cost only the value."""

import logging
import os
import subprocess
import sys

import pytest
from django.core.cache import cache

from prism.core.cache import cached_json_response
from prism.core.redis import breaker_of
from tests.servers import RedisServer

pytestmark = pytest.mark.redis


class Build:
    """Counts how often the answer had to be made."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self) -> dict[str, int]:
        self.count += 1
        return {"made": self.count}


def answer(build: Build, *, revision: int = 1, page: int = 1) -> tuple[str, str]:
    response = cached_json_response(
        endpoint="services", params={"page": page, "kind": "api"}, revision=revision, build=build
    )
    return response.content.decode(), response["X-Cache"]


def test_a_key_is_written_as_it_is(own_redis: RedisServer) -> None:
    cache.set("session:abc", {"user": 1}, 60)

    assert own_redis.admin().keys() == ["session:abc"]
    assert own_redis.admin().get("session:abc") == '{"user": 1}'


def test_a_pickle_in_redis_is_not_read(own_redis: RedisServer) -> None:
    own_redis.admin().set("session:abc", b"\x80\x04\x95cos\nsystem\n.")

    assert cache.get("session:abc") is None


def test_a_value_nested_too_deep_is_not_read(own_redis: RedisServer) -> None:
    own_redis.admin().set("session:abc", "[" * 100_000)

    assert cache.get("session:abc") is None


def test_the_second_reader_gets_the_same_bytes_from_the_cache(own_redis: RedisServer) -> None:
    build = Build()

    assert answer(build) == ('{"made": 1}', "MISS")
    assert answer(build) == ('{"made": 1}', "HIT")
    assert build.count == 1


def test_an_answer_has_its_namespace_and_a_life_of_five_minutes(own_redis: RedisServer) -> None:
    answer(Build())

    (key,) = own_redis.admin().keys()
    assert key.startswith("api:cache:services:")
    assert 295 <= own_redis.admin().ttl(key) <= 300


def test_other_parameters_are_another_answer(own_redis: RedisServer) -> None:
    build = Build()
    answer(build)

    assert answer(build, page=2) == ('{"made": 2}', "MISS")


def test_a_change_of_the_catalog_ends_the_answer_and_leaves_no_orphan(
    own_redis: RedisServer,
) -> None:
    build = Build()
    answer(build)

    assert answer(build, revision=2) == ('{"made": 2}', "MISS")
    assert answer(build, revision=2) == ('{"made": 2}', "HIT")
    assert len(own_redis.admin().keys()) == 1


def test_an_answer_is_made_without_redis(own_redis: RedisServer) -> None:
    own_redis.kill()

    assert answer(Build()) == ('{"made": 1}', "MISS")


def test_a_failure_is_logged_once_a_minute_not_once_a_request(
    own_redis: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    own_redis.admin().config_set("maxmemory", 1)
    own_redis.admin().config_set("maxmemory-policy", "noeviction")
    with caplog.at_level(logging.WARNING, logger="prism.core.cache"):
        for _ in range(20):
            cache.set("session:abc", 1, 60)

    assert len(caplog.messages) <= 1
    assert breaker_of().state().is_answering


def test_the_cache_may_have_a_server_of_its_own() -> None:
    given = {"REDIS_URL": "redis://state/0", "REDIS_CACHE_URL": "redis://cache/0"}
    code = (
        "import prism.settings as s; print(s.REDIS_URL, s.CACHES['default']['LOCATION'],"
        " s.CHANNEL_LAYERS['default']['CONFIG']['hosts'][0]['address'])"
    )

    ended = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | given, capture_output=True, text=True
    )

    assert ended.stdout.split() == ["redis://state/0", "redis://cache/0", "redis://state/0"]
