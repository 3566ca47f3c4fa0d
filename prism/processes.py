"""The processes of `prism up`: started in groups of their own, and ended together."""

import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from prism.embedded import die_with_parent
from prism.watchdog import Watchdog, end_groups

STOP_TIMEOUT_S = 3.5  # everything is gone within five seconds of Ctrl-C
QUICK_DEATH_S = 5.0
LONGEST_PAUSE_S = 30.0


@dataclass(slots=True)
class Child:
    """One kept process: how to start it, and how it has been doing."""

    name: str
    start: Callable[[], subprocess.Popen[bytes]]
    process: subprocess.Popen[bytes]
    started_at: float
    pause_s: float = 0.0
    restart_at: float | None = None


@dataclass(slots=True)
class Processes:
    """Starts, restarts and stops the children; the watchdog does the last part if we are killed."""

    watchdog: Watchdog = field(default_factory=Watchdog)
    children: list[Child] = field(default_factory=list)

    def spawn(self, command: list[str], **settings: Any) -> subprocess.Popen[bytes]:
        """Start a process in a group of its own that ends with this process."""
        settings = {"start_new_session": True, "preexec_fn": die_with_parent, **settings}
        process: subprocess.Popen[bytes] = subprocess.Popen(command, **settings)  # noqa: S603
        self.watchdog.add(process.pid)
        return process

    def keep(
        self, name: str, command: list[str], environment: Mapping[str, str] | None = None
    ) -> Child:
        """Start a process, to be started again when it ends."""

        def start() -> subprocess.Popen[bytes]:
            return self.spawn(command, stdin=subprocess.DEVNULL, env=environment)

        child = Child(name, start, start(), time.monotonic())
        self.children.append(child)
        return child

    def restart_ended(self, report: Callable[[str], None]) -> None:
        """Start ended children again, later each time that they end at once."""
        now = time.monotonic()
        for child in self.children:
            if child.restart_at is not None:
                if now >= child.restart_at:
                    child.process, child.started_at = child.start(), now
                    child.restart_at = None
            elif (status := child.process.poll()) is not None:
                self._forget(child.process)
                is_quick = now - child.started_at < QUICK_DEATH_S
                child.pause_s = (
                    min(max(1.0, child.pause_s * 2), LONGEST_PAUSE_S) if is_quick else 1.0
                )
                child.restart_at = now + child.pause_s
                report(
                    f"The {child.name} ended with status {status}; "
                    f"starting it again in {child.pause_s:.0f} s."
                )

    def stop(self) -> None:
        """End all children and what they started."""
        groups = [child.process.pid for child in self.children if child.restart_at is None]
        end_groups(groups, STOP_TIMEOUT_S, self._reap)
        for child in self.children:
            child.process.wait()
            self._forget(child.process)
        self.children.clear()

    def _reap(self) -> None:
        for child in self.children:
            child.process.poll()

    def _forget(self, process: subprocess.Popen[bytes]) -> None:
        end_groups([process.pid], 0)  # what the ended process may have left behind
        self.watchdog.remove(process.pid)
