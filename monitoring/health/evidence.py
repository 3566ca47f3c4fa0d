"""What is kept of an answer for people to read: its beginning, without what looks like a secret. Pure."""

import re
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from prism.core.outcome import Phases, Reason

KEPT_CHARACTERS = 1024
_SECRET = re.compile(
    r"""(?ix)
    (["']?[\w-]*(?:password|passwd|secret|token|api[_-]?key|authorization|cookie|dsn)[\w-]*["']?\s*[:=]\s*)
    (?:bearer\s+|basic\s+)?("[^"]*"?|'[^']*'?|[^\s,;&}<]+)
    """
)
_PHASES = tuple(one.name for one in fields(Phases))
_PHASE_OF = {
    Reason.UNRESOLVABLE: "dns",
    Reason.REFUSED: "connect",
    Reason.UNREACHABLE: "connect",
    Reason.CUT_SHORT: "transfer",
    Reason.BLOCKED: "",  # policy let it go nowhere
    Reason.NO_SOCKET: "",
}
_CREDENTIALS = re.compile(r"(\w+://)[^/\s:@]*:[^/\s@]*@")


def excerpt(body: bytes) -> str:
    """Give the beginning of a body as text; values behind names like `password` are crossed out."""
    text = body[: 4 * KEPT_CHARACTERS].decode("utf-8", "replace")
    return without_secrets(text)[:KEPT_CHARACTERS]


def without_secrets(text: str) -> str:
    """Cross out what looks like a secret; characters that steer a page or terminal are replaced."""
    text = _CREDENTIALS.sub(r"\1•••@", _SECRET.sub(r"\1•••", text))
    return "".join(c if c.isprintable() or c in "\n\t" else "\ufffd" for c in text)


def phases_of(phases: Phases) -> dict[str, float]:
    """Give the phases that were reached, in tenths of milliseconds."""
    found = ((name, getattr(phases, name)) for name in _PHASES)
    return {name: round(ms, 1) for name, ms in found if ms is not None}


def failed_phase(reason: Reason, phases: Phases, *, is_tls: bool) -> str:
    """Name the phase in which a request failed: the one after the last that was done."""
    if reason in _PHASE_OF:
        return _PHASE_OF[reason]
    if phases.connect_ms is None:
        return "connect"
    if is_tls and phases.tls_ms is None:
        return "tls"
    return "first_byte" if phases.first_byte_ms is None else "transfer"


def with_phases(phases: Phases, **known: Any) -> Mapping[str, Any]:
    """Put together the evidence of one probe, without what is empty."""
    return {"phases": phases_of(phases)} | {name: value for name, value in known.items() if value}
