"""What the tests of events stand on: a Redis of their own, as they empty, kill and restart it."""

from collections.abc import Iterator

import pytest
from pytest_django.fixtures import Settings

from tests.servers import RedisServer, redis_server


@pytest.fixture
def own_redis(settings: Settings) -> Iterator[RedisServer]:
    """Run a Redis for one test, and let the console use it."""
    with redis_server() as server:
        settings.REDIS_URL = server.url
        settings.CHANNEL_LAYERS = {
            "default": {
                "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
                "CONFIG": {
                    "hosts": [{"address": server.url, "socket_timeout": None}],
                    "prefix": "channels:",
                    "serializer_format": "json",
                },
            }
        }
        yield server
