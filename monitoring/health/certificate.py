"""Reads the dates of a certificate that nobody verified. Pure.

The ssl module tells the contents of verified certificates only; the dates of a bad one are what people
want to know. Source: RFC 5280 section 4.1 (the fields' order), X.690 (their lengths).
"""

from datetime import UTC, datetime

_SEQUENCE, _VERSION, _UTC_TIME, _GENERALIZED_TIME = 0x30, 0xA0, 0x17, 0x18


class CertificateUnreadable(ValueError):
    """The bytes are no X.509 certificate in DER."""


def validity(der: bytes) -> tuple[datetime, datetime]:
    """Give from when and until when a certificate is valid; raises CertificateUnreadable."""
    try:
        _, certificate, _ = _element(der)
        _, fields, _ = _element(certificate)
        tag, _, rest = _element(fields)
        if tag == _VERSION:
            _, _, rest = _element(rest)  # the serial number
        _, _, rest = _element(rest)  # the algorithm
        _, _, rest = _element(rest)  # the issuer
        tag, dates, _ = _element(rest)
        if tag != _SEQUENCE:
            raise CertificateUnreadable("no dates where they must be")
        first_tag, first, rest = _element(dates)
        last_tag, last, _ = _element(rest)
        return _moment(first_tag, first), _moment(last_tag, last)
    except (IndexError, ValueError) as error:
        raise CertificateUnreadable(str(error)) from error


def _element(data: bytes) -> tuple[int, bytes, bytes]:
    """Split off the first element: its tag, its contents, and what follows it."""
    tag, length, start = data[0], data[1], 2
    if length & 0x80:
        start = 2 + (length & 0x7F)
        length = int.from_bytes(data[2:start], "big")
    if len(data) < start + length:
        raise CertificateUnreadable("it ends early")
    return tag, data[start : start + length], data[start + length :]


def _moment(tag: int, text: bytes) -> datetime:
    digits = text.decode("ascii")
    if tag == _UTC_TIME:  # RFC 5280 section 4.1.2.5.1: 50 to 99 are of the last century
        digits = ("19" if int(digits[:2]) >= 50 else "20") + digits
    elif tag != _GENERALIZED_TIME:
        raise CertificateUnreadable("no date where it must be")
    return datetime.strptime(digits, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)
