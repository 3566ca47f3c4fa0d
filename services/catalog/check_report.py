"""What the checks found, as a table, as JSON and as SARIF 2.1.0. Pure.

Source: OASIS, "Static Analysis Results Interchange Format (SARIF) Version 2.1.0".
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from prism.core.terminal import Terminal, printable, table
from services.catalog.checks import (
    EVERY_STATUS,
    SEVERITIES,
    Check,
    Finding,
    Level,
    Result,
    severity_of,
)
from services.catalog.records import Key

Lines = Mapping[str, Mapping[Key, Mapping[str, int]]]

SARIF_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_INHERITED = ("status", "phase")  # a service's may have the line of its project
_COLOURS = {"error": "red", "warning": "yellow", "note": "blue"}


@dataclass(frozen=True, slots=True)
class Source:
    """The manifest that was checked, as it was named, and the lines of its records; both may be empty."""

    file: str = ""
    lines: Lines | None = None

    def line_of(self, finding: Finding) -> int | None:
        """Give the line of the field that a finding is about, else of its record, else of its subject."""
        if self.lines is None:
            return None
        wanted = [(finding.record[0], finding.record[1], finding.field)] if finding.record else []
        if finding.kind:
            wanted.append((finding.kind, (finding.subject,), ""))
        for kind, key, field in wanted:
            if stated := self.lines.get(kind, {}).get(key):
                own = [line for name, line in stated.items() if name not in _INHERITED]
                return stated.get(field) or min(own or stated.values())
        return None


def as_text(results: Sequence[Result], source: Source, terminal: Terminal) -> str:
    """Lay the findings out in a table, the worst first, and count them."""
    rows: list[tuple[str, ...]] = [
        (
            result.severity,
            result.check.id,
            _subject(finding),
            finding.detail or result.check.singular,
        )
        for result, finding in _each(results)
    ]
    if not rows:
        return "The catalog passes every check."
    where = [_where(source, finding) for _, finding in _each(results)]
    titles: tuple[str, ...] = ("SEVERITY", "CHECK", "SUBJECT", "FOUND")
    if any(where):
        titles = (*titles, "WHERE")
        rows = [(*row, place) for row, place in zip(rows, where, strict=True)]
    fixes = [f"{result.check.id}: {result.check.fix}" for result in results]
    counted = ", ".join(_counted(results, severity) for severity in SEVERITIES)
    return "\n".join(
        [table(titles, rows, terminal, colours=_COLOURS), "", *fixes, "", f"{counted}."]
    )


def as_list(checks: Iterable[Check[Any]], levels: Mapping[str, Level], terminal: Terminal) -> str:
    """Lay out every check: how severe it is here, what it applies to, and why it matters."""
    rows = [
        (shown_severity(check, levels), check.id, applies_to(check), check.singular, check.why)
        for check in checks
    ]
    titles = ("SEVERITY", "CHECK", "APPLIES TO", "FINDS", "WHY")
    return table(titles, rows, terminal, colours=_COLOURS)


def as_json(
    results: Sequence[Result],
    checks: Iterable[Check[Any]],
    levels: Mapping[str, Level],
    source: Source,
) -> dict[str, Any]:
    """Give the findings and every check that there is as data."""
    return {
        "findings": [
            {
                "check": result.check.id,
                "severity": result.severity,
                "kind": finding.kind or "workspace",
                "subject": finding.subject,
                "detail": finding.detail,
                "file": source.file or None,
                "line": source.line_of(finding),
            }
            for result, finding in _each(results)
        ],
        "checks": [
            {
                "id": check.id,
                "severity": shown_severity(check, levels),
                "statuses": sorted(check.statuses),
                "title": check.singular,
                "why": check.why,
                "fix": check.fix,
            }
            for check in checks
        ],
    }


def as_sarif(
    results: Sequence[Result],
    checks: Iterable[Check[Any]],
    levels: Mapping[str, Level],
    source: Source,
    version: str,
) -> dict[str, Any]:
    """Give the findings as a SARIF log, which code hosts show beside the lines of the manifest."""
    run_checks = [check for check in checks if levels.get(check.id) != "off"]
    places = {check.id: index for index, check in enumerate(run_checks)}
    rules = [
        {
            "id": check.id,
            "shortDescription": {"text": f"{check.singular[:1].upper()}{check.singular[1:]}."},
            "fullDescription": {"text": check.why},
            "help": {"text": check.fix},
            "defaultConfiguration": {"level": severity_of(check, levels.get(check.id))},
        }
        for check in run_checks
    ]
    found = [
        {
            "ruleId": result.check.id,
            "ruleIndex": places[result.check.id],
            "level": result.severity,
            "message": {"text": _message(result, finding)},
            "locations": [_location(source, finding)],
            "partialFingerprints": {"finding/v1": _fingerprint(result, finding)},
        }
        for result, finding in _each(results)
    ]
    driver = {"name": "prism", "version": version, "rules": rules}
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": found}
    return {"$schema": SARIF_SCHEMA, "version": "2.1.0", "runs": [run]}


def _each(results: Iterable[Result]) -> list[tuple[Result, Finding]]:
    return [(result, finding) for result in results for finding in result.findings]


def _subject(finding: Finding) -> str:
    return finding.subject or "the workspace"


def _where(source: Source, finding: Finding) -> str:
    line = source.line_of(finding)
    return f"{source.file}:{line}" if line else ""


def shown_severity(check: Check[Any], levels: Mapping[str, Level]) -> str:
    """Say how severe a check is under the levels that are set; `off` when it is not run."""
    level = levels.get(check.id)
    return "off" if level == "off" else severity_of(check, level)


def applies_to(check: Check[Any]) -> str:
    """Name the lifecycle statuses that a check applies to."""
    return "every status" if check.statuses == EVERY_STATUS else ", ".join(sorted(check.statuses))


def _counted(results: Iterable[Result], severity: str) -> str:
    count = sum(len(result.findings) for result in results if result.severity == severity)
    return f"{count} {severity}{'' if count == 1 else 's'}"


def _message(result: Result, finding: Finding) -> str:
    detail = f" ({printable(finding.detail)})" if finding.detail else ""
    return f"{printable(_subject(finding))}: {result.check.singular}{detail}. {result.check.fix}"


def _location(source: Source, finding: Finding) -> dict[str, Any]:
    name = finding.subject or "workspace"
    logical = [{"name": name, "kind": finding.kind or "namespace"}]
    if not source.file:
        return {"logicalLocations": logical}
    place = {
        "artifactLocation": {"uri": quote(source.file)},
        "region": {"startLine": source.line_of(finding) or 1},
    }
    return {"physicalLocation": place, "logicalLocations": logical}


def _fingerprint(result: Result, finding: Finding) -> str:
    """Tell a finding from every other, whatever line it moves to."""
    words = (result.check.id, finding.kind, finding.subject, finding.detail, repr(finding.record))
    return hashlib.sha256("\0".join(words).encode()).hexdigest()
