"""Finds the facts a document states that the catalog also knows, and where they differ. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from services.analyses.head import Head
from services.analyses.markdown import Block
from services.analyses.quantities import agree

# Sections that say how a service is set up; what stands under Performance or Alerts is a target.
SET_UP = frozenset(
    [
        *("configuration", "config", "settings", "setup", "details", "resources"),
        *("version", "versions", "stack", "deployment", "infrastructure"),
    ]
)
# Names that people use for a fact, as words in lower case, and the catalog's field.
SYNONYMS: Mapping[str, str] = {
    "memory": "configuration.maxmemory",
    "max memory": "configuration.maxmemory",
    "memory limit": "configuration.maxmemory",
    "eviction": "configuration.maxmemory_policy",
    "eviction policy": "configuration.maxmemory_policy",
    "health check": "deployment.healthcheck_path",
    "health endpoint": "deployment.healthcheck_path",
    "health path": "deployment.healthcheck_path",
    "start": "deployment.start_command",
    "build": "deployment.build_command",
    "restart": "deployment.restart_policy",
    "repository": "repo",
}
# Fields of a service that are facts about it, rather than what it is called or who it belongs to.
SERVICE_FIELDS = (
    *("status", "kind", "type", "version", "provider", "language", "framework", "runtime"),
    *("repo", "branch", "owner"),
)
DEPLOYMENT_FIELDS = (
    *("platform", "root_directory", "dockerfile", "build_command", "start_command"),
    *("pre_deploy_command", "healthcheck_path", "port", "replicas", "restart_policy"),
    "cron_schedule",
)
MAX_FACTS = 200
MAX_VALUE = 300

_LABELLED = re.compile(r"([^:\n]{1,60}?)\s*:\s+(.{1,1000})")
_NOT_WORDS = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Statement:
    """One `Label: value` of a document: its line from 1, and the words of the heading above it."""

    label: str
    value: str
    line: int
    section: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """What a document says of a field, and what the catalog says."""

    label: str
    field: str
    document: str
    catalog: str
    line: int


def read_statements(blocks: Sequence[Block], head: Head) -> tuple[Statement, ...]:
    """Give what the head and the sections about the set-up state, in order, at most 200."""
    found = [
        Statement(name, said.value[:MAX_VALUE], said.line)
        for name, said in head.said.items()
        if name in ("status", "provider", "owner", "type", "repo", "platform")
    ]
    for block in blocks:
        if SET_UP & {word for text in block.path for word in _words(text).split()}:
            found += _labelled(block)
    return tuple(found[:MAX_FACTS])


def compare(
    statements: Sequence[Statement], facts: Mapping[str, str], names: Sequence[str]
) -> list[Difference]:
    """Give the statements that the catalog contradicts; what it does not know is no difference.

    `facts` is the catalog by field, such as `configuration.maxmemory`; `names` are the words for the
    service itself, so that `Redis: 7+` under Version is its version.
    """
    differences = []
    by_words = {_words(field.partition(".")[2] or field): field for field in facts}
    called = {_words(name) for name in names if name}
    for statement in statements:
        field = _field_of(statement, by_words, called)
        known = facts.get(field, "")
        if "${" in known:  # what the platform fills in; the document says what came of it
            continue
        if known and not agree(statement.value, known):
            differences.append(
                Difference(statement.label, field, statement.value, known, statement.line)
            )
    return differences


def _field_of(statement: Statement, by_words: Mapping[str, str], called: set[str]) -> str:
    label = _words(statement.label)
    if label in called and _words(statement.section) in ("version", "versions"):
        return "version"
    if label == "type":  # `Managed Cache (Redis)` is prose; the catalog's type is a word
        return ""
    return SYNONYMS.get(label) or by_words.get(label, "")


def _labelled(block: Block) -> Iterator[Statement]:
    section = block.path[-1] if block.path else ""
    if block.kind == "table":
        for offset, row in enumerate(block.rows[1:], 2):
            if len(block.rows[0]) == 2 and all(row):
                yield Statement(row[0], row[1][:MAX_VALUE], block.line + offset, section)
        return
    for offset, line in enumerate(block.lines):
        if found := _LABELLED.fullmatch(line.strip()):
            yield Statement(found[1], found[2][:MAX_VALUE], block.line + offset, section)


def _words(text: str) -> str:
    return " ".join(_NOT_WORDS.split(text.casefold())).strip()
