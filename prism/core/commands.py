"""The words of the ground floor on the command line: `prism audit`."""

import getpass
import socket
from argparse import Namespace

from django.db import connection, transaction

from prism.core import audit as trail
from prism.core.access import CommandLine
from prism.core.answer import DIFFERS, OK, Answer, CommandFailed
from prism.core.audit_guard import install_guard, is_guarded
from prism.core.terminal import Terminal


def audit(arguments: Namespace, terminal: Terminal) -> Answer:
    """Answer `prism audit verify` and `prism audit guard`."""
    return _guard() if arguments.what == "guard" else _verify(arguments, terminal)


def _guard() -> Answer:
    """Put back the triggers by which the database refuses to change the trail."""
    with transaction.atomic():
        was_guarded = is_guarded(connection)
        install_guard(connection)
        trail.record("audit.guarded", actor=command_line(), details={"was_guarded": was_guarded})
    return Answer({"was_guarded": was_guarded}, "The database refuses to change the trail.", OK)


def _verify(arguments: Namespace, terminal: Terminal) -> Answer:
    """Say 0 when the chain is whole, 2 when it is broken or cut short.

    `--head NUMBER:HASH`, a line of an earlier log, must still be in the chain: a trail that was cut off
    at its end is whole in itself.
    """
    report = trail.verify()
    reason = f"entry {report.broken_at}: {report.reason}" if report.broken_at else ""
    if not reason and arguments.head:
        reason = _missing_head(arguments.head)
    trail.record_verification(report, actor=command_line())
    document = {
        "is_intact": not reason,
        "entries": report.entries,
        "head": {"number": report.head_number, "hash": report.head_hash},
        "reason": reason,
    }
    if reason:
        return Answer(document, terminal.paint(f"BROKEN  {reason}", "red"), DIFFERS)
    text = f"{report.entries} entries, all intact. Head {report.head_number}:{report.head_hash}"
    return Answer(document, text, OK)


def command_line() -> CommandLine:
    """Name who types: the account of this machine."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container's user without an entry in passwd
        user = "unknown"
    return CommandLine(f"cli:{user}@{socket.gethostname()}")


def _missing_head(head: str) -> str:
    number, _, sealed = head.partition(":")
    if not number.isdecimal() or not sealed:
        raise CommandFailed("--head takes NUMBER:HASH, as `prism audit verify` printed it")
    if trail.has_entry(int(number), sealed):
        return ""
    return f"entry {number} with the hash {sealed[:16]}… is not in the trail: it was cut off"
