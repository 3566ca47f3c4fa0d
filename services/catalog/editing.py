"""Records what people change by hand: the writes of one edit become one change set."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from prism.core.access import Actor
from services.catalog.changes import SUBJECT_KINDS, Entry, diff_states
from services.catalog.models import (
    ChangeSet,
    Dependency,
    Project,
    Service,
    SharedVariable,
    Variable,
    VariableOverride,
    Workspace,
)
from services.catalog.recording import audit_change_set, lock_workspace, record_change_set
from services.catalog.records import Fields, State, empty_state
from services.catalog.state import load_subject
from services.catalog.writing import rename_in_usage, start_serving, stop_serving

# What can make a secret of a variable, or give one a value.
_SAYS_SECRET = ("variable", "shared_variable", "variable_override", "service")
SUBJECT_MODELS: dict[str, type[Project] | type[Service]] = {"project": Project, "service": Service}


class ArchivedIsReadOnly(Exception):
    """An archived project or service cannot be edited; restore it first."""

    def __init__(self, kind: str, name: str) -> None:
        self.kind, self.name = kind, name
        super().__init__(f"{kind} {name} is archived: restore it before editing it")


class StillNeeded(Exception):
    """Archiving or restoring would leave services that depend on archived ones.

    `needs` holds (service, what it depends on).
    """

    def __init__(self, needs: Iterable[tuple[str, str]]) -> None:
        self.needs = tuple(needs)
        listed = ", ".join(f"{service} depends on {target}" for service, target in self.needs)
        super().__init__(f"no service may depend on an archived one: {listed}")


class SecretHasValue(Exception):
    """A variable would be a secret although an override states a value of it."""

    def __init__(self, service: str, environment: str, name: str) -> None:
        self.service, self.environment, self.name = service, environment, name
        super().__init__(
            f"{name} is a secret, and {service} states a value of it for {environment}: remove it"
        )


class Edit:
    """One edit under way: knows what the watched subjects were, and after it, its change set."""

    def __init__(self) -> None:
        self.change_set: ChangeSet | None = None
        self._before = empty_state()
        self._watched: dict[tuple[str, str], int | None] = {}

    def watch(self, kind: str, name: str) -> None:
        """Remember a project, a service or the workspace ("workspace", "") as it is now.

        Call it before the first write, for a subject that is still to be created as well.
        """
        if (kind, name) in self._watched:
            return
        pk = None
        if kind in SUBJECT_KINDS:
            row = (
                SUBJECT_MODELS[kind]
                .objects.filter(name=name)
                .values_list("pk", "archived_at")
                .first()
            )
            pk, archived_at = row or (None, None)
            if archived_at is not None:
                raise ArchivedIsReadOnly(kind, name)
        self._watched[kind, name] = pk
        _merge(self._before, load_subject(kind, name))

    def entries(self) -> list[Entry]:
        """Compare the watched subjects with what they are now, by identity where renamed.

        Lets the lists of users of other services follow a renamed service.
        """
        after, renames = empty_state(), self._renames()
        if moved := {old: new for (kind, new), old in renames.items() if kind == "service"}:
            rename_in_usage(moved)
        names = {(kind, old): new for (kind, new), old in renames.items()}
        for kind, name in self._watched:
            _merge(after, load_subject(kind, names.get((kind, name), name)))
        return diff_states(self._before, after, renames=renames)

    def _renames(self) -> dict[tuple[str, str], str]:
        renames = {}
        for (kind, name), pk in self._watched.items():
            if pk is not None:
                new_name = SUBJECT_MODELS[kind].objects.values_list("name", flat=True).get(pk=pk)
                if new_name != name:
                    renames[kind, new_name] = name
        return renames


@contextmanager
def record_edit(*, actor: Actor, now: datetime, message: str = "") -> Iterator[Edit]:
    """Turn the writes in this block into one change set; none when nothing differs after it.

    The block is a transaction that holds the workspace's lock. Raises HostnameTaken when an active
    service would get another's host name, StillNeeded when one would depend on an archived one,
    SecretHasValue, and ArchivedIsReadOnly; nothing is written then.
    """
    with transaction.atomic():
        workspace = lock_workspace()
        edit = Edit()
        yield edit
        entries = edit.entries()
        if entries:
            services = {entry.subject[1] for entry in entries if entry.subject[0] == "service"}
            stop_serving(services)
            start_serving()
            refuse_dangling(restored=sorted(services))
            if any(entry.kind in _SAYS_SECRET for entry in entries):
                refuse_spelled_secrets()
            edit.change_set = record_by_hand(
                workspace, entries, actor=actor, message=message, now=now
            )


def record_by_hand(
    workspace: Workspace, entries: Sequence[Entry], *, actor: Actor, message: str, now: datetime
) -> ChangeSet:
    """Store entries that were written already as a change set of the person's, and audit it."""
    change_set = record_change_set(
        workspace=workspace,
        kind=ChangeSet.Kind.ADMIN,
        entries=entries,
        actor=actor,
        actor_name=_name_of(actor),
        message=message,
        now=now,
    )
    audit_change_set(change_set, actor=actor)
    return change_set


def refuse_dangling(*, archived: Sequence[str] = (), restored: Sequence[str] = ()) -> None:
    """Raise StillNeeded for a current service outside `archived` that depends on what is archived."""
    current = Dependency.objects.filter(service__archived_at__isnull=True)
    if archived:
        dangling = current.filter(target__name__in=archived).exclude(service__name__in=archived)
    else:
        dangling = current.filter(service__name__in=restored, target__archived_at__isnull=False)
    pairs = dangling.order_by("service__name", "target__name").distinct()
    if needs := list(pairs.values_list("service__name", "target__name")):
        raise StillNeeded(needs)


def refuse_spelled_secrets() -> None:
    """Raise SecretHasValue for an override that states a value of a secret. One query."""
    mine = {"name": OuterRef("name"), "secret": True}
    own = Variable.objects.filter(service=OuterRef("service"), **mine)
    shared = SharedVariable.objects.filter(project=OuterRef("service__project"), **mine)
    spelled = VariableOverride.objects.exclude(value="", default="").filter(
        Q(Exists(own)) | Q(Exists(shared))
    )
    first = spelled.values_list("service__name", "environment", "name").order_by("pk").first()
    if first is not None:
        raise SecretHasValue(*first)


def _name_of(actor: Actor) -> str:
    if isinstance(actor, User):
        return actor.get_username()
    return "system" if actor is None else str(getattr(actor, "name", actor))


def _merge(into: State, state: State) -> None:
    for kind, records in state.items():
        target: dict[Any, Fields] = into[kind]
        target.update(records)
