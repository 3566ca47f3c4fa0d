"""Tells the hubs of all web processes that there are new events: one message over the channel layer.

A thread of its own sends it, so that a Redis that is slow or gone costs the writer nothing. Any number
of wake-ups that wait become one: the hubs read what is new from SQL by number.
"""

import asyncio
import logging
import os
import threading

from channels.layers import get_channel_layer

from prism.core.redis import RedisError

logger = logging.getLogger(__name__)

GROUP = "live"
WAKE = {"type": "wake"}
SEND_S = 2.0
# what a channel layer raises when its Redis does not answer
LAYER_ERRORS = (RedisError, OSError, TimeoutError)
LAST_WORD_S = 1.0  # how long a process that ends waits for its last wake-up

_lock = threading.Lock()
_sender: "_Sender | None" = None


def wake_hubs() -> None:
    """Ask for a wake-up of every hub; returns at once and never fails."""
    global _sender
    with _lock:
        if _sender is None or _sender.pid != os.getpid() or not _sender.is_alive():
            _sender = _Sender()
            _sender.start()
    _sender.ask()


def finish_waking() -> None:
    """Let the last wake-up leave before a short-lived process ends."""
    if _sender is not None and _sender.pid == os.getpid():
        _sender.idle.wait(LAST_WORD_S)


class _Sender(threading.Thread):
    """The thread that sends; a daemon, as a process must not stay for it."""

    def __init__(self) -> None:
        super().__init__(name="wake-hubs", daemon=True)
        self.pid = os.getpid()
        self.idle = threading.Event()
        self._asked = threading.Event()

    def ask(self) -> None:
        self.idle.clear()
        self._asked.set()

    def run(self) -> None:
        with asyncio.Runner() as runner:
            while True:
                self._asked.wait()
                self._asked.clear()
                runner.run(_send())
                if not self._asked.is_set():
                    self.idle.set()


async def _send() -> None:
    layer = get_channel_layer()
    try:
        await asyncio.wait_for(layer.group_send(GROUP, WAKE), SEND_S)
    except LAYER_ERRORS as error:
        logger.info("live pages were not woken, they will look by themselves: %s", error)
