"""What a scalar means where it is not a text: nothing, a truth value, a number. Pure.

Plain scalars follow the YAML 1.2 core schema (YAML 1.2.2, section 10.3.2), limited to what JSON and
every database hold exactly; `yes`, `on`, `22:22` and `2025-11-19` are texts. Quoted and block scalars
are always texts.
"""

import math
import re
from typing import Final

from services.manifest.problems import shown
from services.manifest.tree import Mapping, Node, Scalar, Sequence

MAX_INTEGER = 2**63 - 1
MAX_EXACT_FLOAT = 2.0**53  # beyond it a database may give back another number

_NULLS: Final = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLEANS: Final = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INTEGER: Final = re.compile(r"[-+]?[0-9]+")
_BASED_INTEGER: Final = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT: Final = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NO_NUMBER: Final = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_LONGEST_NUMBER = 400  # no number within the limits needs more; converting long ones takes long


class NumberRefused(ValueError):
    """A plain scalar is a number that cannot be kept exactly."""


def is_null(node: Node) -> bool:
    """Say whether nothing is stated here."""
    return type(node) is Scalar and node.text in _NULLS and node.style == "plain"


def described(node: Node) -> str:
    """Say what a node is, for a message."""
    if isinstance(node, Mapping):
        return "a mapping"
    if isinstance(node, Sequence):
        return "a list"
    return "nothing" if is_null(node) else shown(node.text)


def boolean(node: Node) -> bool | None:
    """Give the truth value of a plain `true` or `false`."""
    is_plain = isinstance(node, Scalar) and node.style == "plain"
    return _BOOLEANS.get(node.text) if isinstance(node, Scalar) and is_plain else None


def whole_number(node: Node) -> int | None:
    """Give the value of a plain decimal integer."""
    if isinstance(node, Scalar) and node.style == "plain" and _INTEGER.fullmatch(node.text):
        return int(node.text) if len(node.text) <= _LONGEST_NUMBER else MAX_INTEGER + 1
    return None


def looks_whole(text: str) -> bool:
    """Say whether a text would be an integer if it were not quoted."""
    return _INTEGER.fullmatch(text) is not None


def any_value(node: Scalar) -> bool | int | float | str | None:
    """Give the value of a scalar where anything may stand; raise NumberRefused."""
    text = node.text
    if node.style != "plain":
        return text
    if text in _NULLS:
        return None
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    return _number(text) if text[0] in "-+.0123456789" else text


def _number(text: str) -> int | float | str:
    is_whole = _INTEGER.fullmatch(text)
    is_based = _BASED_INTEGER.fullmatch(text)
    if not (is_whole or is_based or _FLOAT.fullmatch(text)):
        if _NO_NUMBER.fullmatch(text):
            raise NumberRefused(f"{shown(text)} is no number that JSON can hold")
        return text
    if len(text) <= _LONGEST_NUMBER:
        number: int | float
        if is_based:
            number = int(text, 0)
        else:
            number = int(text) if is_whole else float(text)
        limit = MAX_EXACT_FLOAT if isinstance(number, float) else MAX_INTEGER
        if math.isfinite(number) and abs(number) <= limit:
            return number
    raise NumberRefused(f"{shown(text)} is too large a number to be kept exactly")
