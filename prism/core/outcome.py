"""What came of one request to somebody else's server: an answer, or a named failure. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum


class Reason(Enum):
    """Why there is no answer, in words that a page can show."""

    BLOCKED = "blocked by policy"
    NO_SOCKET = "not asked: this machine has no more sockets"
    UNRESOLVABLE = "name not resolvable"
    TIMEOUT = "timed out"
    REFUSED = "connection refused"
    UNREACHABLE = "network unreachable"
    RESET = "connection reset"
    CUT_SHORT = "answer cut short"
    TLS_EXPIRED = "certificate expired"
    TLS_NOT_YET_VALID = "certificate not yet valid"
    TLS_WRONG_HOST = "certificate for another host"
    TLS_SELF_SIGNED = "certificate signed by itself"
    TLS_INCOMPLETE = "certificate chain incomplete: its issuer is not known and was not sent"
    TLS_UNTRUSTED = "certificate not trusted"
    TLS_FAILED = "TLS handshake failed"
    TOO_LARGE = "answer too large"
    REDIRECT_LOOP = "too many redirects"
    PROTOCOL_ERROR = "not valid HTTP"


@dataclass(frozen=True, slots=True)
class Phases:
    """How long each part of the last hop took, in milliseconds; None for a part it did not reach."""

    dns_ms: float | None = None
    connect_ms: float | None = None
    tls_ms: float | None = None
    first_byte_ms: float | None = None
    transfer_ms: float | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer, whatever its status. Header names are lower case, the last one of a name wins."""

    status: int
    url: str  # of the last hop
    address: str  # that was dialled
    headers: Mapping[str, str]
    body: bytes
    is_truncated: bool  # there was more than may be read
    read_bytes: int  # from the sockets: headers, TLS and all
    hops: int
    phases: Phases
    total_ms: float
    certificate_expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """No answer. Show `reason` to people; `detail` is for logs and the audit, it may tell what is inside."""

    reason: Reason
    detail: str
    url: str
    address: str = ""
    read_bytes: int = 0
    hops: int = 0
    phases: Phases = field(default_factory=Phases)
    total_ms: float = 0.0
