"""Groups that close while something is added: it is in the old one or in a new one, never in none."""

import threading
from collections.abc import Callable

import pytest
from django.db import connection, transaction

from monitoring.alerts.grouping import close_groups
from monitoring.alerts.messages import net
from monitoring.alerts.models import Incident, Notification
from monitoring.alerts.telling import queue
from monitoring.alerts.words import Notice
from tests.monitoring.alerts.making import NOON, S, make_channel, make_incident, make_rule

OPENED, FLAPPING, RECOVERED, REMINDER = Notice.OPENED, Notice.FLAPPING, Notice.RECOVERED, Notice.REMINDER  # fmt: skip


@pytest.mark.parametrize(
    ("notices", "left"),
    [
        ([OPENED], OPENED),
        ([OPENED, RECOVERED], None),
        ([OPENED, RECOVERED, FLAPPING], FLAPPING),
        ([OPENED, RECOVERED, FLAPPING, RECOVERED], None),
        ([RECOVERED], RECOVERED),
        ([RECOVERED, FLAPPING, RECOVERED], RECOVERED),
        ([REMINDER, RECOVERED], RECOVERED),
    ],
)
def test_what_is_left_to_tell(notices: list[Notice], left: Notice | None) -> None:
    assert net(notices) is left


def in_thread(work: Callable[[], object]) -> threading.Thread:
    def run() -> None:
        try:
            work()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def told_or_gathered() -> list[int]:
    """Give the incidents that are in a closed document or still gathered."""
    found = []
    for one in Notification.objects.all():
        if one.document:
            found += [incident["id"] for incident in one.document["incidents"]]
        else:
            found += one.items.values_list("incident_id", flat=True)
    return sorted(found)


def make_two() -> list[Incident]:
    make_channel()
    rule = make_rule()
    first, second = (make_incident(rule, subject=name) for name in ("shop", "mail"))
    queue([(first, OPENED)], NOON)
    return [first, second]


@pytest.mark.django_db(transaction=True)
def test_what_is_added_while_a_group_closes_is_not_lost() -> None:
    first, second = make_two()
    closed, may_commit = threading.Event(), threading.Event()

    def close() -> None:
        with transaction.atomic():
            close_groups(NOON + 60 * S)
            closed.set()
            may_commit.wait(1)

    closing = in_thread(close)
    assert closed.wait(10)
    adding = in_thread(lambda: queue([(second, OPENED)], NOON + 60 * S))
    adding.join(0.3)
    may_commit.set()
    for thread in (closing, adding):
        thread.join(30)

    assert told_or_gathered() == [first.pk, second.pk]
    assert Notification.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_group_that_something_is_added_to_closes_with_it() -> None:
    first, second = make_two()
    added, may_commit = threading.Event(), threading.Event()

    def add() -> None:
        with transaction.atomic():
            queue([(second, OPENED)], NOON + 20 * S)
            added.set()
            may_commit.wait(1)

    adding = in_thread(add)
    assert added.wait(10)
    closing = in_thread(lambda: close_groups(NOON + 60 * S))
    closing.join(0.3)
    may_commit.set()
    for thread in (adding, closing):
        thread.join(30)
    close_groups(NOON + 61 * S)

    assert told_or_gathered() == [first.pk, second.pk]
    assert Notification.objects.get().state == "ready"
