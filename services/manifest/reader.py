"""Read a manifest: from the bytes of a file to a State, or to everything that is wrong with it. Pure.

1. Decode the bytes and refuse what is too large (`source`).
2. Build the tree of positioned nodes (`parse`, `tree`).
3. Walk it along the layout, checking keys, types and formats (`walker`, `values`), or read the flat list.
4. Resolve references, then look for what only several records tell: cycles, host names, renames.
5. Assemble the State and the lines on which its fields are stated (`assembly`).
"""

from dataclasses import dataclass
from typing import Literal

from services.catalog.collector import collector_paused
from services.catalog.records import State
from services.manifest.assembly import (
    Lines,
    assemble,
    inherit_from_projects,
    number_environments,
    read_renames,
    report_spelled_secrets,
)
from services.manifest.cycles import report_cycles
from services.manifest.flat import read_flat
from services.manifest.hosts import report_host_conflicts
from services.manifest.layout import ROOT
from services.manifest.parse import read_tree
from services.manifest.problems import ManifestInvalid, Problem, ReadingStopped, Report
from services.manifest.references import References
from services.manifest.source import decode
from services.manifest.suggestions import Suggestions
from services.manifest.tree import Node, Sequence
from services.manifest.walker import Walker

__all__ = ["Manifest", "ManifestInvalid", "Problem", "read_manifest"]


@dataclass(frozen=True, slots=True)
class Manifest:
    """A manifest that was read without problems.

    `lines` has the line of every field that the file states, an entry for every record that it
    holds; a service's inherited status and phase have the line of its project's. `renamed_from` maps
    (kind, new name) to the old name.
    """

    file_name: str
    text: str
    format: Literal["yaml", "flat"]
    state: State
    lines: Lines
    renamed_from: dict[tuple[str, str], str]
    warnings: tuple[Problem, ...]
    tree: Node


def read_manifest(source: str | bytes, *, file_name: str) -> Manifest:
    """Read a manifest; raise ManifestInvalid with all its problems, sorted by position."""
    report = Report(file_name)
    try:
        with collector_paused():
            manifest = _read(source, file_name, report)
    except ReadingStopped:
        raise ManifestInvalid(report.problems) from None
    if report.found_problems:
        raise ManifestInvalid(report.problems)
    return manifest


def _read(source: str | bytes, file_name: str, report: Report) -> Manifest:
    text = decode(source, report)
    tree = read_tree(text, report)
    suggestions = Suggestions()
    is_flat = isinstance(tree, Sequence)
    if isinstance(tree, Sequence):
        found = read_flat(tree, report, suggestions)
    else:
        found = Walker(report, suggestions).walk(ROOT, tree)
    References(found, report, suggestions).resolve()
    inherit_from_projects(found)
    number_environments(found)
    report_cycles(found, report)
    report_host_conflicts(found, report)
    report_spelled_secrets(found, report)
    renames = read_renames(found, report)
    state, lines = assemble(found, report)
    form: Literal["yaml", "flat"] = "flat" if is_flat else "yaml"
    return Manifest(file_name, text, form, state, lines, renames, report.warnings, tree)
