"""Make a State of the records that were found, filling in what the file leaves to its place. Pure."""

from collections.abc import Iterable
from typing import Any

from services.catalog.names import DEFAULT_ENVIRONMENTS
from services.catalog.records import DEFINITION_KINDS, KINDS, Key, State, empty_state
from services.manifest.layout import PROJECT_PLACES
from services.manifest.problems import Report, shown
from services.manifest.walker import Found

Lines = dict[str, dict[Key, dict[str, int]]]


def inherit_from_projects(found: Iterable[Found]) -> None:
    """Give services the status and phase of their project where they state none.

    Such a field counts as stated where the project states it; for a status that comes from standing
    under `planned_projects` or `experimental_projects`, where the project begins.
    """
    for record in found:
        if record.place.kind == "project":
            if record.place is not PROJECT_PLACES[0]:
                record.lines.setdefault("status", record.at.line)
        elif record.place.kind == "service" and record.owner:
            project = record.owner
            for field in ("status", "phase"):
                if field in record.lines:
                    continue
                if field in project.values:
                    record.values[field] = project.values[field]
                if field in project.lines:
                    record.lines[field] = project.lines[field]


def number_environments(found: Iterable[Found]) -> None:
    """Give listed environments their positions, after the default ones that are not listed."""
    listed = [record for record in found if record.place.kind == "environment"]
    names = {record.name for record in listed}
    first = len([name for name in DEFAULT_ENVIRONMENTS if name not in names])
    for position, record in enumerate(listed, first):
        record.values["position"] = position
        record.lines["position"] = record.at.line


def report_spelled_secrets(found: Iterable[Found], report: Report) -> None:
    """Report secret variables that come with a value: the catalog never holds one."""
    records = list(found)
    secrets = {
        (record.place.kind, record.values[KINDS[record.place.kind].key[0]], record.values["name"])
        for record in records
        if record.place.kind in DEFINITION_KINDS and record.values.get("secret")
        if "name" in record.values
    }
    for record in records if secrets else ():
        if _is_of_secret(record, secrets):
            for field in ("value", "default"):
                if record.values.get(field):
                    message = "a secret's value must not be written down; remove it"
                    report.problem(record.stated[field], f"{record.path}.{field}", message)


def _is_of_secret(record: Found, secrets: set[tuple[str, Any, Any]]) -> bool:
    if record.place.kind in DEFINITION_KINDS:
        return bool(record.values.get("secret"))
    if record.place.kind != "variable_override" or record.owner is None:
        return False
    name, project = record.values.get("name"), record.owner.values.get("project")
    own = ("variable", record.owner.name, name)
    return own in secrets or ("shared_variable", project, name) in secrets


def read_renames(found: Iterable[Found], report: Report) -> dict[tuple[str, str], str]:
    """Give the old names of renamed projects and services by kind and new name."""
    records = [record for record in found if record.place.kind in ("project", "service")]
    names = {(record.place.kind, record.name): record for record in records}
    renames: dict[tuple[str, str], str] = {}
    claimed: dict[tuple[str, str], Found] = {}
    for record in records:
        old, kind = record.values.get("renamed_from"), record.place.kind
        if not old:
            continue
        other = names.get((kind, old)) or claimed.get((kind, old))
        if other is not None:
            why = "is this name" if other is record else f"is still here, on line {other.at.line}"
            if other is claimed.get((kind, old)):
                why = f"was renamed on line {other.at.line} already"
            message = f"the {kind} {shown(old)} {why}"
            report.problem(record.stated["renamed_from"], f"{record.path}.renamed_from", message)
        claimed[(kind, old)] = record
        renames[(kind, record.name)] = old
    return renames


def assemble(found: Iterable[Found], report: Report) -> tuple[State, Lines]:
    """Build the State and the lines of what is stated; report records that are declared twice."""
    state = empty_state()
    lines: Lines = {name: {} for name in KINDS}
    seen: dict[tuple[str, Key], Found] = {}
    for record in found:
        kind = KINDS[record.place.kind]
        values = record.values
        if not all(part in values for part in kind.key):
            continue  # its name could not be read, which is a problem already
        key = tuple(values[part] for part in kind.key)
        first = seen.setdefault((kind.name, key), record)
        if first is not record:
            name = " ".join(str(part) for part in (key[1:] or key))
            noun = kind.name.replace("_", " ")
            message = f"the {noun} {shown(name)} is already declared on line {first.at.line}"
            report.problem(record.at, record.path, message)
            continue
        fields = {
            field.name: values[field.name] if field.name in values else field.empty()
            for field in kind.fields
        }
        state[kind.name][key] = fields
        if kind.name == "service":
            record.lines["project"] = record.at.line
        lines[kind.name][key] = {
            name: line for name, line in record.lines.items() if name in fields
        }
    _add_default_environments(state)
    return state, lines


def _add_default_environments(state: State) -> None:
    missing = [name for name in DEFAULT_ENVIRONMENTS if (name,) not in state["environment"]]
    for position, name in enumerate(missing):
        state["environment"][(name,)] = {"position": position}
