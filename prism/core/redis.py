"""The one place that makes Redis clients.

Every client is pooled, parsed by hiredis, named for CLIENT LIST, has explicit time-outs and no hidden
retries, verifies TLS, and shares one circuit breaker per server with all the others in the process, the
Django cache included. Values are bytes or JSON, never pickles: who can write to Redis must not be able
to run code here.
"""

import contextlib
import functools
import threading
from typing import Any
from urllib.parse import parse_qs, urlsplit

import redis
import redis.asyncio
import redis.asyncio.connection
import redis.connection
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from redis import Redis
from redis.backoff import NoBackoff
from redis.client import PubSub
from redis.exceptions import NoPermissionError, RedisError, ResponseError
from redis.retry import Retry

from prism.core.breaker import Breaker, BreakerState, RedisUnavailable

__all__ = [
    "NoPermissionError",
    "PubSub",  # these two to annotate with; clients are made here
    "Redis",
    "RedisError",
    "RedisUnavailable",
    "ResponseError",
    "async_client",
    "breaker_of",
    "client",
    "inspector",
    "server_state",
]

INSPECT = "inspect"  # `prism:inspect` in CLIENT LIST

_breakers: dict[str, Breaker] = {}
_breakers_lock = threading.Lock()


def client(purpose: str, *, url: str = "", timeout_s: float | None = None) -> Redis:
    """Give the process's shared client for one purpose (`cache`, `ratelimit`, ...); connects lazily.

    Commands raise RedisUnavailable within `timeout_s` (default `PRISM_REDIS_TIMEOUT_MS`) per exchange.
    """
    return _shared_client(
        url or settings.REDIS_URL,
        purpose,
        timeout_s or settings.PRISM_REDIS_TIMEOUT_MS / 1000,
        settings.PRISM_REDIS_POOL_SIZE,
    )


def inspector(url: str = "", *, timeout_s: float = 1.0, is_replica: bool = False) -> Redis:
    """Give the shared client that looks at a server; it speaks RESP2 and gives bytes.

    Its connections leave idle times as they are where the server can do that, and may belong to a user
    with next to no rights: a name or a setting that is refused is done without. `is_replica` lets the
    replica of a cluster answer for its keys.
    """
    return _inspecting_client(
        url or settings.REDIS_URL, timeout_s, settings.PRISM_REDIS_POOL_SIZE, is_replica
    )


def async_client(
    purpose: str, *, url: str = "", timeout_s: float | None = None
) -> redis.asyncio.Redis:
    """Make a client for the running event loop; the caller closes it with `aclose()`."""
    url = url or settings.REDIS_URL
    timeout_s = timeout_s or settings.PRISM_REDIS_TIMEOUT_MS / 1000
    options = _options(url, purpose, timeout_s, settings.PRISM_REDIS_POOL_SIZE)
    pool = _AsyncPool.from_url(url, **options)
    pool.connection_class = _watched(pool.connection_class, _AsyncWatched)  # type: ignore[arg-type]
    return redis.asyncio.Redis.from_pool(pool)


def breaker_of(url: str = "") -> Breaker:
    """Give the one breaker of a server in this process."""
    server = _server_of(url or settings.REDIS_URL)
    with _breakers_lock:
        return _breakers.setdefault(server, Breaker(server))


def server_state() -> BreakerState:
    """Say whether the configured server answered when it was last asked; asks nothing."""
    return breaker_of().state()


class CacheConnectionFactory:
    """Makes django-redis use the shared client, so that the cache and everybody else share the breaker."""

    def __init__(self, options: dict[str, Any]) -> None:
        pass  # everything is decided here, not in CACHES

    def connect(self, url: str) -> Redis:
        """Give the client of the cache."""
        return client("cache", url=url)

    def disconnect(self, connection: Redis) -> None:
        """Drop its connections; the next command opens new ones."""
        connection.connection_pool.disconnect()


@functools.lru_cache(maxsize=64)  # tests start many servers; a console has one or two
def _shared_client(url: str, purpose: str, timeout_s: float, pool_size: int) -> Redis:
    pool = _Pool.from_url(url, **_options(url, purpose, timeout_s, pool_size))
    pool.connection_class = _watched(pool.connection_class, _Watched)
    return Redis(connection_pool=pool)


@functools.lru_cache(maxsize=256)  # the nodes of all clusters
def _inspecting_client(url: str, timeout_s: float, pool_size: int, is_replica: bool) -> Redis:
    options = _options(url, INSPECT, timeout_s, pool_size) | {"client_name": None, "protocol": 2}
    pool = _Pool.from_url(url, is_replica=is_replica, **options)
    pool.connection_class = _watched(pool.connection_class, _Inspecting)
    return Redis(connection_pool=pool)


def _options(url: str, purpose: str, timeout_s: float, pool_size: int) -> dict[str, Any]:
    _refuse_unverified_tls(url)
    return {
        "breaker": breaker_of(url),
        "client_name": f"prism:{purpose}",
        "max_connections": pool_size,
        "timeout": timeout_s,  # how long to wait for a free connection of the pool
        "socket_connect_timeout": timeout_s,
        "socket_timeout": timeout_s,
        "retry": Retry(NoBackoff(), 0),  # redis-py's own retries would multiply the time-outs
    }


def _refuse_unverified_tls(url: str) -> None:
    query = parse_qs(urlsplit(url).query)
    for name in ("ssl_cert_reqs", "ssl_check_hostname"):
        if query.get(name, ["required"])[0].lower() not in ("required", "true", "1", "yes"):
            raise ImproperlyConfigured(
                f"REDIS_URL switches certificate verification off ({name}); for a private "
                "authority name its certificate instead: ?ssl_ca_certs=/path/to/ca.pem"
            )


def _server_of(url: str) -> str:
    """Name a server without its password."""
    parts = urlsplit(url)
    if parts.scheme == "unix":
        return parts.path
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{host}:{parts.port or 6379}"


class _Watched:
    """A connection that tells its server's breaker how each exchange went."""

    def __init__(self, *args: Any, breaker: Breaker, **kwargs: Any) -> None:
        self.breaker = breaker
        super().__init__(*args, **kwargs)

    def connect_check_health(self, *args: Any, **kwargs: Any) -> None:
        with self.breaker.watch():
            super().connect_check_health(*args, **kwargs)  # type: ignore[misc]

    def send_packed_command(self, *args: Any, **kwargs: Any) -> None:
        with self.breaker.watch():
            super().send_packed_command(*args, **kwargs)  # type: ignore[misc]

    def read_response(self, *args: Any, **kwargs: Any) -> Any:
        with self.breaker.watch():
            response = super().read_response(*args, **kwargs)  # type: ignore[misc]
        self.breaker.answered()
        return response


class _Inspecting(_Watched):
    """A connection that asks for its settings one by one and does without those that are refused."""

    def __init__(self, *args: Any, is_replica: bool, **kwargs: Any) -> None:
        self.wishes: list[tuple[str, ...]] = [
            ("CLIENT", "SETNAME", f"prism:{INSPECT}"),
            ("CLIENT", "NO-TOUCH", "ON"),
        ]
        self.wishes += [("READONLY",)] if is_replica else []
        super().__init__(*args, **kwargs)

    def on_connect_check_health(self, *args: Any, **kwargs: Any) -> None:
        super().on_connect_check_health(*args, **kwargs)  # type: ignore[misc]
        for words in self.wishes:
            with contextlib.suppress(ResponseError):  # unknown to an old server, or not permitted
                self.send_command(*words, check_health=False)  # type: ignore[attr-defined]
                self.read_response()


class _AsyncWatched:
    """The same for asyncio."""

    def __init__(self, *args: Any, breaker: Breaker, **kwargs: Any) -> None:
        self.breaker = breaker
        super().__init__(*args, **kwargs)

    async def connect_check_health(self, *args: Any, **kwargs: Any) -> None:
        with self.breaker.watch():
            await super().connect_check_health(*args, **kwargs)  # type: ignore[misc]

    async def send_packed_command(self, *args: Any, **kwargs: Any) -> None:
        with self.breaker.watch():
            await super().send_packed_command(*args, **kwargs)  # type: ignore[misc]

    async def read_response(self, *args: Any, **kwargs: Any) -> Any:
        with self.breaker.watch():
            response = await super().read_response(*args, **kwargs)  # type: ignore[misc]
        self.breaker.answered()
        return response


@functools.cache
def _watched(connection_class: Any, mixin: type) -> Any:
    """Mix the watching into redis-py's TCP, TLS or Unix-socket connection."""
    return type(f"Watched{connection_class.__name__}", (mixin, connection_class), {})


class _Pool(redis.BlockingConnectionPool):
    """Refuses at once while the breaker skips the server."""

    def get_connection(self, *args: Any, **kwargs: Any) -> Any:
        breaker: Breaker = self.connection_kwargs["breaker"]
        breaker.check()
        try:
            return super().get_connection(*args, **kwargs)  # type: ignore[no-untyped-call]
        except RedisUnavailable:
            raise
        except redis.ConnectionError as error:  # the pool is exhausted
            raise RedisUnavailable(server=breaker.server, reason=str(error)) from error


class _AsyncPool(redis.asyncio.BlockingConnectionPool):
    """The same for asyncio."""

    async def get_connection(self, *args: Any, **kwargs: Any) -> Any:
        breaker: Breaker = self.connection_kwargs["breaker"]
        breaker.check()
        try:
            return await super().get_connection(*args, **kwargs)  # type: ignore[no-untyped-call]
        except RedisUnavailable:
            raise
        except (TimeoutError, redis.ConnectionError) as error:
            raise RedisUnavailable(server=breaker.server, reason=str(error)) from error
