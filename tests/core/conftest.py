"""A Redis server of the test's own, that may be killed and frozen."""

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from tests.servers import RedisServer, redis_server


@pytest.fixture
def own_redis(settings: Settings) -> Iterator[RedisServer]:
    """Start a server and point the console's clients, cache and sessions at it."""
    with redis_server() as server:
        settings.REDIS_URL = server.url
        settings.PRISM_REDIS_TIMEOUT_MS = 90  # the console's own
        settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": server.url}}
        yield server
