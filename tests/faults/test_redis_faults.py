"""R1 to R6: whatever happens to Redis, log-in, pages, edits and log-out work, and hardly slower."""

import pytest

from tests.faults.console import LIST, VERIFY_S, Browser, walk
from tests.servers import RedisServer, WebServer, noise_ms, wait_until

pytestmark = [pytest.mark.redis, pytest.mark.timeout(180)]

EXTRA_MS = 300  # the promise
NOISE_MS = 200  # of other requests and tests
HASH_NOISE_MS = (
    1000  # Argon2 wants eight threads and 100 MiB: on busy cores a log-in varies by itself
)


def walk_in_health(console: WebServer) -> Browser:
    """Walk to measure what a healthy Redis costs, once the server is warm."""
    walk(console, "warm")
    return walk(console, "healthy")


def walk_with_fault(console: WebServer, healthy: Browser, first: Browser | None = None) -> None:
    """Walk twice, once while the breaker meets the fault and once when it knows it.

    `first` is somebody who was logged in before and has just clicked. Every kind of request is held
    against the same kind before the fault.
    """
    for browser in (first, walk(console, "meets"), walk(console, "knows")):
        for asked, took_ms in browser.slowest_ms.items() if browser else ():
            noise = noise_ms(HASH_NOISE_MS if asked == "POST /admin/login/" else NOISE_MS)
            assert took_ms < healthy.slowest_ms[asked] + EXTRA_MS + noise, asked


def logged_in(console: WebServer) -> Browser:
    """Give a browser that was logged in before the fault, its times forgotten."""
    browser = Browser(console)
    assert browser.log_in().status == 302
    browser.slowest_ms.clear()
    return browser


def test_R1_redis_killed(console: WebServer, redis: RedisServer) -> None:
    healthy = walk_in_health(console)
    browser = logged_in(console)

    redis.kill()

    assert browser.is_logged_in()
    walk_with_fault(console, healthy, browser)


def test_R1_pages_say_within_seconds_that_live_updates_are_paused(
    console: WebServer, redis: RedisServer
) -> None:
    browser = logged_in(console)

    def is_paused() -> bool:
        return b"Live updates paused" in browser.get(LIST).content

    assert not is_paused()
    redis.kill()
    wait_until(is_paused, what="the word that live updates are paused", timeout_s=5)
    redis.start()
    wait_until(lambda: not is_paused(), what="the end of the pause", timeout_s=10)


def test_R2_redis_frozen(console: WebServer, redis: RedisServer) -> None:
    healthy = walk_in_health(console)
    browser = logged_in(console)

    redis.freeze()
    try:
        assert browser.is_logged_in()
        walk_with_fault(console, healthy, browser)
    finally:
        redis.thaw()


def test_R2_redis_sleeps(console: WebServer, redis: RedisServer) -> None:
    """`DEBUG SLEEP` holds the one thread of Redis: connections are taken and nothing is answered."""
    healthy = walk_in_health(console)
    redis.restart_with("--enable-debug-command", "yes")
    sleeper = redis.admin()
    connection = sleeper.connection_pool.get_connection()
    connection.send_command("DEBUG", "SLEEP", "8")

    walk_with_fault(console, healthy)

    connection.disconnect()


def test_R3_redis_restarted_empty(console: WebServer, redis: RedisServer) -> None:
    browser = logged_in(console)
    assert redis.admin().keys("session:*")

    redis.restart_empty()

    assert browser.is_logged_in()
    assert redis.admin().keys("session:*")


def test_R4_redis_read_only(console: WebServer, redis: RedisServer) -> None:
    healthy = walk_in_health(console)
    browser = logged_in(console)

    redis.admin().config_set("replica-serve-stale-data", "yes")
    redis.admin().replicaof("127.0.0.1", 1)

    assert browser.is_logged_in()
    walk_with_fault(console, healthy, browser)
    assert "ReadOnlyError" in console.log.read_text()


def test_R4_redis_out_of_memory(console: WebServer, redis: RedisServer) -> None:
    healthy = walk_in_health(console)
    browser = logged_in(console)

    redis.admin().config_set("maxmemory-policy", "noeviction")
    redis.admin().config_set("maxmemory", 1)

    assert browser.is_logged_in()
    walk_with_fault(console, healthy, browser)
    assert "OutOfMemoryError" in console.log.read_text()


def test_R5_redis_evicts_everything(console: WebServer, redis: RedisServer) -> None:
    browsers = [logged_in(console) for _ in range(5)]
    admin = redis.admin()
    admin.config_set("maxmemory", "8mb")
    admin.config_set("maxmemory-policy", "allkeys-lru")

    for number in range(20_000):  # which keys go is decided by samples
        admin.set(f"storm:{number}", "x" * 16_384)
        if number > 2000 and not number % 500 and not admin.keys("session:*"):
            break

    assert admin.info("stats")["evicted_keys"] > 100
    assert not admin.keys("session:*")
    assert all(browser.is_logged_in() for browser in browsers)
    walk(console, "stormy")


def test_R6_redis_comes_back_with_old_data(console: WebServer, redis: RedisServer) -> None:
    """A log-out that Redis never heard of counts, even when Redis still has the session."""
    browser, other = logged_in(console), logged_in(console)
    assert browser.is_logged_in()
    (key,) = [key for key in redis.admin().keys("session:*") if browser.cookies["sessionid"] in key]
    old_copy = redis.admin().get(key)
    stolen = Browser(console, dict(browser.cookies))
    redis.kill()
    browser.log_out()
    redis.start()
    redis.admin().set(key, str(old_copy))

    def is_used_again() -> bool:
        return other.is_logged_in() and len(redis.admin().keys("session:*")) == 2

    wait_until(is_used_again, what="the use of the new Redis", timeout_s=15)
    wait_until(
        lambda: not stolen.is_logged_in(), what="the end of the session", timeout_s=VERIFY_S + 1
    )
    assert redis.admin().get(key) == old_copy  # it was there and was not believed
