"""`prism events` and the retention."""

import json
from argparse import Namespace
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings

from monitoring.events.commands import events
from monitoring.events.models import Event
from monitoring.events.retention import delete_old_events
from prism.command_line import parser
from prism.core.answer import CommandFailed
from prism.core.terminal import Terminal
from tests.monitoring.events.make_events import store

pytestmark = pytest.mark.django_db


def run(*words: str) -> Any:
    arguments: Namespace = parser().parse_args(["events", *words])
    return events(arguments, Terminal())


def test_publish_stores_and_says_the_number() -> None:
    answer = run("publish", "--service", "a", "--type", "t", "--payload", '{"x": 1}', "--id", "i")

    assert answer.document == {"seq": 1, "is_new": True}
    assert json.loads(Event.objects.get().payload) == {"x": 1}
    again = run("publish", "--service", "a", "--type", "t", "--id", "i")
    assert again.document == {"seq": None, "is_new": False}


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("--type", "t"), "--service"),
        (("--service", "a", "--type", "t", "--payload", "{"), "--payload"),
    ],
)
def test_publish_names_the_option_that_is_wrong(words: tuple[str, ...], named: str) -> None:
    with pytest.raises(CommandFailed, match=named):
        run("publish", *words)


def test_tail_gives_the_newest_in_their_order() -> None:
    store(5)
    store(1, message="\x1b[31mred", severity="error")

    answer = run("tail", "--limit", "2", "--no-follow")

    assert [event["seq"] for event in answer.document["events"]] == [5, 6]
    assert "\x1b" not in answer.text


def test_old_events_are_deleted_by_severity_and_by_count(settings: Settings) -> None:
    store(3, severity="debug")
    store(3, severity="error")
    store(4)
    Event.objects.filter(seq__lte=6).update(received_at=timezone.now() - timedelta(days=20))

    delete_old_events(timezone.now())
    assert sorted(Event.objects.values_list("seq", flat=True)) == [4, 5, 6, 7, 8, 9, 10]

    settings.PRISM_EVENTS_MOST = 3
    delete_old_events(timezone.now())
    assert sorted(Event.objects.values_list("seq", flat=True)) == [8, 9, 10]
    assert store() == [11]
