"""The command of the analysis documents: `prism analyses import DIR` and `prism analyses export DIR`."""

from argparse import Namespace
from pathlib import Path

from django.db.models import F
from django.utils import timezone

from prism.core import audit
from prism.core.answer import DIFFERS, OK, Answer, CommandFailed
from prism.core.commands import command_line
from prism.core.terminal import Terminal, printable, table
from services.analyses.actions import import_documents
from services.analyses.folder import read_folder, write_folder
from services.analyses.models import AnalysisRevision

COLOURS = {"created": "green", "changed": "yellow", "unchanged": "dim", "refused": "red"}


def analyses(arguments: Namespace, terminal: Terminal) -> Answer:
    """Answer `prism analyses import DIR` and `prism analyses export DIR`."""
    folder = Path(arguments.folder)
    try:
        return (_import if arguments.what == "import" else _export)(folder, terminal)
    except OSError as error:
        where = error.filename or folder
        raise CommandFailed(f"cannot use {where}: {error.strerror or error}") from error


def _import(path: Path, terminal: Terminal) -> Answer:
    """Take in what fits a service, and name what does not; exit status 2 when something does not."""
    folder = read_folder(path)
    actor = command_line()
    outcomes = import_documents(
        folder.incoming, actor=actor, actor_name=actor.name, now=timezone.now()
    )
    rows: list[dict[str, str | None]] = [
        {
            "file": one.file_name,
            "service": one.service.name,
            "outcome": outcomes[one.file_name],
            "reason": "",
        }
        for one in folder.incoming
    ]
    rows += [
        {"file": one.file_name, "service": None, "outcome": "refused", "reason": one.reason}
        for one in folder.refused
    ]
    rows.sort(key=lambda row: str(row["file"]))
    document = {"documents": rows, "passed_over": list(folder.passed_over)}
    if not rows:
        return Answer(document, f"{printable(str(path))} holds no document for a service.", DIFFERS)
    text = table(
        ("FILE", "SERVICE", "OUTCOME", "WHY"),
        [(row["file"], row["service"] or "", row["outcome"], row["reason"]) for row in rows],
        terminal,
        colours=COLOURS,
    )
    return Answer(document, text, DIFFERS if folder.refused else OK)


def _export(path: Path, terminal: Terminal) -> Answer:
    """Write every document as it was imported or last edited, byte for byte."""
    current = AnalysisRevision.objects.filter(
        number=F("analysis__number"), analysis__service__archived_at__isnull=True
    ).order_by("analysis__file_name", "pk")
    documents = current.values_list("analysis__file_name", "text")
    outcomes = write_folder(path, documents)
    written = sum(outcome == "written" for outcome in outcomes.values())
    audit.record("analyses.export", actor=command_line(), details={"documents": len(outcomes)})
    rows = [{"file": name, "outcome": outcome} for name, outcome in outcomes.items()]
    text = f"{len(outcomes)} documents in {printable(str(path))}, {written} written."
    return Answer({"documents": rows}, text)
