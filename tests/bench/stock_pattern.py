"""What Channels' documentation shows, to compare with: a consumer and a channel of the layer per socket.

`BENCH_LAYER` chooses the layer: `core` or `pubsub`.
"""

import os

from prism import asgi

# settings must not be touched before prism.asgi has set Django up
from channels.generic.websocket import AsyncWebsocketConsumer  # isort: skip
from channels.routing import ProtocolTypeRouter  # isort: skip
from django.conf import settings  # isort: skip

LAYERS = {
    "core": "channels_redis.core.RedisChannelLayer",
    "pubsub": "channels_redis.pubsub.RedisPubSubChannelLayer",
}
settings.CHANNEL_LAYERS = {
    "default": {
        "BACKEND": LAYERS[os.environ.get("BENCH_LAYER", "pubsub")],
        # redis-py 8 would end the blocking reads of the core layer after five seconds
        "CONFIG": {"hosts": [{"address": settings.REDIS_URL, "socket_timeout": None}]},
    }
}


class StockConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]
    """Sends on what the group gets."""

    groups = ["stock"]

    async def connect(self) -> None:
        await self.accept()
        await self.send('{"t":"reset","s":0,"r":[]}')

    async def stock_event(self, message: dict[str, str]) -> None:
        await self.send(message["text"])


application = ProtocolTypeRouter(
    {"websocket": StockConsumer.as_asgi(), "lifespan": asgi.lifespan, "http": asgi.pages}
)
