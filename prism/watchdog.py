"""A small process that ends others when its owner is gone, even by SIGKILL. Standard library only.

It reads standard input, a pipe whose other end only the owner holds: `+PID` and `-PID` lines add and
remove process groups. At the end of the input, which the kernel guarantees, it ends the groups left.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

GRACE_S = 2.5
POLL_S = 0.05


class Watchdog:
    """The owner's side: register the groups that must not outlive this process."""

    def __init__(self) -> None:
        # its own session: a signal to the owner's whole group does not reach it
        self.process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-I", "-S", str(Path(__file__).resolve())],
            stdin=subprocess.PIPE,
            start_new_session=True,
        )

    def add(self, group: int) -> None:
        """End this process group when the owner ends."""
        self._write(f"+{group}\n")

    def remove(self, group: int) -> None:
        """Forget a group that has ended; its number may soon name another one."""
        self._write(f"-{group}\n")

    def close(self) -> None:
        """Let it end whatever is left, and itself."""
        if self.process.stdin is not None:
            self.process.stdin.close()
        self.process.wait()

    def _write(self, line: str) -> None:
        if self.process.stdin is None:
            raise RuntimeError("the watchdog has no input")
        self.process.stdin.write(line.encode())
        self.process.stdin.flush()


def end_groups(
    groups: Iterable[int], grace_s: float = GRACE_S, reap: Callable[[], object] = lambda: None
) -> None:
    """Send SIGTERM to the process groups, wait for them to be empty, then send SIGKILL.

    `reap` collects the caller's own ended children, which would count as members of their group.
    """
    left = {group for group in groups if _signal(group, signal.SIGTERM)}
    deadline = time.monotonic() + grace_s
    while left and time.monotonic() < deadline:
        time.sleep(POLL_S)
        reap()
        left = {group for group in left if _signal(group, 0)}
    for group in left:
        _signal(group, signal.SIGKILL)


def _signal(group: int, number: int) -> bool:
    """Send a signal to a group; say whether anybody is in it."""
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return False
    except PermissionError:  # macOS, for a group with only zombies
        return False
    return True


def _watch() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # only the end of the input ends it
    groups: set[int] = set()
    for line in sys.stdin:
        change = groups.add if line[0] == "+" else groups.discard
        change(int(line[1:]))
    end_groups(groups)


if __name__ == "__main__":
    _watch()
