"""The watchdog: it alone must end what a killed owner leaves, as it does where Linux's signal is absent."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from prism.watchdog import Watchdog, end_groups
from tests.servers import ROOT, wait_until

OWNER = """
import subprocess, sys, time
from prism.watchdog import Watchdog
dog = Watchdog()
child = subprocess.Popen(["sh", "-c", sys.argv[1]], start_new_session=True)
dog.add(child.pid)
print(child.pid, dog.process.pid, flush=True)
time.sleep(60)
"""
OBEDIENT = "sleep 60 & sleep 60"
STUBBORN = "trap '' TERM; sleep 60 & while :; do sleep 1; done"


def groups_members(group: int) -> list[int]:
    members = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                words = (folder / "stat").read_text().rpartition(")")[2].split()
            except (FileNotFoundError, ProcessLookupError):
                continue
            if words[0] != "Z" and int(words[2]) == group:
                members.append(int(folder.name))
    return members


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")
@pytest.mark.parametrize("script", [OBEDIENT, STUBBORN], ids=["obedient", "stubborn"])
def test_a_killed_owners_children_and_grandchildren_are_ended(script: str) -> None:
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, script], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert owner.stdout
    group, dog = map(int, owner.stdout.readline().split())
    wait_until(lambda: len(groups_members(group)) >= 2, what="the grandchild")

    owner.send_signal(signal.SIGKILL)

    wait_until(
        lambda: not groups_members(group) and not groups_members(dog),
        what="the end of the group and of the watchdog",
        timeout_s=5,
    )
    owner.communicate()


def test_a_forgotten_group_is_left_alone() -> None:
    dog = Watchdog()
    child = subprocess.Popen(["sleep", "60"], start_new_session=True)
    dog.add(child.pid)
    dog.remove(child.pid)

    dog.close()

    assert child.poll() is None
    end_groups([child.pid], reap=child.poll)
    assert child.wait() == -signal.SIGTERM


def test_ending_a_group_does_not_wait_for_one_that_is_gone() -> None:
    child = subprocess.Popen(["true"], start_new_session=True)
    child.wait()
    started_at = time.monotonic()

    end_groups([child.pid])

    assert time.monotonic() - started_at < 1
