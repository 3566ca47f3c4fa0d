"""Writes the audit trail: one entry in the transaction of the action, or the action does not happen."""

import logging
from functools import partial

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import connection, transaction
from django.utils import timezone

from prism.core import audit_chain
from prism.core.access import Actor, CommandLine, Principal
from prism.core.audit_entry import ActorKind, AuditEntry
from prism.core.log_text import escape_control_characters
from prism.core.request_context import current_origin

logger = logging.getLogger("prism.audit")

# Any fixed number that nothing else in this database locks: "prism" in ASCII.
ADVISORY_LOCK = 0x707269736D


def record(
    action: str,
    *,
    actor_name: str = "",
    actor: Actor = None,
    target: str = "",
    details: dict[str, object] | None = None,
) -> AuditEntry:
    """Append one entry inside the caller's transaction; call it last, it holds a lock till commit.

    1. Wait for the other writers: the chain has one end.
    2. Take the last entry's number and hash.
    3. Seal the new entry to it and insert it.
    4. After the commit, log number and hash: a trail cut short does not match the log.

    Address, session and request come from the current request. Never pass a secret in `details`.
    """
    origin = current_origin()
    with transaction.atomic():
        _wait_for_the_end_of_the_chain()
        last = AuditEntry.objects.order_by("-number").values_list("number", "hash").first()
        number, previous_hash = last or (0, audit_chain.GENESIS)
        key = _keys()[0]
        link = audit_chain.Link(
            number=number + 1,
            at=timezone.now(),
            action=action,
            actor_kind=_kind_of(actor),
            actor_id=getattr(actor, "pk", None),
            actor_name=_text(actor_name or _name_of(actor), 200),
            target=_text(target, 500),
            details=audit_chain.canonical_json(details or {}),
            address=origin.address,
            session=origin.session,
            request_id=origin.request_id,
            key_id=audit_chain.key_id(key),
            previous_hash=previous_hash,
        )
        fields = {name: getattr(link, name) for name in link.__slots__}
        entry = AuditEntry(**fields, hash=audit_chain.seal(link, key))
        entry.save(force_insert=True)
        transaction.on_commit(partial(_log_head, entry))
    return entry


def verify() -> audit_chain.ChainReport:
    """Check the whole chain against the configured keys. Reads every entry, a thousand at a time."""
    keys = {audit_chain.key_id(key): key for key in _keys()}
    entries = AuditEntry.objects.order_by("number").iterator(chunk_size=1000)
    return audit_chain.walk(((entry.as_link(), entry.hash) for entry in entries), keys)


def has_entry(number: int, sealed: str) -> bool:
    """Say whether the trail still holds an entry that a log once named."""
    return AuditEntry.objects.filter(number=number, hash=sealed).exists()


def record_verification(report: audit_chain.ChainReport, *, actor: Actor) -> None:
    """Write down that the chain was checked, and louder when it is broken."""
    details: dict[str, object] = {"entries": report.entries, "head": report.head_hash}
    if report.is_intact:
        record("audit.verified", actor=actor, details=details)
    else:
        logger.critical("audit entry %s is broken: %s", report.broken_at, report.reason)
        details |= {"broken_at": report.broken_at, "reason": report.reason}
        record("audit.broken", actor=actor, details=details)


def _keys() -> list[bytes]:
    """Give the chain's keys, the current one first."""
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return [audit_chain.audit_key(secret) for secret in secrets]


def _wait_for_the_end_of_the_chain() -> None:
    """Serialise the writers. SQLite does by itself: its transactions begin as writers."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ADVISORY_LOCK])


def _log_head(entry: AuditEntry) -> None:
    head = f"{entry.number}:{entry.hash}"
    logger.info("audit entry %s %s", entry.number, entry.action, extra={"audit_head": head})


def _kind_of(actor: Actor) -> ActorKind:
    if isinstance(actor, CommandLine):
        return ActorKind.CLI
    if isinstance(actor, Principal):
        return ActorKind.TOKEN
    if isinstance(actor, AbstractBaseUser):
        return ActorKind.USER
    return ActorKind.ANONYMOUS if current_origin().request_id else ActorKind.SYSTEM


def _name_of(actor: Actor) -> str:
    if isinstance(actor, AbstractBaseUser):
        return actor.get_username()
    if isinstance(actor, Principal):
        return str(getattr(actor, "name", actor))
    return "anonymous" if current_origin().request_id else "system"


def _text(value: str, limit: int) -> str:
    """Keep what a hostile request can put in a name to one line that every database accepts."""
    text = escape_control_characters(value)
    return text if len(text) <= limit else text[: limit - 1] + "…"
