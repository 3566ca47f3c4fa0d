"""Accept or refuse the bytes of a manifest before anything parses them. Pure.

The cheap checks here keep a hostile file from costing more than a few milliseconds; the exact limits
on nodes and depth are `services.manifest.parse`'s.
"""

from services.manifest.problems import Report
from services.manifest.tree import Spot

MAX_BYTES = 8 * 1024 * 1024
MAX_LINES = 400_000  # a catalog of 1,000 services and 30,000 variables has 130,000
MAX_FLOW_MARKS = 400_000  # commas and opening brackets, each of which can make a node
_FLOW_MARKS = ",[{"


def decode(source: str | bytes, report: Report) -> str:
    """Give the text, with its byte-order mark and line ends as they were.

    Raises ReadingStopped, with its reason in the report, for what cannot be a manifest.
    """
    _check_size(len(source), report)
    if isinstance(source, bytes):
        try:
            text = source.decode("utf-8")
        except UnicodeDecodeError as error:
            before = source[: error.start].decode("utf-8")
            message = f"not UTF-8: byte 0x{source[error.start]:02x} ({error.reason})"
            raise report.stop(_spot_after(before), "", message) from None
    else:
        text = source
        _check_characters(text, report)
    _check_amount(text, report)
    return text


def spot_of_byte(text: str, offset: int) -> Spot:
    """Find the line and column of a byte of the UTF-8 form of a text."""
    return _spot_after(text.encode("utf-8")[:offset].decode("utf-8", "ignore"))


def _check_characters(text: str, report: Report) -> None:
    try:
        size = len(text.encode("utf-8"))
    except UnicodeEncodeError as error:
        message = f"not Unicode text: a lone surrogate (U+{ord(text[error.start]):04X})"
        raise report.stop(_spot_after(text[: error.start]), "", message) from None
    _check_size(size, report)


def _check_size(size: int, report: Report) -> None:
    if size > MAX_BYTES:
        message = f"{size / 1024 / 1024:.1f} MiB; a manifest has at most {MAX_BYTES >> 20} MiB"
        raise report.stop(Spot(1, 1), "", message)


def _check_amount(text: str, report: Report) -> None:
    ends = max(text.count("\n"), text.count("\r"))
    if ends + sum(text.count(end) for end in "\x85\u2028\u2029") > MAX_LINES:
        raise report.stop(Spot(1, 1), "", f"more than {MAX_LINES:,} lines")
    if sum(text.count(mark) for mark in _FLOW_MARKS) > MAX_FLOW_MARKS:
        message = f"more than {MAX_FLOW_MARKS:,} commas and opening brackets"
        raise report.stop(Spot(1, 1), "", message)


def _spot_after(before: str) -> Spot:
    """Give the place where a text goes on, counting lines as libyaml does (CR, LF, CRLF)."""
    unified = before.replace("\r\n", "\n").replace("\r", "\n")
    return Spot(unified.count("\n") + 1, len(unified) - unified.rfind("\n"))
