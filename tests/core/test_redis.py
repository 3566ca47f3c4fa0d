"""The clients of `prism.core.redis`, on real servers that are killed and frozen."""

import time
from collections.abc import Callable

import pytest
import redis
from django.core.cache import cache
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

from prism.core.redis import (
    RedisUnavailable,
    async_client,
    breaker_of,
    client,
    server_state,
)
from tests.servers import RedisServer, noise_ms

pytestmark = pytest.mark.redis


def elapsed_ms(action: Callable[[], object]) -> float:
    started = time.perf_counter()
    action()
    return (time.perf_counter() - started) * 1000


def ask(purpose: str = "test") -> None:
    with pytest.raises(RedisUnavailable):
        client(purpose).get("key")


def test_the_parser_is_hiredis(own_redis: RedisServer) -> None:
    connection = client("test").connection_pool.get_connection()

    assert type(connection._get_parser()).__name__ == "_HiredisParser"
    client("test").connection_pool.release(connection)


def test_clients_are_named_by_their_purpose(own_redis: RedisServer) -> None:
    client("ratelimit").ping()

    assert "prism:ratelimit" in {entry["name"] for entry in own_redis.admin().client_list()}


def test_one_purpose_is_one_pool_and_the_pool_has_a_limit(
    own_redis: RedisServer, settings: Settings
) -> None:
    settings.PRISM_REDIS_POOL_SIZE = 2
    pool = client("small").connection_pool
    held = [pool.get_connection(), pool.get_connection()]

    with pytest.raises(RedisUnavailable, match="No connection available"):
        client("small").ping()

    assert client("small").connection_pool is pool
    assert server_state().failures == 0  # a busy pool says nothing about the server
    for connection in held:
        pool.release(connection)


def test_a_killed_server_costs_next_to_nothing(own_redis: RedisServer) -> None:
    client("test").ping()
    own_redis.kill()

    assert elapsed_ms(lambda: [ask() for _ in range(20)]) < 100 + noise_ms(200)
    assert not server_state().is_answering


def test_a_frozen_server_costs_three_time_outs_for_the_whole_process(
    own_redis: RedisServer, settings: Settings
) -> None:
    client("test").ping()
    own_redis.freeze()

    assert elapsed_ms(lambda: [ask(f"purpose-{n}") for n in range(20)]) < 3 * 90 + noise_ms(200)
    own_redis.thaw()


def test_the_cache_shares_the_breaker(own_redis: RedisServer) -> None:
    cache.set("session:x", {"a": 1}, 60)
    own_redis.freeze()

    def page() -> None:
        for number in range(10):
            assert cache.get("session:x") is None
            ask(f"other-{number}")

    assert elapsed_ms(page) < 3 * 90 + noise_ms(200)
    own_redis.thaw()


def test_the_server_is_used_again_when_it_is_back(own_redis: RedisServer) -> None:
    client("test").ping()
    own_redis.kill()
    for _ in range(4):
        ask()
    own_redis.start()
    breaker_of()._skip_until = 0  # five seconds later

    client("test").set("key", "value")

    assert client("test").get("key") == b"value"
    assert server_state().is_answering


def test_a_restart_between_two_commands_is_not_noticed(own_redis: RedisServer) -> None:
    client("test").ping()
    own_redis.restart_empty()

    assert client("test").ping()


def test_an_error_of_the_server_is_not_taken_for_silence(own_redis: RedisServer) -> None:
    for _ in range(5):
        with pytest.raises(redis.ResponseError):
            client("test").execute_command("NO-SUCH-COMMAND")

    assert server_state().is_answering


def test_a_subscriber_that_hears_nothing_is_no_failure(own_redis: RedisServer) -> None:
    subscription = client("test").pubsub()
    subscription.subscribe("prism:live")

    for _ in range(5):
        subscription.get_message(timeout=0.1)

    assert server_state().failures == 0
    subscription.close()


async def test_an_async_subscriber_that_hears_nothing_is_no_failure(own_redis: RedisServer) -> None:
    connection = async_client("live")
    subscription = connection.pubsub()
    await subscription.subscribe("prism:live")

    for _ in range(5):
        await subscription.get_message(timeout=0.12)
    own_redis.admin().publish("prism:live", "news")
    message = await subscription.get_message(ignore_subscribe_messages=True, timeout=1)

    assert message["data"] == b"news"
    assert server_state().failures == 0
    await subscription.aclose()
    await connection.aclose()


def test_a_subscriber_whose_server_dies_is_told_so(own_redis: RedisServer) -> None:
    subscription = client("test").pubsub()
    subscription.subscribe("prism:live")
    subscription.get_message(timeout=1)
    own_redis.kill()

    with pytest.raises(RedisUnavailable):
        subscription.get_message(timeout=1)
    subscription.close()


def test_a_failure_is_one_try(own_redis: RedisServer) -> None:
    client("test").ping()
    own_redis.freeze()

    ask()

    assert server_state().failures == 1
    own_redis.thaw()


async def test_async_clients_meet_the_same_breaker(own_redis: RedisServer) -> None:
    connection = async_client("events")
    await connection.ping()
    own_redis.freeze()

    for _ in range(3):
        with pytest.raises(RedisUnavailable):
            await connection.get("key")

    own_redis.thaw()
    with pytest.raises(RedisUnavailable, match="skipped"):
        client("test").ping()
    with pytest.raises(RedisUnavailable, match="skipped"):
        await connection.ping()
    await connection.aclose()


async def test_an_async_client_works_and_has_a_name(own_redis: RedisServer) -> None:
    connection = async_client("events")

    assert await connection.set("key", "value")
    assert await connection.get("key") == b"value"
    assert await connection.client_getname() == "prism:events"
    await connection.aclose()


def test_a_password_is_in_no_error() -> None:
    with pytest.raises(RedisUnavailable) as caught:
        client("test", url="redis://someone:s3cret@127.0.0.1:1/0").ping()

    assert "s3cret" not in f"{caught.value!r} {caught.value.server} {caught.value.reason}"
    assert caught.value.server == "127.0.0.1:1"


@pytest.mark.parametrize("query", ["ssl_cert_reqs=none", "ssl_check_hostname=false"])
def test_tls_without_verification_is_refused(query: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="certificate verification"):
        client("test", url=f"rediss://127.0.0.1:1/0?{query}")


def test_tls_verifies_the_certificate_and_the_host_name() -> None:
    options = client("test", url="rediss://127.0.0.1:1/0").connection_pool

    connection = options.make_connection()

    assert (connection.cert_reqs.name, connection.check_hostname) == ("CERT_REQUIRED", True)
