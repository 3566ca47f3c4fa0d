"""The hash chain of the audit trail: what an entry's seal is made of and where a chain breaks."""

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

GENESIS = "0" * 64


@dataclass(frozen=True, slots=True)
class Link:
    """Everything in an entry that its seal covers; `details` is canonical JSON text."""

    number: int
    at: datetime
    action: str
    actor_kind: str
    actor_id: int | None
    actor_name: str
    target: str
    details: str
    address: str
    session: str
    request_id: str
    key_id: str
    previous_hash: str


@dataclass(frozen=True, slots=True)
class ChainReport:
    """What a walk along the chain found; `broken_at` is the first number that does not fit."""

    entries: int
    head_number: int
    head_hash: str
    broken_at: int | None = None
    reason: str = ""

    @property
    def is_intact(self) -> bool:
        """Say whether every entry was what it claims to be."""
        return self.broken_at is None


def canonical_json(value: object) -> str:
    """Write JSON so that the same value always gives the same text."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def audit_key(secret: str) -> bytes:
    """Derive the chain's own key, so that a signed cookie is never a valid seal."""
    return hmac.new(secret.encode(), b"prism.core.audit", hashlib.sha256).digest()


def key_id(key: bytes) -> str:
    """Name a key without giving it away, so that a rotated key is still found."""
    return hashlib.sha256(key).hexdigest()[:8]


def seal(link: Link, key: bytes) -> str:
    """Compute the HMAC-SHA256 that ties the entry to the one before it, in hexadecimal."""
    fields = asdict(link) | {"at": link.at.isoformat(timespec="microseconds")}
    return hmac.new(key, canonical_json(fields).encode(), hashlib.sha256).hexdigest()


def walk(entries: Iterable[tuple[Link, str]], keys: Mapping[str, bytes]) -> ChainReport:
    """Follow the chain in the order of its numbers and stop at the first entry that does not fit.

    Finds changed, inserted, swapped and missing entries. Entries cut off the end leave no trace in
    the chain itself: compare the head with the one in the logs.
    """
    count, number, head = 0, 0, GENESIS
    for link, claimed in entries:
        reason = _misfit(link, claimed, number, head, keys)
        if reason:
            return ChainReport(count, number, head, link.number, reason)
        count, number, head = count + 1, link.number, claimed
    return ChainReport(count, number, head)


def _misfit(
    link: Link, claimed: str, previous_number: int, previous_hash: str, keys: Mapping[str, bytes]
) -> str:
    """Say why the entry does not follow the previous one; empty when it does."""
    if link.number != previous_number + 1:
        return f"entries {previous_number + 1} to {link.number - 1} are missing"
    if link.previous_hash != previous_hash:
        return "it does not follow the entry before it"
    key = keys.get(link.key_id)
    if key is None:
        return f"it was sealed with the key {link.key_id}, which is not configured"
    if not hmac.compare_digest(seal(link, key), claimed):
        return "its content was changed"
    return ""
