"""The one write path: dense numbers in the order of the commits, each event once."""

import threading
import uuid
from datetime import timedelta

import pytest
from django.db import connection, connections, transaction
from django.utils import timezone

from monitoring.events.actions import publish, quarantine, record_gap, store_events
from monitoring.events.filters import EventFilter
from monitoring.events.models import BusGap, Event, QuarantinedMessage, StreamHead
from tests.monitoring.events.make_events import make_incoming, store

pytestmark = pytest.mark.django_db(transaction=True)


def all_seqs() -> list[int]:
    return list(Event.objects.order_by("seq").values_list("seq", flat=True))


def test_numbers_begin_at_one_and_have_no_gap() -> None:
    assert store(3) == [1, 2, 3]
    assert store(2) == [4, 5]
    assert all_seqs() == [1, 2, 3, 4, 5]


def test_an_event_sent_again_is_the_same_event() -> None:
    assert store(id="one") == [1]
    assert store(id="one", message="again") == [None]
    assert store(1, id="one", service="another") == [2]
    assert store(1, id="one", door="elsewhere") == [3]
    assert StreamHead.objects.get().seq == 3


def test_a_repetition_within_a_batch_takes_no_number() -> None:
    now = timezone.now()
    batch = [make_incoming(id=name) for name in ("a", "b", "a", "c")]

    assert store_events(batch, now=now) == [1, 2, None, 3]


def test_a_rollback_gives_the_numbers_back() -> None:
    with transaction.atomic():
        store(5)
        transaction.set_rollback(True)

    assert store() == [1]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL always waits for the disk")
def test_what_is_stored_is_on_the_disk() -> None:
    store()

    with connection.cursor() as cursor:
        assert cursor.execute("PRAGMA synchronous").fetchone() == (2,)


def test_many_writers_leave_no_gap_and_no_double() -> None:
    shared = [uuid.uuid4().hex for _ in range(20)]

    def write() -> None:
        try:
            for name in shared:
                store(id=name)
                store(2)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert all_seqs() == list(range(1, 20 + 4 * 40 + 1))


def test_a_reader_by_number_never_misses_one_that_commits_later() -> None:
    started, go_on = threading.Event(), threading.Event()

    def slow() -> None:
        with transaction.atomic():
            store()
            started.set()
            go_on.wait(5)
        connections.close_all()

    writer = threading.Thread(target=slow)
    writer.start()
    started.wait(5)
    assert all_seqs() == []
    other = threading.Thread(target=lambda: (store(), connections.close_all()))
    other.start()
    go_on.set()
    writer.join()
    other.join()

    assert all_seqs() == [1, 2]


def test_publishing_waits_for_the_commit_and_vanishes_with_a_rollback() -> None:
    with transaction.atomic():
        publish("prism", "catalog.changed", "info", "3 services changed")
        assert not Event.objects.exists()
    with transaction.atomic():
        publish("prism", "catalog.changed")
        transaction.set_rollback(True)

    event = Event.objects.get()
    assert (event.source, event.service, event.type) == (
        "console/prism",
        "prism",
        "catalog.changed",
    )


def test_a_gap_is_written_down_and_shown_in_the_feed() -> None:
    now = timezone.now()

    record_gap(began_at=now - timedelta(seconds=4), ended_at=now, now=now)

    assert BusGap.objects.count() == 1
    assert Event.objects.get().type == "bus.gap"


def test_what_is_no_event_is_kept_once_with_its_reason() -> None:
    now = timezone.now()
    for _ in range(2):
        quarantine(
            door="stream", entry_id="1-0", reason="is not JSON", raw="\x00{" * 100_000, now=now
        )

    kept = QuarantinedMessage.objects.get()
    assert kept.size_bytes == 200_000
    assert "\x00" not in kept.raw


def test_the_filter_decides_in_sql_as_in_memory() -> None:
    store(service="docs-site", type="deploy.success", message="One")
    store(service="docs-site", type="deploy.failed", severity="error", message="Two")
    store(service="billing", type="health.down", severity="critical", message="one 100% _")
    filters = [
        EventFilter(), EventFilter(service="docs-site"), EventFilter(type="deploy."),
        EventFilter(type="DEPLOY"), EventFilter(severity="error"), EventFilter(text="ONE"),
        EventFilter(text="100%"), EventFilter(text="_"), EventFilter(text="billing"),
        EventFilter(service="docs-site", severity="warning", text="two"),
    ]  # fmt: skip

    for asked in filters:
        in_memory = [
            event.seq
            for event in Event.objects.order_by("seq")
            if asked.fits(
                service=event.service,
                type=event.type,
                severity=event.severity,
                message=event.message,
            )
        ]
        in_sql = Event.objects.fitting(asked).order_by("seq").values_list("seq", flat=True)
        assert list(in_sql) == in_memory, asked
