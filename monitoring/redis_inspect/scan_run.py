"""Runs one scan to its end, or until somebody pauses or cancels it, a budget is used up or the worker stops."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from enum import Enum, auto

from django.conf import settings
from django.utils import timezone

from monitoring.redis_inspect.asking import Refused
from monitoring.redis_inspect.declared import namespaces_in_force
from monitoring.redis_inspect.instances import NoAddress
from monitoring.redis_inspect.masking import Masker
from monitoring.redis_inspect.models import RedisScan, ScanKind, ScanStatus
from monitoring.redis_inspect.own_lookups import count_lookups
from monitoring.redis_inspect.pacing import Pace
from monitoring.redis_inspect.scan_actions import LEASE
from monitoring.redis_inspect.scan_results import finish_scan
from monitoring.redis_inspect.scanner import Pass, Place
from monitoring.redis_inspect.tally import Tally
from monitoring.redis_inspect.topology import Node, Topology, topology_of
from monitoring.redis_inspect.watching import Watcher
from monitoring.redis_inspect.wire import Wire
from prism.core.redis import RedisError

SAVE_EVERY_S = 1.0
CHECKPOINT_EVERY_S = 5.0
TIMEOUT_S = 10.0  # of one batch, on a server that is busy
SAMPLE_KEYS = 15_000
# What the passes over the servers of an instance add up to.
OF_PASSES = (
    *("gone_keys", "own_hits", "own_misses", "pauses", "paused_s", "pause_reason"),
    *("idle_ping_ms", "ping_p99_ms", "network_bytes", "refused"),
)


class End(Enum):
    """Why a run stopped before its end."""

    PAUSE = auto()
    CANCEL = auto()
    BUDGET = auto()
    RELEASE = auto()
    LOST = auto()


class Run:
    """One worker's work on a scan that it has claimed. Never raises what the server causes."""

    def __init__(self, scan: RedisScan, *, worker: str, must_stop: Callable[[], bool]) -> None:
        self.scan = scan
        self.places: list[Place] = []
        self._worker = worker
        self._must_stop = must_stop
        self._end: End | None = None
        self._began = time.monotonic()
        self._worked_before_s = scan.worked_s
        self._saved_at = self._checkpoint_at = self._began
        self._counted = (0, 0)
        self._pass: Pass | None = None
        masker = Masker(namespaces_in_force(), settings.SECRET_KEY.encode())
        self.tally = Tally(masker.namespaces, masker.name_of)

    def run(self) -> RedisScan:
        """Work until something ends it, and write down what it came to."""
        try:
            topology = topology_of(self.scan.instance, prefer_replicas=True)
            self._resume(topology)
            for place, node in zip(self.places, topology.nodes, strict=True):
                if not place.is_done and self._end is None:
                    self._walk(node, place)
            self._notice_moves(topology)
        except (RedisError, Refused, NoAddress) as error:
            self._stop(ScanStatus.FAILED, str(error))
            return self.scan
        match self._end:
            case None:
                finish_scan(self, ScanStatus.FINISHED)
            case End.BUDGET:
                finish_scan(self, ScanStatus.PARTIAL)
            case End.CANCEL:
                finish_scan(self, ScanStatus.CANCELLED)
            case End.PAUSE:
                self._stop(ScanStatus.PAUSED)
            case End.RELEASE:
                self._stop(ScanStatus.QUEUED)
            case End.LOST:
                pass  # another worker has it
        return self.scan

    def fields(self) -> dict[str, object]:
        """Give the scan's figures of this moment."""
        scan, one = self.scan, self._pass
        figures: dict[str, object] = {
            "seen_keys": self.tally.keys,
            "seen_bytes": self.tally.size_bytes,
            "violations": sum(sum(one.violations.values()) for one in self.tally.counts),
            "total_keys": sum(place.total for place in self.places),
            "worked_s": self._worked_before_s + time.monotonic() - self._began,
            "nodes": [place.to_json() for place in self.places],
        }
        if one is None:
            return figures | {name: getattr(scan, name) for name in OF_PASSES}
        questions, watcher = one.questions, one.watcher
        return figures | {
            "gone_keys": scan.gone_keys + questions.gone,
            "own_hits": scan.own_hits + questions.hits,
            "own_misses": scan.own_misses + questions.misses,
            "pauses": scan.pauses + watcher.pauses,
            "paused_s": scan.paused_s + watcher.paused_s,
            "pause_reason": watcher.reason or scan.pause_reason,
            "idle_ping_ms": one.neighbours.idle_ms,
            "ping_p99_ms": one.neighbours.p99_ms,
            "network_bytes": scan.network_bytes + one.wire.network_bytes,
            "refused": sorted({*scan.refused, *questions.refused}),
        }

    def _resume(self, topology: Topology) -> None:
        known = self.scan.checkpoint
        addresses = [node.address for node in topology.nodes]
        if known and [place["address"] for place in known["places"]] == addresses:
            try:
                self.tally.resume(known["tally"])
            except ValueError as error:
                self.scan.note = f"Began again: {error}."
            else:
                self.places = [Place(**place) for place in known["places"]]
                return
        elif known:
            self.scan.note = "Began again: the servers of the instance changed."
        self.places = [Place(node.address, int(node.client().dbsize())) for node in topology.nodes]

    def _walk(self, node: Node, place: Place) -> None:
        with self._pass_over(node, place) as one:
            if self.scan.kind == ScanKind.SAMPLE:
                everywhere = sum(place.total for place in self.places)
                wanted = round(SAMPLE_KEYS * place.total / everywhere) if everywhere else 0
                steps = one.sample(max(1, wanted))
            else:
                steps = one.full()
            for _ in steps:
                if self._goes_on() is False:
                    break

    @contextmanager
    def _pass_over(self, node: Node, place: Place) -> Iterator[Pass]:
        watcher = Watcher(node.client(timeout_s=TIMEOUT_S), lambda: not self._goes_on())
        wire = Wire(node.client(timeout_s=TIMEOUT_S))
        try:
            watcher.start()
            self._pass = Pass(
                wire, place, self.tally, Pace(duty=self.scan.duty), watcher,
                use_script=self.scan.use_script,
            )  # fmt: skip
            self._counted = (0, 0)
            yield self._pass
        finally:
            if self._pass is not None:
                self._settle()
            wire.close()
            watcher.close()

    def _goes_on(self) -> bool:
        """Save now and then; say whether nothing asks the run to end."""
        if self._end is None and self._is_over_budget():
            self._end = End.BUDGET
        now = time.monotonic()
        if self._end is None and now - self._saved_at >= SAVE_EVERY_S:
            self._saved_at = now
            self._end = self._save(timezone.now(), with_checkpoint=self._checkpoint_is_due(now))
        if self._end is None and self._must_stop():
            self._end = End.RELEASE
        return self._end is None

    def _checkpoint_is_due(self, now: float) -> bool:
        is_due = now - self._checkpoint_at >= CHECKPOINT_EVERY_S
        if is_due:
            self._checkpoint_at = now
        return is_due

    def _is_over_budget(self) -> bool:
        scan, wire = self.scan, self._pass.wire if self._pass else None
        worked_s = self._worked_before_s + time.monotonic() - self._began
        sent = scan.network_bytes + (wire.network_bytes if wire else 0)
        return (
            (scan.most_keys is not None and self.tally.keys >= scan.most_keys)
            or (scan.most_s is not None and worked_s >= scan.most_s)
            or (scan.most_network_bytes is not None and sent >= scan.most_network_bytes)
        )

    def _save(self, now: datetime, *, with_checkpoint: bool) -> End | None:
        """Renew the lease and write the progress; give what people ask for meanwhile."""
        mine = RedisScan.objects.filter(
            pk=self.scan.pk, claimed_by=self._worker, status=ScanStatus.RUNNING
        )
        fields = self.fields() | {"lease_until": now + LEASE}
        if with_checkpoint:
            fields["checkpoint"] = self.checkpoint()
        if not mine.update(**fields):
            return End.LOST
        self._count_lookups(now)
        asked = mine.values_list("asked", flat=True).first()
        return {"pause": End.PAUSE, "cancel": End.CANCEL}.get(asked or "")

    def checkpoint(self) -> dict[str, object]:
        """Give where to go on and what was counted until there; the two always fit."""
        places = [place.to_json() for place in self.places]
        return {"places": places, "tally": self.tally.to_json()}

    def _stop(self, status: ScanStatus, problem: str = "") -> None:
        """Let go of the scan with its checkpoint, so that it can be gone on with."""
        values = self.fields() | {
            "status": status, "asked": "", "problem": problem[:500], "lease_until": None,
            "note": self.scan.note,
        }  # fmt: skip
        if self.places:
            values["checkpoint"] = self.checkpoint()
        if status == ScanStatus.FAILED:
            values["finished_at"] = timezone.now()
        RedisScan.objects.filter(pk=self.scan.pk, claimed_by=self._worker).update(**values)
        self.scan.refresh_from_db()

    def _settle(self) -> None:
        """Add the figures of a pass that ended to those of the scan."""
        figures = self.fields()
        for name in OF_PASSES:
            setattr(self.scan, name, figures[name])
        self._count_lookups(timezone.now())
        self._pass = None

    def _uncounted(self) -> tuple[int, int]:
        questions = self._pass.questions if self._pass else None
        return (questions.hits, questions.misses) if questions else (0, 0)

    def _count_lookups(self, now: datetime) -> None:
        hits, misses = self._uncounted()
        before_hits, before_misses = self._counted
        count_lookups(
            self.scan.instance, hits=hits - before_hits, misses=misses - before_misses, now=now
        )
        self._counted = (hits, misses)

    def _notice_moves(self, topology: Topology) -> None:
        """Say so when keys may have moved between servers while they were walked."""
        if topology.mode == "cluster" and self._end is None:
            after = topology_of(self.scan.instance, prefer_replicas=True)
            if [n.address for n in after.nodes] != [n.address for n in topology.nodes]:
                self.scan.note = "The cluster's servers changed during the scan."
