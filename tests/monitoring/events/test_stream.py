"""The reader of the stream: exactly once in the table, whatever dies in between."""

import json
from typing import Any

import pytest
from django.db import DataError, OperationalError
from pytest_django import DjangoCaptureOnCommitCallbacks
from redis.exceptions import ResponseError

from monitoring.events import stream
from monitoring.events.bus import CONSUMERS, STREAM
from monitoring.events.models import Event, QuarantinedMessage
from monitoring.events.stream import StreamReader
from prism.core.redis import client
from tests.monitoring.events.hostile import HOSTILE
from tests.servers import RedisServer

pytestmark = [pytest.mark.django_db, pytest.mark.redis]


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "BLOCK_MS", 10)


def reader(server: RedisServer, name: str = "one") -> StreamReader:
    return StreamReader(client("test", url=server.url, timeout_s=5), name)


def drain(one: StreamReader) -> int:
    """Read until there is nothing; the first reads make the group and look for pending entries."""
    counts = [one.read_once() for _ in range(3)]
    while counts[-1]:
        counts.append(one.read_once())
    return sum(counts)


def add(server: RedisServer, count: int = 1, **fields: Any) -> list[str]:
    event = {"service": "docs-site", "type": "deploy.success", **fields}
    with server.admin().pipeline(transaction=False) as pipeline:
        for _ in range(count):
            pipeline.xadd(STREAM, {"data": json.dumps(event)})
        return pipeline.execute()


def seqs() -> list[int]:
    return list(Event.objects.order_by("seq").values_list("seq", flat=True))


def pending(server: RedisServer) -> int:
    return server.admin().xpending(STREAM, CONSUMERS)["pending"]


def test_entries_become_events_and_are_acknowledged(own_redis: RedisServer) -> None:
    add(own_redis, 1200)

    assert drain(reader(own_redis)) == 1200

    assert seqs() == list(range(1, 1201))
    assert pending(own_redis) == 0


def test_an_entry_delivered_again_after_a_crash_is_the_same_event(
    own_redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(own_redis, 3)
    dying = reader(own_redis)

    def die(*arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(dying.redis, "xack", die)
    with pytest.raises(KeyboardInterrupt):
        drain(dying)
    monkeypatch.undo()
    monkeypatch.setattr(stream, "BLOCK_MS", 10)
    monkeypatch.setattr(stream, "RECLAIM_IDLE_MS", 0)
    assert pending(own_redis) == 3

    drain(reader(own_redis, "two"))

    assert seqs() == [1, 2, 3]
    assert pending(own_redis) == 0


def test_nothing_is_acknowledged_while_the_database_is_away(
    own_redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(own_redis, 2)
    one = reader(own_redis)
    with monkeypatch.context() as away:

        def fail(*arguments: object, **named: object) -> None:
            raise OperationalError("gone")

        away.setattr(stream, "store_events", fail)
        with pytest.raises(OperationalError):
            drain(one)
    assert pending(own_redis) == 2

    drain(one)

    assert seqs() == [1, 2]
    assert not QuarantinedMessage.objects.exists()


def test_poison_is_put_aside_after_three_tries_and_the_others_are_stored(
    own_redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(own_redis, 2)
    (poison,) = add(own_redis, 1, message="poison")
    add(own_redis, 2)
    store = stream.store_events

    def picky(arrived: Any, *, now: Any) -> Any:
        if any(one.event.message == "poison" for one in arrived):
            raise DataError("the database does not take it")
        return store(arrived, now=now)

    monkeypatch.setattr(stream, "store_events", picky)
    one = reader(own_redis)
    for _ in range(3):
        one._has_pending = True
        drain(one)

    assert Event.objects.exclude(type="bus.refused").count() == 4
    assert QuarantinedMessage.objects.get().entry_id == poison
    assert pending(own_redis) == 0


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_bytes_are_stored_safely_or_quarantined_and_never_stop_the_reader(
    own_redis: RedisServer,
    name: str,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    raw, refusal = HOSTILE[name]
    own_redis.admin().xadd(STREAM, {"data": raw})
    add(own_redis)

    with django_capture_on_commit_callbacks(execute=True):
        drain(reader(own_redis))

    assert Event.objects.filter(service="docs-site").count() == 1
    assert QuarantinedMessage.objects.count() == (refusal is not None)
    assert Event.objects.filter(type="bus.refused").count() == (refusal is not None)


def test_flat_fields_are_an_event_too(own_redis: RedisServer) -> None:
    fields = {"service": "billing", "type": "paid", "severity": "warning", "payload": '{"eur": 5}'}
    own_redis.admin().xadd(STREAM, fields)

    drain(reader(own_redis))

    event = Event.objects.get()
    assert (event.service, event.type, event.severity) == ("billing", "paid", "warning")
    assert json.loads(event.payload) == {"eur": 5}


def test_only_what_everybody_has_acknowledged_is_trimmed(own_redis: RedisServer) -> None:
    admin = own_redis.admin()
    one = reader(own_redis)
    add(own_redis, 5)
    drain(one)
    admin.xgroup_create(STREAM, "somebody-else", id="0")
    one._tidy()
    assert admin.xlen(STREAM) == 5

    admin.xreadgroup("somebody-else", "x", {STREAM: ">"}, count=3)
    one._tidy()
    assert admin.xlen(STREAM) == 5  # the first is pending there

    admin.xgroup_destroy(STREAM, "somebody-else")
    one._tidy()
    assert admin.xlen(STREAM) == 0


def test_the_first_start_of_all_warns_of_nothing_and_a_lost_group_does(
    own_redis: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    one = reader(own_redis)
    drain(one)
    assert caplog.messages == []

    own_redis.admin().flushall()
    drain(one)
    assert "lost its consumer group" in caplog.text


def test_the_group_is_made_again_when_redis_lost_its_data(own_redis: RedisServer) -> None:
    one = reader(own_redis)
    add(own_redis, 2)
    drain(one)
    own_redis.admin().flushall()
    add(own_redis, 2)

    drain(one)

    assert seqs() == [1, 2, 3, 4]


def test_another_error_of_redis_is_not_swallowed(own_redis: RedisServer) -> None:
    own_redis.admin().set(STREAM, "no stream")

    with pytest.raises(ResponseError, match="WRONGTYPE"):
        drain(reader(own_redis))


def test_a_reader_that_leaves_is_out_of_the_group(own_redis: RedisServer) -> None:
    one = reader(own_redis)
    add(own_redis)
    drain(one)

    one.leave()

    assert own_redis.admin().xinfo_consumers(STREAM, CONSUMERS) == []
