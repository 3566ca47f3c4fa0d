"""Runs the reader, the bridge and the console's own news beside the work of a worker, a thread each."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import DatabaseError, close_old_connections, connections

from monitoring.events.bridge import Bridge
from monitoring.events.news import News
from monitoring.events.stream import StreamReader
from prism.core.redis import RedisError, client

logger = logging.getLogger(__name__)

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.2, 5.0
TIMEOUT_S = 5.0  # longer than the reader blocks
STOP_S = 8.0


@contextmanager
def event_pipeline(name: str, stop: threading.Event) -> Iterator[None]:
    """Read events until `stop` is set; its threads have ended when this returns."""
    threads = [
        threading.Thread(target=run, args=(name, stop), name=run.__name__, daemon=True)
        for run in (run_reader, run_bridge, run_news)
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join(STOP_S)
            if thread.is_alive():
                logger.warning("The thread %s did not end in %.0f s", thread.name, STOP_S)


def run_reader(name: str, stop: threading.Event) -> None:
    """Read the stream until `stop` is set."""
    reader = StreamReader(client("events-stream", timeout_s=TIMEOUT_S), name)
    _repeat("reader of the stream", reader.read_once, stop)
    try:
        reader.leave()
    except RedisError as error:
        logger.info("The consumer %s stays in the group: %s", name, error)


def run_bridge(name: str, stop: threading.Event) -> None:
    """Listen on the channel, or stand by, until `stop` is set."""
    bridge = Bridge(client("events-bridge", timeout_s=TIMEOUT_S), name, stop)
    _repeat("bridge", bridge.run_once, stop)


def run_news(name: str, stop: threading.Event) -> None:
    """Publish the console's own events until `stop` is set."""
    _repeat("publisher of our own events", News(stop).run_once, stop)


def _repeat(what: str, work: Callable[[], object], stop: threading.Event) -> None:
    """Do the work again and again; whatever fails is said once, then tried with growing pauses."""
    pause_s = 0.0
    try:
        while not stop.is_set():
            close_old_connections()
            try:
                work()
            except (RedisError, DatabaseError) as error:
                if not pause_s:
                    logger.warning("The %s waits: %s", what, error)
            except Exception:
                # one of the three edges: the thread is a worker's step that must outlive its mistakes
                logger.exception("The %s failed", what)
            else:
                if pause_s:
                    logger.warning("The %s works again", what)
                pause_s = 0.0
                continue
            pause_s = min(max(FIRST_PAUSE_S, pause_s * 2), LONGEST_PAUSE_S)
            stop.wait(pause_s)
    finally:
        connections.close_all()
