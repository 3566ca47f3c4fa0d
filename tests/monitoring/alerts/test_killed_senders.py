"""kill -9 of a worker between sending and marking: the receiver sees the same key twice, never nothing.

PRISM_TEST_KILLED_SENDERS says how many trials there are; the suite makes a few.
"""

import contextlib
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator

import pytest

from monitoring.alerts.models import Channel, Delivery, Notification
from monitoring.alerts.sending import send_due
from tests.monitoring.alerts.making import NOON, S, make_channel
from tests.monitoring.alerts.receiver import Authority, Message, Receiver
from tests.monitoring.health.test_killed_workers import database_url
from tests.servers import ROOT

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(900)]
TRIALS = int(os.environ.get("PRISM_TEST_KILLED_SENDERS", "6"))


class Senders:
    """Starts senders and kills them by their number."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdin
        assert process.stdout
        self._in, self._out = process.stdin, process.stdout

    def start(self) -> int:
        self._in.write(f"{NOON.isoformat()}\n")
        self._in.flush()
        return int(self._out.readline())

    def wait(self) -> None:
        assert self._out.readline() == "gone\n"


@pytest.fixture
def senders(receiver: Receiver, authority: Authority, tmp_path: object) -> Iterator[Senders]:
    environment = {
        **os.environ,
        "DATABASE_URL": database_url(),
        "PRISM_VAR_DIR": str(tmp_path),
        "PRISM_WEBHOOK_PRIVATE_HOSTS": "localhost",
        "PRISM_OUTBOUND_CA_FILE": str(authority.ca_file),
    }
    command = [sys.executable, "-m", "tests.monitoring.alerts.sender_process"]
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    assert process.stdout.readline() == "ready\n"
    yield Senders(process)
    assert process.stdin
    process.stdin.close()
    process.wait(timeout=20)
    process.stdout.close()


def queue(channel: Channel) -> Notification:
    """Make a notification that is ready to be sent."""
    notification = Notification(channel=channel, state="ready", created_at=NOON, due_at=NOON)
    notification.document = {"key": str(notification.key), "incidents": []}
    notification.save()
    return notification


def test_a_sender_that_is_killed_loses_nothing(senders: Senders, receiver: Receiver) -> None:
    channel = make_channel()
    chance = random.Random(8)
    times_seen: Counter[int] = Counter()

    for trial in range(TRIALS):
        notification = queue(channel)
        receiver.messages.clear()
        receiver.arrived.clear()
        kill_and_wait(senders, receiver, ("asked", "answered", "anytime")[trial % 3], chance)
        send_due(NOON + 61 * S)

        keys = [message.key for message in receiver.messages]
        assert set(keys) == {str(notification.key)}, f"trial {trial}: {keys}"
        notification.refresh_from_db()
        assert notification.state == "sent"
        times_seen[len(keys)] += 1

    print(f"{TRIALS} trials, 0 lost; seen so many times: {dict(times_seen)}")
    assert times_seen[2] >= TRIALS // 3  # those killed before they were answered


def kill_and_wait(senders: Senders, receiver: Receiver, moment: str, chance: random.Random) -> None:
    """Start a sender and kill it: when its request came, as soon as it is answered, or at any time."""
    may_answer, was_answered = threading.Event(), threading.Event()

    def answer(message: Message) -> tuple[int, dict[str, str]]:
        if moment == "asked":
            may_answer.wait(5)
        return 200, {}

    receiver.answer = answer
    receiver.after = lambda message: was_answered.set()
    process_id = senders.start()
    if moment == "anytime":
        time.sleep(chance.uniform(0, 0.12))
    elif moment == "asked":
        assert receiver.arrived.wait(10), list(Delivery.objects.values_list("outcome", flat=True))
    else:
        assert was_answered.wait(10)
        time.sleep(chance.uniform(0, 0.01))
    with contextlib.suppress(ProcessLookupError):
        os.kill(process_id, signal.SIGKILL)
    senders.wait()
    may_answer.set()
    receiver.answer = lambda message: (200, {})
