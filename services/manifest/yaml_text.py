"""Writing YAML text: quoting scalars and laying out blocks. Pure.

Plain data goes in (str, int, float, bool, None, list, dict) and comes back from the reader as the
same data: strings are always quoted unless nobody could take them for anything else.
Source: YAML 1.2.2, sections 5.1 (printable characters), 7.3 (flow scalars) and 8.1.2 (literals).
"""

import json
import re
from collections.abc import Iterator
from typing import Any

STEP = 2  # spaces a level, where the document does not show its own step
_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_./*-]*")
_PLAIN_TEXT = re.compile(r"[A-Za-z_/][A-Za-z0-9_./+@-]*(?: [A-Za-z0-9_./+@-]+)*")
_RESOLVED_WORDS = frozenset(["~", "null", "true", "false", "yes", "no", "on", "off", "y", "n"])
_UNPRINTABLE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


def _is_word_with_a_meaning(text: str) -> bool:
    return text.lower() in _RESOLVED_WORDS


def quote(text: str) -> str:
    """Write a string in double quotes, escaping what YAML does not print."""
    quoted = json.dumps(text, ensure_ascii=False)
    return _UNPRINTABLE.sub(lambda match: f"\\u{ord(match[0]):04x}", quoted)


def key_text(key: str) -> str:
    """Write a mapping key: plain where that is safe."""
    plain = _PLAIN_KEY.fullmatch(key) is not None and not _is_word_with_a_meaning(key)
    return key if plain else quote(key)


def scalar_text(value: Any, style: str = "double") -> str:
    """Write a scalar on one line, in the quoting style that it replaces where that is possible."""
    if not isinstance(value, str):
        return json.dumps(value)
    if style == "single" and value.isprintable():
        return "'" + value.replace("'", "''") + "'"
    if style == "plain" and _PLAIN_TEXT.fullmatch(value) and not _is_word_with_a_meaning(value):
        return value
    return quote(value)


def flow_text(value: Any) -> str:
    """Write any value on one line, collections in brackets."""
    if isinstance(value, dict):
        inner = ", ".join(f"{key_text(key)}: {flow_text(item)}" for key, item in value.items())
        return "{" + inner + "}"
    if isinstance(value, list):
        return "[" + ", ".join(flow_text(item) for item in value) + "]"
    return scalar_text(value)


def _literal_lines(text: str, indent: int) -> list[str] | None:
    """Give a many-line text as a literal block, or None where only quotes keep it exactly."""
    body, ending = (text[:-1], "|") if text.endswith("\n") else (text, "|-")
    lines = body.split("\n")
    if len(lines) < 2 or not lines[0].strip() or not lines[-1].strip():
        return None
    if lines[0][0] in " \t" or not all(line.replace("\t", "").isprintable() for line in lines):
        return None
    return [ending, *(" " * indent + line if line else "" for line in lines)]


def value_lines(value: Any, indent: int, step: int = STEP) -> list[str]:
    """Write what follows a key's colon; the first line continues the key's own line.

    `indent` is the column (from 0) of the children; a scalar is one line, or a literal block.
    """
    if isinstance(value, str):
        literal = _literal_lines(value, indent)
        return [" " + literal[0], *literal[1:]] if literal else [" " + scalar_text(value)]
    if not value or not isinstance(value, (dict, list)):
        return [" " + flow_text(value)]
    return ["", *block_lines(value, indent, step)]


def block_lines(value: dict[str, Any] | list[Any], indent: int, step: int = STEP) -> list[str]:
    """Write a collection as whole lines, each indented by `indent` spaces."""
    if isinstance(value, dict):
        return list(_mapping_lines(value, indent, step))
    return [line for item in value for line in item_lines(item, indent, step)]


def _mapping_lines(value: dict[str, Any], indent: int, step: int) -> Iterator[str]:
    for key, item in value.items():
        first, *rest = value_lines(item, indent + step, step)
        yield " " * indent + key_text(key) + ":" + first
        yield from rest


def item_lines(item: Any, indent: int, step: int = STEP) -> list[str]:
    """Write one item of a block sequence whose dash stands in column `indent` (from 0)."""
    dash = " " * indent + "-"
    if isinstance(item, (dict, list)) and item:
        first, *rest = block_lines(item, indent + 2, step)
        return [dash + " " + first.lstrip(" "), *rest]
    first, *rest = value_lines(item, indent + 2, step)
    return [dash + first, *rest]
