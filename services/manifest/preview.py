"""Plans and problems as the pages show them. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from services.catalog.changes import Entry
from services.catalog.entries_text import ShownEntry, show_entry
from services.manifest.problems import Problem

ENTRIES_PER_PAGE = 500
PROBLEMS_SHOWN = 500
EXCERPT_CHARACTERS = 160
_SUBJECT_ORDER = {"workspace": 0, "project": 1, "service": 2}


@dataclass(frozen=True, slots=True)
class ShownProblem:
    """A problem with the line it stands on, not indented, cut in two where the problem begins."""

    problem: Problem
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class SubjectEntries:
    """What happens to one project, one service, or the workspace."""

    kind: str
    name: str
    entries: tuple[ShownEntry, ...]


def show_problems(problems: Sequence[Problem], text: str) -> list[ShownProblem]:
    """Give the first problems with their lines; a line that spells a secret out is not shown."""
    lines = text.splitlines()
    secret_lines = {problem.line for problem in problems if "secret" in problem.message}
    shown = []
    for problem in problems[:PROBLEMS_SHOWN]:
        has_line = problem.line <= len(lines) and problem.line not in secret_lines
        line = lines[problem.line - 1] if has_line else ""
        at = min(problem.column - 1, len(line))
        start = max(0, at - EXCERPT_CHARACTERS // 2)
        before = ("…" if start else "") + line[start:at].lstrip()
        shown.append(ShownProblem(problem, before, line[at : start + EXCERPT_CHARACTERS]))
    return shown


def in_page_order(entries: Iterable[Entry]) -> list[Entry]:
    """Sort entries by what they belong to, keeping the order in which each is carried out."""
    return sorted(entries, key=lambda entry: (_SUBJECT_ORDER[entry.subject[0]], entry.subject[1]))


def group_by_subject(entries: Iterable[Entry]) -> list[SubjectEntries]:
    """Group sorted entries under the project, service or workspace they belong to."""
    return [
        SubjectEntries(kind, name, tuple(show_entry(entry) for entry in group))
        for (kind, name), group in groupby(entries, key=lambda entry: entry.subject)
    ]
