"""Lists and small mappings as the lines of text that people edit. Pure.

A list is one item a line; a line that starts with two spaces continues the item above it. A mapping is
`key: value` lines: the block form of YAML, with the scalars of the YAML 1.2 core schema (so `no` and
`22:22` are texts) and without anchors, tags or repeated keys.
"""

import re
from typing import Any

import yaml

LIMIT_CHARACTERS = 1024 * 1024
LIMIT_DEPTH = 20
_CONTINUES = "  "

# Source: YAML 1.2.2 section 10.3.2, the core schema.
_NULL = re.compile(r"~|null|Null|NULL|")
_BOOLEAN = re.compile(r"true|True|TRUE|false|False|FALSE")
_INTEGER = re.compile(r"[-+]?[0-9]{1,4000}|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_PLAIN_TAGS = frozenset(f"tag:yaml.org,2002:{name}" for name in ("str", "map", "seq"))


class LinesInvalid(ValueError):
    """The text cannot be read; says the line, counted from 1, and what to write instead."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(f"Line {line}: {message}")
        self.line = line


def write_list(items: list[str]) -> str:
    """Write one item a line."""
    return "\n".join(item.replace("\n", "\n" + _CONTINUES) for item in items)


def read_list(text: str) -> list[str]:
    """Read one item a line, leaving out empty lines and spaces at the ends."""
    items: list[str] = []
    for line in text.splitlines():
        if line.startswith(_CONTINUES) and items and line.strip():
            items[-1] += "\n" + line.removeprefix(_CONTINUES).rstrip()
        elif line.strip():
            items.append(line.strip())
    return items


def write_value(value: Any) -> str:
    """Write a mapping or list of JSON values as lines; what is empty is no lines at all."""
    if value in ({}, [], None):
        return ""
    text: str = yaml.dump(
        value,
        Dumper=_LinesDumper,
        allow_unicode=True,
        sort_keys=False,
        default_flow_style=False,
        width=10**6,
    )
    return text.removesuffix("...\n").rstrip("\n")


def read_mapping(text: str) -> dict[str, Any]:
    """Read `key: value` lines. Raises LinesInvalid."""
    value = read_value(text)
    if value in (None, []):
        return {}
    if not isinstance(value, dict):
        raise LinesInvalid(1, "write one `key: value` per line, with a space after the colon.")
    return value


def read_value(text: str) -> Any:
    """Read a mapping, a list or one scalar from lines; no text is None. Raises LinesInvalid."""
    if len(text) > LIMIT_CHARACTERS:
        raise LinesInvalid(1, f"this is longer than {LIMIT_CHARACTERS // 1024} KiB.")
    try:
        _refuse_depth(text)
        node = yaml.compose(text, Loader=yaml.CBaseLoader)
    except (yaml.reader.ReaderError, UnicodeEncodeError) as error:
        position = error.position if isinstance(error, yaml.reader.ReaderError) else error.start
        line = text.count("\n", 0, position) + 1
        raise LinesInvalid(line, "there is a character that cannot be shown.") from error
    except yaml.MarkedYAMLError as error:
        raise _explain(text, error) from error
    return None if node is None else _plain_value(node, set())


def _refuse_depth(text: str) -> None:
    """Count how deep the text nests before anything recursive sees it."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.CBaseLoader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > LIMIT_DEPTH:
            line = event.start_mark.line + 1 if event.start_mark else 1
            raise LinesInvalid(line, f"this is more than {LIMIT_DEPTH} levels deep.")


def _explain(text: str, error: yaml.MarkedYAMLError) -> LinesInvalid:
    """Say in plain words what is wrong with a text that is not YAML."""
    is_key = error.context == "while scanning a simple key"  # found out a line later
    mark = error.context_mark if is_key else error.problem_mark or error.context_mark
    number = mark.line if mark is not None else 0
    lines = text.splitlines() or [""]
    line = lines[min(number, len(lines) - 1)]
    if "\t" in line[: len(line) - len(line.lstrip())] or "'\\t'" in str(error.problem):
        return LinesInvalid(number + 1, "indent with spaces, not with tabs.")
    if ":" not in line and not line.lstrip().startswith("-"):
        return LinesInvalid(number + 1, "write `key: value`, with a space after the colon.")
    return LinesInvalid(number + 1, f"{error.problem or 'this cannot be read'}.")


def _plain_value(node: yaml.Node, seen: set[int]) -> Any:
    """Turn a node into JSON values, refusing what JSON cannot say."""
    line = node.start_mark.line + 1
    if id(node) in seen:
        raise LinesInvalid(line, "`&` and `*` references are not allowed; write the value again.")
    if node.tag not in _PLAIN_TAGS:
        raise LinesInvalid(line, "a value that starts with `!` must stand in quotes.")
    seen.add(id(node))
    if isinstance(node, yaml.SequenceNode):
        return [_plain_value(item, seen) for item in node.value]
    if isinstance(node, yaml.MappingNode):
        return _plain_mapping(node, seen)
    if "\0" in node.value:
        raise LinesInvalid(line, "there is a character that cannot be stored.")
    is_quoted = isinstance(node, yaml.ScalarNode) and bool(node.style)
    return node.value if is_quoted else _plain_scalar(node.value)


def _plain_mapping(node: yaml.MappingNode, seen: set[int]) -> dict[str, Any]:
    mapping: dict[str, Any] = {}
    for key, value in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            raise LinesInvalid(line, "the part before the colon must be a plain word.")
        if key.value in mapping:
            raise LinesInvalid(line, f"`{key.value}` is there twice.")
        mapping[key.value] = _plain_value(value, seen)
    return mapping


def _plain_scalar(text: str) -> str | int | float | bool | None:
    """Type an unquoted scalar by the core schema; infinities stay texts, for JSON has none."""
    if _NULL.fullmatch(text):
        return None
    if _BOOLEAN.fullmatch(text):
        return text.lower() == "true"
    if _INTEGER.fullmatch(text):
        return int(text, {"0o": 8, "0x": 16}.get(text[:2], 10))
    if _FLOAT.fullmatch(text):
        number = float(text)
        return text if number in (float("inf"), float("-inf")) else number
    return text


class _LinesDumper(yaml.SafeDumper):
    """Writes what `read_value` reads: quotes just the texts that the core schema would take for more."""

    yaml_implicit_resolvers: dict[str, Any] = {}

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        """Indent list items under their key, as people write them."""
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        """Write a value again where it occurs twice."""
        return True


for _tag, _pattern in (
    ("null", _NULL),
    ("bool", _BOOLEAN),
    ("int", _INTEGER),
    ("float", _FLOAT),
):
    _LinesDumper.add_implicit_resolver(
        f"tag:yaml.org,2002:{_tag}", re.compile(f"(?:{_pattern.pattern})$"), None
    )


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar(
        "tag:yaml.org,2002:str", text, style="|" if "\n" in text else None
    )


_LinesDumper.add_representer(str, _represent_text)
