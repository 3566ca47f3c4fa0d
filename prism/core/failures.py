"""Names what went wrong on the way to somebody else's server, from the errors of aiohttp and OpenSSL."""

import errno
import ssl
from collections.abc import Iterable

import aiohttp

from prism.core.dialing import Dial, NotTheCheckedAddress
from prism.core.outcome import Reason

_CERTIFICATE_REASONS = {  # OpenSSL's X509_V_ERR_*
    9: Reason.TLS_NOT_YET_VALID,
    10: Reason.TLS_EXPIRED,
    18: Reason.TLS_SELF_SIGNED,
    20: Reason.TLS_INCOMPLETE,  # what an authority that nobody knows looks like, too
    21: Reason.TLS_INCOMPLETE,
    62: Reason.TLS_WRONG_HOST,
    64: Reason.TLS_WRONG_HOST,
}
NO_MORE_SOCKETS = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)  # our fault, not theirs
_UNREACHABLE = (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EADDRNOTAVAIL, errno.EHOSTDOWN)
_BY_NUMBER = dict.fromkeys(_UNREACHABLE, Reason.UNREACHABLE) | dict.fromkeys(
    NO_MORE_SOCKETS, Reason.NO_SOCKET
)


def reason_of(error: BaseException, dial: Dial) -> Reason:
    """Name what went wrong on the way to or from a server."""
    if dial.is_exhausted:
        return Reason.TOO_LARGE
    for cause in _causes(error):
        match cause:
            case NotTheCheckedAddress():
                return Reason.BLOCKED
            case ssl.SSLCertVerificationError():
                return _CERTIFICATE_REASONS.get(cause.verify_code, Reason.TLS_UNTRUSTED)
            case ssl.SSLError():
                return Reason.TLS_FAILED
            case ConnectionRefusedError():
                return Reason.REFUSED
            case TimeoutError():
                return Reason.TIMEOUT
            case OSError() if cause.errno in _BY_NUMBER:
                return _BY_NUMBER[cause.errno]
            case (
                ConnectionError() | aiohttp.ServerDisconnectedError() | aiohttp.ClientPayloadError()
            ):
                return _ended(cause, dial)
    return Reason.PROTOCOL_ERROR


def _ended(cause: BaseException, dial: Dial) -> Reason:
    """Name an end that came too soon: in the handshake, within the body, or before the answer."""
    if dial.is_in_handshake:
        return Reason.TLS_FAILED
    return Reason.CUT_SHORT if isinstance(cause, aiohttp.ClientPayloadError) else Reason.RESET


def _causes(error: BaseException) -> Iterable[BaseException]:
    """Give the errors that an error of aiohttp wraps first, then itself."""
    for name in ("certificate_error", "os_error"):
        if isinstance(inner := getattr(error, name, None), BaseException):
            yield inner
    if error.__cause__ is not None:
        yield error.__cause__
    yield error
