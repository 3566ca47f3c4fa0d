"""What the catalog becomes when one change set is taken back, and what stands in the way. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from services.catalog.changes import (
    MASK,
    SUBJECT_KINDS,
    Entry,
    diff_states,
    invert,
    is_same,
    rename_records,
    value_of,
    with_changes,
)
from services.catalog.integrity import find_faults
from services.catalog.records import KINDS, Fields, Key, State, empty_state, subject_of

Later = Mapping[int, Sequence[Entry]]  # by revision: the change sets since, that still stand


@dataclass(frozen=True, slots=True)
class Conflict:
    """One thing that is no longer as the change set left it; `field` is "" for the whole record.

    `revisions` are the later change sets that touched it.
    """

    kind: str
    key: Key
    field: str
    reason: str
    revisions: tuple[int, ...]

    def __str__(self) -> str:
        name = "/".join(map(str, self.key))
        subject = " ".join(filter(None, [self.kind.replace("_", " "), name, self.field]))
        later = ", ".join(f"#{revision}" for revision in self.revisions)
        return f"{subject} {self.reason}" + (f" (change set {later})" if later else "")


@dataclass(slots=True)
class Undo:
    """The entries that take a change set back, the conflicts, and the fields that stay lost."""

    entries: list[Entry] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)


def undo(state: State, archive: State, entries: Sequence[Entry], later: Later) -> Undo:
    """Take the entries of a change set back, the last first.

    Every record must be as the change set left it, and nothing may refer to what would vanish.
    What a variable held before it became a secret cannot come back; it is listed as lost.
    """
    work = _Undoing(state, archive, later)
    for entry in reversed(entries):
        work.take_back(entry)
    work.finish(state)
    return work.result


class _Undoing:
    """The catalog while entries are taken back one by one, under the names that it has now."""

    def __init__(self, state: State, archive: State, later: Later) -> None:
        self.result = Undo()
        self._target: State = {kind: dict(records) for kind, records in state.items()}
        self._archive = archive
        self._records = _by_subject(state)  # may name some that are gone
        self._archived_records = _by_subject(archive)
        self._renames: dict[tuple[str, str], str] = {}
        self._parting = empty_state()
        self._into_archive: list[Entry] = []
        self._record_revisions: dict[tuple[str, Key, str], list[int]] = defaultdict(list)
        self._subject_revisions: dict[tuple[str, str], list[int]] = defaultdict(list)
        self._learn(later)

    def take_back(self, entry: Entry) -> None:
        """Take one entry back, or note why that is impossible."""
        inverse = invert(entry)
        match inverse.action:
            case "rename":
                self._rename(inverse, entry.key)
            case "restore":
                self._restore(inverse)
            case "create":
                self._create(inverse)
            case "change":
                self._change(inverse)
            case "remove":
                self._remove(inverse)
            case "archive":
                self._archive_again(inverse, keeps_changes=entry.action == "create")

    def finish(self, state: State) -> None:
        """Rename what is to be renamed, check the result, and list the entries."""
        for (kind, old), new in self._renames.items():
            moves_on = old in {now for (k, _), now in self._renames.items() if k == kind}
            if ((old,) in self._target[kind] and not moves_on) or (old,) in self._archive[kind]:
                self._conflict(kind, (new,), "name", f"cannot be called {old}, which is taken")
        if self.result.conflicts:
            return
        target = rename_records(self._target, self._renames)
        known = {(fault.kind, fault.key, fault.field) for fault in find_faults(state)}
        for fault in find_faults(target):
            if (fault.kind, fault.key, fault.field) not in known:
                reason = f"would be at fault: {fault.message}"
                self._conflict(fault.kind, fault.key, fault.field, reason)
        if not self.result.conflicts:
            parting = rename_records(self._with_parting(), self._renames)
            entries = diff_states(state, parting, renames=self._renames, archive=self._archive)
            archived = diff_states(parting, target)
            self.result.entries = entries + archived + self._into_archive

    def _change(self, inverse: Entry) -> None:
        fields = self._target[inverse.kind].get(inverse.key)
        if fields is None:
            self._conflict(inverse.kind, inverse.key, "", "is gone")
            return
        for name, (expected, old) in inverse.fields.items():
            if not is_same(value_of(fields, name), expected):
                self._conflict(inverse.kind, inverse.key, name, "was changed since")
            if old == MASK:
                self.result.lost.append(f"{inverse.name} {name}")
        kept = {name: pair for name, pair in inverse.fields.items() if pair[1] != MASK}
        self._target[inverse.kind][inverse.key] = with_changes(fields, kept)

    def _create(self, inverse: Entry) -> None:
        kind, key = inverse.kind, inverse.key
        owner = subject_of(kind, key)
        if key in self._target[kind]:
            self._conflict(kind, key, "", "is there again")
        elif owner[0] not in SUBJECT_KINDS or (owner[1],) in self._target[owner[0]]:
            blank = KINDS[kind].blank()
            self._put(kind, key, with_changes(blank, inverse.fields))
        elif self._subject_revisions[owner]:
            self._conflict(kind, key, "", f"cannot come back: {owner[0]} {owner[1]} is archived")
        else:
            # it went with its environment while its service was archived already
            self._into_archive.append(inverse)

    def _restore(self, inverse: Entry) -> None:
        kind, key = inverse.kind, inverse.key
        if key in self._target[kind] or key not in self._archive[kind]:
            self._conflict(kind, key, "", "is not archived any more")
        elif self._subject_revisions[inverse.subject]:
            self._conflict(kind, key, "", "was touched since it was archived")
        else:
            for owned_kind, owned_key in self._archived_records[inverse.subject]:
                self._put(owned_kind, owned_key, self._archive[owned_kind][owned_key])

    def _remove(self, inverse: Entry) -> None:
        kind, key = inverse.kind, inverse.key
        fields = self._target[kind].get(key)
        if fields is None:
            # what was put into an archived service goes with its environment
            if key not in self._archive[kind]:
                self._conflict(kind, key, "", "is gone")
            elif self._subject_revisions[inverse.subject]:
                self._conflict(kind, key, "", "is archived")
            return
        created = {name: (None, value) for name, (value, _) in inverse.fields.items()}
        for name, value in with_changes(KINDS[kind].blank(), created).items():
            if not is_same(fields[name], value):
                self._conflict(kind, key, name, "was changed since")
        del self._target[kind][key]

    def _archive_again(self, inverse: Entry, *, keeps_changes: bool) -> None:
        """Archive what was created or restored.

        What was restored goes back as it was in the archive; what was created, as it is.
        """
        kind, key = inverse.kind, inverse.key
        if key not in self._target[kind]:
            self._conflict(kind, key, "", "is gone")
            return
        if self._subject_revisions[inverse.subject]:
            self._conflict(kind, key, "", "was changed since")
        for owned_kind, owned_key in self._records.pop(inverse.subject):
            fields = self._target[owned_kind].pop(owned_key, None)
            if fields is not None and not keeps_changes:
                self._parting[owned_kind][owned_key] = fields

    def _put(self, kind: str, key: Key, fields: Fields) -> None:
        self._target[kind][key] = fields
        self._records[subject_of(kind, key)].append((kind, key))

    def _with_parting(self) -> State:
        """Give the target with what goes back into the archive, as it goes there."""
        result = {
            kind: {**records, **self._parting[kind]} for kind, records in self._target.items()
        }
        for key in list(self._parting["domain"]):
            if (key[1],) not in result["environment"]:
                del result["domain"][key]
        return result

    def _rename(self, inverse: Entry, now: Key) -> None:
        if now not in self._target[inverse.kind]:
            self._conflict(inverse.kind, now, "name", "is gone")
        self._renames[inverse.kind, str(inverse.key[0])] = str(now[0])

    def _conflict(self, kind: str, key: Key, name: str, reason: str) -> None:
        revisions = (
            self._record_revisions.get((kind, key, name))
            or self._record_revisions.get((kind, key, ""))
            or self._subject_revisions.get(subject_of(kind, key))
            or ()
        )
        unique = tuple(sorted(set(revisions)))
        self.result.conflicts.append(Conflict(kind, key, name, reason, unique))

    def _learn(self, later: Later) -> None:
        for revision, entries in later.items():
            for entry in entries:
                self._subject_revisions[entry.subject].append(revision)
                self._record_revisions[entry.kind, entry.key, ""].append(revision)
                for name in entry.fields:
                    self._record_revisions[entry.kind, entry.key, name].append(revision)
                if entry.action == "rename":
                    old_name = str(entry.fields["name"][0])
                    self._subject_revisions[entry.kind, old_name].append(revision)


def _by_subject(state: State) -> dict[tuple[str, str], list[tuple[str, Key]]]:
    records: dict[tuple[str, str], list[tuple[str, Key]]] = defaultdict(list)
    for kind, by_key in state.items():
        for key in by_key:
            records[subject_of(kind, key)].append((kind, key))
    return records


def standing(later: Iterable[tuple[int, int | None]]) -> set[int]:
    """Choose, of (revision, revision it reverts), those that are neither reverted nor such a revert.

    A revert of something older than all of these stands by itself.
    """
    pairs = dict(later)
    stand = set(pairs)
    for revision in sorted(pairs, reverse=True):
        reverted = pairs[revision]
        if revision in stand and reverted in stand:
            stand -= {revision, reverted}
    return stand
