"""The bridge: one listens, another takes over, and the time without one is written down."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import connections
from django.utils import timezone

from monitoring.events.bridge import Bridge
from monitoring.events.bus import CHANNEL, STREAM
from monitoring.events.lease import take_lease
from monitoring.events.models import BridgeLease, BusGap, Event
from monitoring.events.pipeline import _repeat, event_pipeline
from prism.core.redis import client
from tests.monitoring.events.hostile import HOSTILE
from tests.servers import RedisServer, wait_until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.redis]


@contextmanager
def bridge(server: RedisServer, name: str) -> Iterator[threading.Event]:
    stop = threading.Event()
    one = Bridge(client("test-bridge", url=server.url, timeout_s=5), name, stop)
    thread = threading.Thread(target=_repeat, args=("bridge", one.run_once, stop))
    thread.start()
    try:
        yield stop
    finally:
        stop.set()
        thread.join(10)
        assert not thread.is_alive()
        connections.close_all()


def listeners(server: RedisServer) -> int:
    return server.admin().pubsub_numsub(CHANNEL)[0][1]


def wait_for_listener(server: RedisServer) -> None:
    wait_until(lambda: listeners(server) == 1, what="a subscription")


def test_what_is_published_is_in_the_stream_in_its_order(own_redis: RedisServer) -> None:
    with bridge(own_redis, "one"):
        wait_for_listener(own_redis)
        with own_redis.admin().pipeline(transaction=False) as pipeline:
            for number in range(1000):
                pipeline.publish(CHANNEL, json.dumps({"n": number}))
            pipeline.execute()
        wait_until(lambda: own_redis.admin().xlen(STREAM) == 1000, what="the copy")

    entries = own_redis.admin().xrange(STREAM)
    assert [json.loads(fields["data"])["n"] for _, fields in entries] == list(range(1000))
    assert not BusGap.objects.exists()


def test_of_two_bridges_one_listens_and_the_other_takes_over(own_redis: RedisServer) -> None:
    with bridge(own_redis, "one") as stop_one:
        wait_for_listener(own_redis)
        with bridge(own_redis, "two"):
            assert BridgeLease.objects.get().holder == "one"
            assert listeners(own_redis) == 1
            stop_one.set()
            wait_until(lambda: BridgeLease.objects.get().holder == "two", what="the take-over")
            wait_for_listener(own_redis)


def test_a_lease_is_taken_only_when_it_is_over() -> None:
    now = timezone.now()

    assert take_lease("one", now)
    assert not take_lease("two", now + timedelta(seconds=9))
    assert take_lease("one", now + timedelta(seconds=9))
    assert take_lease("two", now + timedelta(seconds=19))


def test_the_time_without_a_bridge_is_written_down(own_redis: RedisServer) -> None:
    with bridge(own_redis, "one"):
        wait_for_listener(own_redis)
    began = timezone.now() - timedelta(seconds=4)
    BridgeLease.objects.update(listening_until=began)

    with bridge(own_redis, "two"):
        wait_until(BusGap.objects.exists, what="the note of the gap")

    gap = BusGap.objects.get()
    assert gap.began_at == began
    assert gap.ended_at - gap.began_at >= timedelta(seconds=4)
    assert Event.objects.get().type == "bus.gap"


def test_a_bridge_comes_back_after_redis_died_and_says_what_it_missed(
    own_redis: RedisServer,
) -> None:
    with bridge(own_redis, "one"):
        wait_for_listener(own_redis)
        own_redis.restart_empty()
        wait_until(lambda: listeners(own_redis) == 1, what="the return", timeout_s=20)
        own_redis.admin().publish(CHANNEL, "{}")
        wait_until(lambda: own_redis.admin().xlen(STREAM) == 1, what="the copy")
        wait_until(BusGap.objects.exists, what="the note of the gap")


def test_hostile_messages_go_all_the_way_and_the_next_one_arrives(own_redis: RedisServer) -> None:
    stop = threading.Event()
    with event_pipeline("worker", stop):
        wait_for_listener(own_redis)
        for raw, _ in HOSTILE.values():
            own_redis.admin().publish(CHANNEL, raw)
        own_redis.admin().publish(CHANNEL, json.dumps({"service": "last", "type": "t"}))
        wait_until(Event.objects.filter(service="last").exists, what="the last event")

    stored = sum(refusal is None for _, refusal in HOSTILE.values())
    assert Event.objects.exclude(service__in=("last", "prism")).count() == stored
