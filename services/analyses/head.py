"""Reads what a document says of itself: status, dates, type and provider. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from services.analyses.markdown import Block

# The labels as owners write them; each leads to the one name it has here.
LABELS: Mapping[str, str] = {
    "status": "status",
    "last analyzed": "analysed_on",
    "last analysed": "analysed_on",
    "analysis date": "analysed_on",
    "next review": "review_on",
    "service type": "type",
    "type": "type",
    "provider": "provider",
    "owner": "owner",
    "service": "service",
    "repository": "repo",
    "platform": "platform",
}
_DATES = frozenset({"analysed_on", "review_on"})
_LABEL = re.compile(
    r"(?<![\w-])(" + "|".join(sorted(LABELS, key=len, reverse=True)) + r")\s*:\s*", re.IGNORECASE
)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_REMARK = re.compile(r"\([^()]*\)\s*$")  # `Service Analysis: web (PLANNED)`
_TITLE = re.compile(r"(?:service\s+)?analysis\s*(?:of|:|-|\u2013|\u2014)\s*(.+)", re.IGNORECASE)
# How one of the two dates stands in the source: the label, marks of emphasis and all, then the day.
_DATE_IN_SOURCE = r"(?im)^(.*?\b{label}\b[ \t*_]*:[ \t*_]*)\d{{4}}-\d{{2}}-\d{{2}}"


@dataclass(frozen=True, slots=True)
class Said:
    """One line of the form `Label: value`, with its line number from 1."""

    label: str
    value: str
    line: int


@dataclass(frozen=True, slots=True)
class Head:
    """What the document says of itself; `problems` names dates that are none."""

    said: Mapping[str, Said]
    analysed_on: date | None
    review_on: date | None
    problems: tuple[str, ...] = ()


def read_head(blocks: Sequence[Block]) -> Head:
    """Read the fields above the first section, and the dates that may also stand at the end.

    Where a field is said twice the first counts.
    """
    said: dict[str, Said] = {}
    for block in blocks:
        is_above = len(block.path) <= 1
        for name, found in _fields(block):
            if is_above or name in _DATES:
                said.setdefault(name, found)
    days = {name: _day(said[name].value) for name in _DATES if name in said}
    problems = tuple(
        f"line {said[name].line}: “{said[name].label}” is followed by no date like 2026-01-31"
        for name in sorted(days)
        if days[name] is None
    )
    return Head(said, days.get("analysed_on"), days.get("review_on"), problems)


def subject_of_title(text: str) -> str:
    """Give whom a title such as `Service Analysis: Redis` is about; "" when it does not say."""
    found = _TITLE.search(text)
    return _REMARK.sub("", found[1]).strip() if found else ""


def write_dates(text: str, *, analysed_on: date, review_on: date) -> str:
    """Give the text with its dates replaced where they stand, and the rest as it is, byte for byte."""
    days = {"analysed_on": analysed_on, "review_on": review_on}
    for label, name in LABELS.items():
        if name in days:
            pattern = _DATE_IN_SOURCE.format(label=re.escape(label))
            text = re.sub(pattern, rf"\g<1>{days[name].isoformat()}", text)
    return text


def _fields(block: Block) -> Iterator[tuple[str, Said]]:
    if block.kind == "table":
        lines = [" ".join(row[:1]) + ": " + " ".join(row[1:2]) for row in block.rows]
    else:
        lines = list(block.lines)
    for offset, line in enumerate(lines):
        labels = list(_LABEL.finditer(line))
        for at, label in enumerate(labels):
            if at == 0 and line[: label.start()].strip(" *_-|"):
                break  # a sentence with the word in it, not a field
            end = labels[at + 1].start() if at + 1 < len(labels) else len(line)
            value = line[label.end() : end].strip()
            if value:
                yield LABELS[label[1].lower()], Said(label[1], value, block.line + offset)


def _day(value: str) -> date | None:
    found = _DAY.search(value)
    try:
        return date.fromisoformat(found[0]) if found else None
    except ValueError:  # such as 2025-13-40
        return None
