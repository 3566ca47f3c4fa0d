"""The limiter: GCRA on the clock of Redis, and keys that always die."""

import logging
import math
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from pytest_django import Settings

from prism.core.ratelimit import Decision, Limit, RateLimitMiddleware, decide
from tests.servers import RedisServer

pytestmark = pytest.mark.redis
TEN_A_MINUTE = Limit(10, 60)
KEY = "ratelimit:192.0.2.1:api"


def ask(limit: Limit = TEN_A_MINUTE) -> Decision:
    return decide(address="192.0.2.1", endpoint="api", limit=limit)


def test_a_burst_up_to_the_limit_passes_and_the_next_is_refused(own_redis: RedisServer) -> None:
    decisions = [ask() for _ in range(11)]

    assert [decision.is_allowed for decision in decisions] == [True] * 10 + [False]
    assert [decision.remaining for decision in decisions] == [*range(9, -1, -1), 0]
    assert 5 < decisions[-1].retry_after_s <= 6


def test_one_more_passes_when_its_time_has_come(own_redis: RedisServer) -> None:
    limit = Limit(10, 1)
    for _ in range(11):
        last = ask(limit)
    assert not last.is_allowed

    time.sleep(last.retry_after_s + 0.005)

    assert ask(limit).is_allowed
    assert not ask(limit).is_allowed


def test_sixteen_threads_get_exactly_the_limit(own_redis: RedisServer) -> None:
    with ThreadPoolExecutor(16) as pool:
        decisions = list(pool.map(lambda _: ask(Limit(10, 1000)), range(16 * 50)))

    assert sum(decision.is_allowed for decision in decisions if decision.is_enforced) == 10


def test_every_key_has_a_life_no_longer_than_the_period(own_redis: RedisServer) -> None:
    for _ in range(12):
        ask()
        assert 0 < own_redis.admin().pttl(KEY) <= 60_000

    assert own_redis.admin().keys() == [KEY]


@pytest.mark.parametrize("left_behind", ["17", "999999999999999999999", "-5", "text", ""])
def test_a_counter_that_somebody_left_immortal_is_healed(
    own_redis: RedisServer, left_behind: str
) -> None:
    own_redis.admin().set(KEY, left_behind)

    assert ask().is_allowed
    assert 0 < own_redis.admin().pttl(KEY) <= 60_000


def test_a_key_of_another_type_is_healed(own_redis: RedisServer) -> None:
    own_redis.admin().rpush(KEY, "a", "b")

    assert ask().is_allowed
    assert own_redis.admin().type(KEY) == "string"


def test_a_full_key_that_lost_its_life_gets_it_back(own_redis: RedisServer) -> None:
    for _ in range(10):
        ask()
    own_redis.admin().persist(KEY)

    assert not ask().is_allowed
    assert 0 < own_redis.admin().pttl(KEY) <= 60_000


def test_addresses_and_endpoints_are_counted_apart(own_redis: RedisServer) -> None:
    for _ in range(10):
        ask()

    assert decide(address="192.0.2.2", endpoint="api", limit=TEN_A_MINUTE).is_allowed
    assert decide(address="192.0.2.1", endpoint="ingest", limit=TEN_A_MINUTE).is_allowed


def test_one_ipv6_customer_is_one_address(own_redis: RedisServer) -> None:
    for number in range(10):
        decide(address=f"2001:db8::{number:x}", endpoint="api", limit=TEN_A_MINUTE)

    assert not decide(address="2001:db8::ffff", endpoint="api", limit=TEN_A_MINUTE).is_allowed


def test_without_redis_everybody_passes_and_the_answer_says_so(
    own_redis: RedisServer, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("prism.core.ratelimit._logged_at", -math.inf)
    own_redis.kill()

    with caplog.at_level(logging.WARNING, logger="prism.core.ratelimit"):
        decisions = [ask() for _ in range(20)]

    assert all(decision.is_allowed and not decision.is_enforced for decision in decisions)
    assert decisions[0].headers()["X-RateLimit-Status"] == "not enforced"
    assert len([text for text in caplog.messages if "not limited" in text]) == 1


@pytest.mark.parametrize("trouble", ["read-only", "out of memory"])
def test_a_redis_that_cannot_write_limits_nobody(own_redis: RedisServer, trouble: str) -> None:
    if trouble == "read-only":
        own_redis.admin().replicaof("127.0.0.1", 1)
    else:
        own_redis.admin().config_set("maxmemory", 1)

    assert ask().is_allowed
    assert not ask().is_enforced


# --- in HTTP -----------------------------------------------------------------------------------


def get(path: str, **headers: str) -> HttpResponse:
    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse("answer")

    response = RateLimitMiddleware(view)(RequestFactory().get(path, **headers))
    assert isinstance(response, HttpResponse)
    return response


@pytest.fixture
def two_a_minute(own_redis: RedisServer, settings: Settings) -> None:
    settings.PRISM_RATE_LIMITS = {"api": ("/api/", 2, 60)}


@pytest.mark.usefixtures("two_a_minute")
def test_an_answer_says_how_much_is_left() -> None:
    response = get("/api/v1/services")

    assert response.content == b"answer"
    assert (response["RateLimit-Limit"], response["RateLimit-Remaining"]) == ("2", "1")
    assert response["RateLimit-Reset"] == "30"


@pytest.mark.usefixtures("two_a_minute")
def test_too_many_are_refused_with_the_time_to_come_back() -> None:
    get("/api/")
    get("/api/")
    response = get("/api/")

    assert response.status_code == 429
    assert response["Content-Type"] == "application/problem+json"
    assert 29 <= int(response["Retry-After"]) <= 30
    assert response["RateLimit-Remaining"] == "0"


@pytest.mark.usefixtures("two_a_minute")
def test_a_path_without_a_limit_is_not_counted(own_redis: RedisServer) -> None:
    for _ in range(3):
        assert get("/services/").status_code == 200

    assert own_redis.admin().keys() == []


@pytest.mark.usefixtures("two_a_minute")
def test_a_forwarded_address_counts_only_behind_a_trusted_proxy(settings: Settings) -> None:
    for number in range(2):
        get("/api/", HTTP_X_FORWARDED_FOR=f"198.51.100.{number}")
    assert get("/api/", HTTP_X_FORWARDED_FOR="198.51.100.9").status_code == 429

    settings.PRISM_TRUSTED_PROXY = True

    assert get("/api/", HTTP_X_FORWARDED_FOR="198.51.100.9").status_code == 200
