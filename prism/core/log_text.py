"""Makes text from outside safe to stand on one line of a log."""

import re

# C0, DEL, C1, the two Unicode line ends, bidirectional overrides and lone surrogates: each can forge
# or hide a line, and no database or encoder takes the last.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def escape_control_characters(text: str) -> str:
    r"""Write every character that can break or forge a line as an escape like \x0a or \u2028."""
    return _UNSAFE.sub(_escaped, text)


def _escaped(match: re.Match[str]) -> str:
    code = ord(match.group())
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"
