"""The circuit breaker: decisions on a clock of the test's own, no server."""

import logging

import pytest
import redis

from prism.core.breaker import FAILURES_TO_OPEN, OPEN_S, Breaker, RedisUnavailable


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> Breaker:
    return Breaker("redis.example:6379", clock=clock)


def fail(breaker: Breaker, times: int = 1) -> None:
    for _ in range(times):
        with pytest.raises(RedisUnavailable), breaker.watch():
            raise redis.TimeoutError("Timeout reading")


def test_two_failures_are_still_asked(breaker: Breaker) -> None:
    fail(breaker, FAILURES_TO_OPEN - 1)

    breaker.check()


def test_the_third_failure_in_a_row_skips_the_server(breaker: Breaker) -> None:
    fail(breaker, FAILURES_TO_OPEN)

    with pytest.raises(RedisUnavailable) as caught:
        breaker.check()
    assert caught.value.server == "redis.example:6379"
    assert "TimeoutError: Timeout reading" in caught.value.reason


def test_an_answer_in_between_starts_the_count_again(breaker: Breaker) -> None:
    fail(breaker, FAILURES_TO_OPEN - 1)
    breaker.answered()
    fail(breaker, FAILURES_TO_OPEN - 1)

    breaker.check()


def test_an_error_of_the_server_is_an_answer(breaker: Breaker) -> None:
    fail(breaker, FAILURES_TO_OPEN - 1)
    with pytest.raises(redis.ResponseError), breaker.watch():
        raise redis.ResponseError("OOM command not allowed")
    fail(breaker)

    breaker.check()
    assert breaker.state().failures == 1


def test_after_the_pause_one_caller_tries_and_the_others_go_on_skipping(
    breaker: Breaker, clock: Clock
) -> None:
    fail(breaker, FAILURES_TO_OPEN)
    clock.now += OPEN_S

    breaker.check()

    with pytest.raises(RedisUnavailable):
        breaker.check()


def test_a_failed_try_skips_again_for_the_whole_pause(breaker: Breaker, clock: Clock) -> None:
    fail(breaker, FAILURES_TO_OPEN)
    clock.now += OPEN_S
    breaker.check()
    clock.now += 1
    fail(breaker)

    clock.now += OPEN_S - 0.1
    with pytest.raises(RedisUnavailable):
        breaker.check()


def test_a_good_try_opens_the_way_for_everybody(breaker: Breaker, clock: Clock) -> None:
    fail(breaker, FAILURES_TO_OPEN)
    clock.now += OPEN_S
    breaker.check()
    breaker.answered()

    breaker.check()
    breaker.check()
    assert breaker.state().is_answering


def test_one_failure_is_counted_once_however_many_layers_it_passes(breaker: Breaker) -> None:
    with pytest.raises(RedisUnavailable), breaker.watch(), breaker.watch():
        raise redis.ConnectionError("refused")

    assert breaker.state().failures == 1


def test_an_outage_is_logged_once_at_its_start_and_once_at_its_end(
    breaker: Breaker, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="prism.core.breaker"):
        fail(breaker, FAILURES_TO_OPEN + 5)
        breaker.answered()

    assert len(caplog.messages) == 2
    assert "failed 3 times" in caplog.messages[0]
    assert "answers again" in caplog.messages[1]
