"""One connection to one server, for thousands of small commands: packed by hand, parsed by hiredis.

redis-py makes the connection (TLS, log-in, name, CLIENT NO-TOUCH); its pipelines take three times as long
as the server needs, so commands and replies go past it.
"""

from collections.abc import Sequence
from typing import Any

import hiredis

from prism.core.redis import Redis, RedisUnavailable

READ_BYTES = 128 * 1024
PING = b"*1\r\n$4\r\nPING\r\n"


class Wire:
    """Sends packed commands and reads as many replies; blocks up to the client's time-out.

    Raises RedisUnavailable. Error replies are `hiredis.ReplyError` values among the others.
    """

    def __init__(self, client: Redis) -> None:
        self._pool = client.connection_pool
        self._connection: Any = self._pool.get_connection()
        self._socket: Any = self._connection._sock  # redis-py has no public name for it
        self._reader = hiredis.Reader()
        self.network_bytes = 0

    def send(self, packed: bytes) -> None:
        """Write commands."""
        self._connection.send_packed_command([packed])
        self.network_bytes += len(packed)

    def read(self, count: int) -> list[Any]:
        """Read that many replies."""
        replies: list[Any] = []
        append, gets = replies.append, self._reader.gets
        while len(replies) < count:
            reply = gets()
            if reply is False:
                self._fill()
            else:
                append(reply)
        return replies

    def ask(self, *words: bytes) -> Any:
        """Send one command and give its reply."""
        self.send(packed(words))
        return self.read(1)[0]

    def close(self) -> None:
        """Drop the connection: replies may still be on their way."""
        self._connection.disconnect()
        self._pool.release(self._connection)

    def _fill(self) -> None:
        try:
            data = self._socket.recv(READ_BYTES)
        except OSError as error:
            raise self._lost(str(error) or type(error).__name__) from error
        if not data:
            raise self._lost("the server closed the connection")
        self.network_bytes += len(data)
        self._reader.feed(data)

    def _lost(self, reason: str) -> RedisUnavailable:
        return RedisUnavailable(server=self._connection.breaker.server, reason=reason)


def packed(words: Sequence[bytes]) -> bytes:
    """Write one command in the protocol's form. Source: the Redis serialization protocol, RESP2."""
    parts = [b"*%d\r\n" % len(words)]
    parts += [b"$%d\r\n%b\r\n" % (len(word), word) for word in words]
    return b"".join(parts)
