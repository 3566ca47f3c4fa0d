"""`prism redis namespaces` and `prism redis scan`."""

import threading
from argparse import Namespace as Arguments
from contextlib import suppress
from typing import Any

from django.utils import timezone

from monitoring.redis_inspect.declared import namespaces_in_force
from monitoring.redis_inspect.instances import NoInstance, named_instance
from monitoring.redis_inspect.judging import VIOLATIONS, WORDS
from monitoring.redis_inspect.models import (
    RedisInstance,
    RedisScan,
    ScanKind,
    ScannedNamespace,
    ScanStatus,
)
from monitoring.redis_inspect.namespaces import Namespace, overlaps
from monitoring.redis_inspect.scan_actions import (
    LONG_DEAD,
    AlreadyAsked,
    ScanMoved,
    ask_scan,
    cancel_scan,
)
from monitoring.redis_inspect.scan_answers import scan_mode, scan_report
from monitoring.redis_inspect.scan_run import Run
from monitoring.redis_inspect.words import count, memory
from monitoring.worker import stop_on_signals, worker_name
from prism.core.answer import DIFFERS, OK, Answer, CommandFailed
from prism.core.commands import command_line
from prism.core.terminal import Terminal, table

WAIT_S = 0.5
REPORT: dict[str, Any] = {
    "namespaces": [], "undeclared": [], "total_keys": 0, "mode": None, "duration_s": 0.0,
}  # fmt: skip


def list_namespaces(arguments: Arguments, terminal: Terminal) -> Answer:
    """Answer `prism redis namespaces`: what is declared, and where two patterns meet."""
    namespaces = namespaces_in_force()
    pairs = overlaps(namespaces)
    text = table(
        ("PATTERN", "TTL", "TYPE", "OWNER", "PURPOSE"),
        [
            (one.pattern, lifetime(one), one.key_type or "any", one.owner, one.purpose)
            for one in namespaces
        ],
        terminal,
    )
    for winner, other in pairs:
        text += (
            f"\n{winner.pattern} and {other.pattern} meet: the keys of both are {winner.pattern}."
        )
    return Answer(
        {
            "namespaces": [_declared(one) for one in namespaces],
            "overlaps": [[winner.pattern, other.pattern] for winner, other in pairs],
        },
        text,
    )


def scan(arguments: Arguments, terminal: Terminal) -> Answer:
    """Answer `prism redis scan`: scan here and now, keep the report, and print it."""
    done = _scan_now(arguments)
    if done.status == ScanStatus.FAILED:
        raise CommandFailed(f"the scan failed: {done.problem}", rest=REPORT)
    if not done.has_results:
        raise CommandFailed("the scan was stopped", rest=REPORT)
    rows = list(ScannedNamespace.objects.of_scan(done))
    is_broken = arguments.fail_on_violation and done.violations > 0
    return Answer(
        scan_report(done, rows), _text(done, rows, terminal), DIFFERS if is_broken else OK
    )


def lifetime(namespace: Namespace) -> str:
    """Say what is asked of the time to live: `range 300-3600 s`."""
    words = namespace.ttl_policy.value.replace("_", " ")
    bounds = [str(one) for one in (namespace.ttl_min_s, namespace.ttl_max_s) if one is not None]
    return f"{words} {'-'.join(bounds)} s" if namespace.must_expire and bounds else words


def _scan_now(arguments: Arguments) -> RedisScan:
    worker, actor = worker_name(), command_line()
    instance = _instance(arguments.instance)
    with stop_on_signals() as stop:
        _make_way(instance, stop)
        try:
            mine = ask_scan(
                instance=instance,
                kind=ScanKind.SAMPLE if arguments.sample else ScanKind.FULL,
                actor=actor,
                asked_by=actor.name,
                now=timezone.now(),
                duty=arguments.duty / 100,
                use_script=arguments.lua,
                most_keys=arguments.max_keys,
                most_s=arguments.max_seconds,
                claimed_by=worker,
            )
        except AlreadyAsked as error:
            raise CommandFailed(
                f"{error}: let it go on or cancel it on the page Scans", rest=REPORT
            ) from error
        done = Run(mine, worker=worker, must_stop=stop.is_set).run()
    if done.status == ScanStatus.QUEUED:  # Ctrl-C
        cancel_scan(scan=done, actor=actor, now=timezone.now())
        done.refresh_from_db()
    return done


def _make_way(instance: RedisInstance, stop: threading.Event) -> None:
    """Take the place of a scan that only waits for a worker, and wait for one that runs."""
    while not stop.is_set():
        now = timezone.now()
        for waiting in RedisScan.objects.filter(instance=instance, status=ScanStatus.QUEUED):
            with suppress(ScanMoved):
                cancel_scan(scan=waiting, actor=command_line(), now=now)
        running = RedisScan.objects.filter(instance=instance, status=ScanStatus.RUNNING)
        if not running.filter(lease_until__gt=now - LONG_DEAD).exists():
            return
        stop.wait(WAIT_S)


def _instance(name: str) -> RedisInstance:
    try:
        return named_instance(name, timezone.now())
    except NoInstance as error:
        raise CommandFailed(str(error), rest=REPORT) from error


def _text(done: RedisScan, rows: list[ScannedNamespace], terminal: Terminal) -> str:
    lines = [
        (
            row.pattern if row.is_declared else f"? {row.pattern}",
            count(row.keys) if row.keys_low == row.keys_high else f"~{count(row.keys)}",
            memory(row.size_bytes),
            _broken(row) if row.is_declared else "undeclared",
        )
        for row in rows
    ]
    text = table(("NAMESPACE", "KEYS", "MEMORY", "VIOLATIONS"), lines, terminal)
    words = f"{count(done.seen_keys)} of {count(done.total_keys)} keys in {done.worked_s:.1f} s"
    text += f"\n\nScan {done.pk} of {done.instance.name}, {scan_mode(done)}: {words}."
    if done.refused:
        text += f"\nThis user may not ask {', '.join(done.refused)}: what they tell is missing."
    if done.kind == ScanKind.SAMPLE and done.seen_keys < (done.total_keys or 0):
        text += "\nKeys are estimated; memory is that of the sampled keys, a lower bound."
    return f"{text}\n{done.note}" if done.note else text


def _broken(row: ScannedNamespace) -> str:
    found = [(name, getattr(row, name)) for name in VIOLATIONS]
    return ", ".join(f"{count(number)} {WORDS[name]}" for name, number in found if number) or "none"


def _declared(one: Namespace) -> dict[str, Any]:
    return {
        "pattern": one.pattern,
        "key": one.key_template,
        "purpose": one.purpose,
        "owner": one.owner,
        "ttl": {"policy": one.ttl_policy.value, "min_s": one.ttl_min_s, "max_s": one.ttl_max_s},
        "type": one.key_type or None,
        "sensitivity": one.sensitivity.value,
        "is_default": one.is_default,
    }
