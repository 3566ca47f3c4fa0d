"""The difference that a manifest would make to the catalog, before anything is written. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256

from services.catalog.changes import Entry, Renames, count_actions, diff_states, rename_records
from services.catalog.integrity import Fault, find_faults
from services.catalog.records import Key, State
from services.manifest.merge import Catalog, Merge
from services.manifest.problems import Problem
from services.manifest.reader import Manifest

PRUNE_LIMIT = 0.2  # of the catalog's records; more is more often a wrong file than a wish
PRUNE_ALWAYS_ALLOWED = 5  # records; in a small catalog a fifth is very little


@dataclass(frozen=True, slots=True)
class RenameSuggestion:
    """A new service that looks like an unlisted old one: same repository, same host in production."""

    kind: str
    old: str
    new: str

    def __str__(self) -> str:
        return (
            f"{self.new} looks like {self.old} renamed; if it is, write `renamed_from: {self.old}`"
        )


@dataclass(frozen=True, slots=True)
class Plan:
    """What applying a manifest would do, made against one revision of the catalog.

    `problems` are conflicts with the catalog that the file alone does not show; a plan that has any
    cannot be applied. `prune_refusal` says why a prune is refused, "" when it is not.
    `unlisted` are the records that only the catalog has; with `prune` they are among the entries.
    `brings_text` is true when the text is not that of the current document and will be; a flat list
    does not replace a manifest, which says more.
    """

    manifest: Manifest
    base_revision: int
    entries: tuple[Entry, ...]
    unlisted: tuple[tuple[str, Key], ...]
    suggestions: tuple[RenameSuggestion, ...]
    warnings: tuple[Problem, ...]
    problems: tuple[Problem, ...]
    prune: bool
    prune_refusal: str
    replaces_text: bool
    brings_text: bool

    @property
    def is_empty(self) -> bool:
        """Whether applying the plan would write nothing at all."""
        return not self.entries and not self.brings_text

    @property
    def counts(self) -> dict[str, int]:
        """How many entries there are of each action."""
        return count_actions(self.entries)


def text_hash(text: str) -> str:
    """Give the SHA-256 under which a manifest's text is known."""
    return sha256(text.encode()).hexdigest()


def make_plan(manifest: Manifest, catalog: Catalog, *, prune: bool = False) -> Plan:
    """Compare a manifest with the catalog.

    1. Rename what `renamed_from` names, where the catalog still has the old name only.
    2. Lay the file over the catalog (see `Merge`).
    3. List the differences, and what is wrong with the result.
    """
    renames, complaints = _accepted_renames(manifest, catalog)
    base = rename_records(catalog.state, renames)
    merge = Merge(manifest, catalog, renames)
    after = merge.result(base, prune=prune)
    unlisted = merge.unlisted(base)
    suggestions = _suggested_renames(manifest, base, catalog.archive)
    entries = diff_states(catalog.state, after, renames=renames, archive=catalog.archive)
    faults = [_located(manifest, fault, suggestions) for fault in find_faults(after)]
    replaces_text = (
        manifest.format != "flat" or catalog.document_is_flat or not catalog.document_sha256
    )
    return Plan(
        manifest=manifest,
        base_revision=catalog.revision,
        entries=tuple(entries),
        unlisted=tuple(unlisted),
        suggestions=suggestions,
        warnings=(*manifest.warnings, *_overwritten_edits(manifest, catalog, entries)),
        problems=(*complaints, *faults),
        prune=prune,
        prune_refusal=_prune_refusal(manifest, base, after) if prune else "",
        replaces_text=replaces_text,
        brings_text=replaces_text and text_hash(manifest.text) != catalog.document_sha256,
    )


def _accepted_renames(manifest: Manifest, catalog: Catalog) -> tuple[Renames, list[Problem]]:
    """Choose the renames that are still to be done; a name that is taken can be one that moves on.

    Two names that swap are left alone: a file that says so would swap them at every apply.
    """
    accepted: dict[tuple[str, str], str] = {}
    freed: set[tuple[str, str]] = set()
    found = True
    while found:
        found = False
        for (kind, new), old in manifest.renamed_from.items():
            names = catalog.state[kind]
            is_free = (new,) not in names or (kind, new) in freed
            if (old,) in names and is_free and not {(kind, old)} & freed:
                accepted[kind, new] = old
                freed.add((kind, old))
                found = True
    problems = [
        _problem(
            manifest,
            kind,
            (new,),
            "",
            f"{old} cannot be renamed: an archived {kind} is called {new}; restore or rename that one",
        )
        for (kind, new), old in accepted.items()
        if (new,) in catalog.archive[kind]
    ]
    return accepted, problems


def _suggested_renames(
    manifest: Manifest, base: State, archive: State
) -> tuple[RenameSuggestion, ...]:
    services = manifest.state["service"]
    gone = {
        identity: str(key[0])
        for key, fields in base["service"].items()
        if key not in services and (identity := _identity(base, key, fields["repo"]))
    }
    return tuple(
        RenameSuggestion("service", gone[identity], str(key[0]))
        for key, fields in services.items()
        if key not in base["service"]
        and key not in archive["service"]
        and (identity := _identity(manifest.state, key, fields["repo"])) in gone
        and identity is not None
    )


def _identity(state: State, service: Key, repo: str) -> tuple[str, str] | None:
    domain = state["domain"].get((*service, "prod", 0))
    return (repo, domain["hostname"]) if repo and domain else None


def _overwritten_edits(
    manifest: Manifest, catalog: Catalog, entries: list[Entry]
) -> Iterator[Problem]:
    """Warn of every value that somebody gave by hand and that the file takes back."""
    if not catalog.edits:
        return
    for entry in entries:
        for name in entry.fields if entry.action == "change" else ():
            field = name.partition(".")[0]
            edits = catalog.edits
            edit = edits.get((entry.kind, entry.key, name)) or edits.get(
                (entry.kind, entry.key, field)
            )
            if edit:
                yield _problem(
                    manifest, entry.kind, entry.key, field, f"{name} overwrites an {edit}"
                )


def _prune_refusal(manifest: Manifest, base: State, after: State) -> str:
    total = sum(len(records) for kind, records in base.items() if kind != "workspace")
    gone = sum(len(records.keys() - after[kind].keys()) for kind, records in base.items())
    if gone and not manifest.state["service"]:
        return "the file has no services"
    if gone > PRUNE_ALWAYS_ALLOWED and gone > PRUNE_LIMIT * total:
        return f"it would take away {gone:,} of {total:,} records, more than {PRUNE_LIMIT:.0%}"
    return ""


def _located(
    manifest: Manifest, fault: Fault, suggestions: tuple[RenameSuggestion, ...]
) -> Problem:
    message = fault.message
    names = {str(fault.key[0]), str(fault.rival[1][0]) if fault.rival else ""}
    for suggestion in suggestions:
        if fault.field == "hostname" and names == {suggestion.old, suggestion.new}:
            message += f"; {suggestion}"
    if fault.rival and fault.key not in manifest.state[fault.kind]:
        message += "; the catalog has it, the file does not"
    return _problem(manifest, fault.kind, fault.key, fault.field, message)


def _problem(manifest: Manifest, kind: str, key: Key, field: str, message: str) -> Problem:
    """Locate a message at the line of the field, else of the record, else at the top of the file."""
    fields: Mapping[str, int] = manifest.lines.get(kind, {}).get(key, {})
    line = fields.get(field) or min(fields.values(), default=1)
    path = f"{kind.replace('_', ' ')} {'/'.join(map(str, key))}"
    return Problem(manifest.file_name, line, 1, path, message)
