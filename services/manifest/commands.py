"""The commands of the manifest engine: `plan`, `apply`, `export`, `log`, `revert`."""

from argparse import Namespace
from pathlib import Path

from django.utils import timezone

from prism.core.answer import DIFFERS, OK, Answer, CommandFailed
from prism.core.commands import command_line
from prism.core.terminal import Terminal, printable, table
from services.catalog.change_words import describe_counts
from services.catalog.models import ChangeSet
from services.manifest.actions import (
    AlreadyReverted,
    CatalogMoved,
    ChangeSetUnknown,
    HostnameTaken,
    PruneRefused,
    RevertConflict,
    apply_plan,
    plan_manifest,
    revert_change_set,
)
from services.manifest.answers import change_set_answer, plan_answer
from services.manifest.export import export_manifest
from services.manifest.files import read_bytes, refusal, shown_name
from services.manifest.plan import Plan
from services.manifest.plan_text import describe_entries
from services.manifest.problems import ManifestInvalid


def plan(arguments: Namespace, terminal: Terminal) -> Answer:
    """Answer `prism plan FILE`; the exit status is 2 when the catalog would change."""
    made = _plan(arguments)
    document = {"errors": [], **plan_answer(made)}
    if not made.entries:
        said = "No changes."
        if made.brings_text:
            said = "No changes to the catalog; applying keeps the new text of the file."
        return Answer(document, "\n".join([said, *_remarks(made)]), OK)
    lines = [
        *describe_entries(made.entries, terminal),
        "",
        f"Would be {describe_counts(made.counts)}. Apply with `prism apply {arguments.file}`.",
        *_remarks(made),
    ]
    return Answer(document, "\n".join(lines), DIFFERS)


def apply(arguments: Namespace, terminal: Terminal) -> Answer:
    """Answer `prism apply FILE`."""
    made = _plan(arguments)
    try:
        change_set = apply_plan(
            made,
            actor=command_line(),
            actor_name=command_line().name,
            message=arguments.message,
            now=timezone.now(),
            force_prune=arguments.force,
        )
    except (CatalogMoved, PruneRefused, HostnameTaken) as error:
        raise CommandFailed(str(error), rest={"changes": []}) from error
    document = {
        "change_set": change_set.revision if change_set else None,
        "counts": made.counts,
        "errors": [],
        **plan_answer(made),
    }
    if change_set is None:
        return Answer(document, "\n".join(["No changes.", *_remarks(made)]))
    done = f"Applied as change set {change_set.revision}: {describe_counts(made.counts)}."
    lines = [done, *_remarks(made)]
    return Answer(document, "\n".join(lines))


def export(arguments: Namespace, terminal: Terminal) -> Answer:
    """Answer `prism export`; the text goes to standard output or to a file, byte for byte."""
    exported = export_manifest()
    document = {"file_name": exported.file_name, "text": exported.text}
    if not arguments.output:
        return Answer(document, exported.text, is_exact=True)
    try:
        Path(arguments.output).write_bytes(exported.text.encode())
    except OSError as error:
        raise CommandFailed(f"cannot write {arguments.output}: {error.strerror}") from error
    return Answer(document, f"Wrote {arguments.output}.")


def log(arguments: Namespace, terminal: Terminal) -> Answer:
    """Answer `prism log`."""
    change_sets = ChangeSet.objects.select_related("reverted_by", "reverts").order_by("-revision")
    rows = [change_set_answer(change_set) for change_set in change_sets[: max(arguments.limit, 0)]]
    if not rows:
        return Answer({"change_sets": []}, "No change sets yet.")
    text = table(
        ("CHANGESET", "WHEN (UTC)", "WHO", "KIND", "CHANGES", "MESSAGE"),
        [
            (
                row["change_set"],
                row["created_at"][:19].replace("T", " "),
                row["actor"],
                row["kind"],
                describe_counts(row["counts"]),
                row["message"],
            )
            for row in rows
        ],
        terminal,
    )
    return Answer({"change_sets": rows}, text)


def revert(arguments: Namespace, terminal: Terminal) -> Answer:
    """Answer `prism revert CHANGESET`."""
    try:
        change_set = revert_change_set(
            arguments.change_set,
            actor=command_line(),
            actor_name=command_line().name,
            message=arguments.message,
            now=timezone.now(),
        )
    except ChangeSetUnknown as error:
        raise CommandFailed(f"{error}; `prism log` lists them") from error
    except (AlreadyReverted, RevertConflict, HostnameTaken) as error:
        raise CommandFailed(str(error)) from error
    document = {
        "change_set": change_set.revision,
        "reverts": arguments.change_set,
        "counts": change_set.counts,
    }
    done = f"Reverted change set {arguments.change_set} as change set {change_set.revision}"
    return Answer(document, f"{done}: {describe_counts(change_set.counts)}.")


def _plan(arguments: Namespace) -> Plan:
    try:
        made = plan_manifest(
            read_bytes(arguments.file), file_name=shown_name(arguments.file), prune=arguments.prune
        )
    except ManifestInvalid as error:
        raise refusal(error) from error
    if made.problems:
        raise refusal(ManifestInvalid(made.problems))
    if made.prune_refusal and not arguments.force:
        raise CommandFailed(
            f"prune refused: {made.prune_refusal}. If it is meant, add --force.",
            rest={"changes": []},
        )
    return made


def _remarks(made: Plan) -> list[str]:
    remarks = [f"warning: {warning}" for warning in made.warnings]
    remarks += [f"note: {printable(suggestion)}" for suggestion in made.suggestions]
    if made.unlisted and not made.prune:
        remarks.append(
            f"note: {len(made.unlisted):,} records are in the catalog but not in the file; "
            "they stay. --prune takes them away."
        )
    return remarks
