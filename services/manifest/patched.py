"""Making a manifest's text say what a catalog says. Pure.

1. A text that already says it is left alone, byte for byte.
2. A project or service that was renamed keeps its place: its key is replaced first.
3. Everything else that differs is patched where it stands.
4. The result is read again. Where it does not say exactly what the catalog says (a shape that the
   patcher does not know), the manifest is written anew: correct always, pretty nearly always.
"""

import json
from pathlib import PurePath
from typing import Any

from services.catalog.changes import is_same
from services.catalog.records import KINDS, State
from services.manifest.layout import PROJECT_PLACES, ROOT
from services.manifest.patch import Patch, PatchConflict
from services.manifest.problems import ManifestInvalid
from services.manifest.reader import Manifest, read_manifest
from services.manifest.reconcile import Reconciler
from services.manifest.render import Rendering, Statement, filled_in
from services.manifest.tree import Entry, Mapping
from services.manifest.yaml_text import block_lines

FLAT_KEYS = ("id", "name", "repo", "kind", "railwayProject", "railwayService", "domain")


def written_as(file_name: str, text: str, state: State) -> tuple[str, str]:
    """Give the file name and text of a manifest that says what the state says.

    `text` is the current document, or empty where there is none. The name changes only when a list
    in JSON cannot hold the catalog and a full manifest is written instead.
    """
    if text:
        manifest = read_manifest(text, file_name=file_name)
        if says(manifest.state, state):
            return file_name, text
        attempt = (
            _flat_text(manifest, state) if manifest.format == "flat" else _patched(manifest, state)
        )
        if attempt is not None and _reads_as(attempt, file_name, state):
            return file_name, attempt
        if text.lstrip("\ufeff \t\r\n")[:1] in ("{", "["):
            file_name = str(PurePath(file_name).with_suffix(".yml"))
    return file_name, written_anew(state)


def written_anew(state: State) -> str:
    """Write a whole manifest in the order of the layout; an empty one says that it has no projects."""
    document = Rendering(state).document() or {PROJECT_PLACES[0].key: {}}
    return "\n".join([*block_lines(document, 0), ""])


def says(one: State, other: State) -> bool:
    """Compare two catalogs; a workspace of which nothing is known is a blank one."""
    return all(is_same(_records(one, kind), _records(other, kind)) for kind in KINDS)


def _records(state: State, kind: str) -> dict[Any, Any]:
    found = state.get(kind, {})
    return {(): KINDS[kind].blank()} if kind == "workspace" and not found else found


def _reads_as(text: str, file_name: str, state: State) -> bool:
    try:
        return says(read_manifest(text, file_name=file_name).state, state)
    except ManifestInvalid:
        return False


def _patched(manifest: Manifest, state: State) -> str | None:
    """Patch the text, renames first, or give None where two edits collide."""
    try:
        renamed = _with_renames(manifest, state)
        tree = renamed.tree
        if ROOT.body is None or not isinstance(tree, Mapping) or tree.flow:
            return None
        homes = _homes(tree)
        redundant = _redundant_statements(renamed, homes)
        before = Rendering(renamed.state, homes, redundant)
        after = Rendering(state, homes, redundant)
        patch = Patch(renamed.text, tree)
        Reconciler(patch, before, after).body(tree, ROOT.body, before.root(), after.root())
        return patch.result()
    except (PatchConflict, ManifestInvalid):
        return None


def _with_renames(manifest: Manifest, state: State) -> Manifest:
    """Replace the keys of projects and services that the catalog knows under a new name.

    The catalog keeps the old name as an alias; that is written at once, so that references to the
    old name still find it.
    """
    patch = Patch(manifest.text, manifest.tree)
    found = False
    for project in _project_entries(manifest.tree):
        services = _entry(project.value, "services")
        entries = services.value.entries if services and isinstance(services.value, Mapping) else []
        for kind, entry in [("project", project), *(("service", item) for item in entries)]:
            new_name = _new_name(kind, entry.key.text, manifest.state, state)
            if new_name is None or not isinstance(entry.value, Mapping):
                continue
            found = True
            patch.rename_key(entry, new_name)
            aliases, stated = state[kind][new_name,]["aliases"], _entry(entry.value, "aliases")
            if stated is not None:
                patch.set_value(entry.value, stated, aliases)
            else:
                patch.add_entry(entry.value, "aliases", aliases, None)
    if not found:
        return manifest
    return read_manifest(patch.result(), file_name=manifest.file_name)


def _new_name(kind: str, old_name: str, before: State, after: State) -> str | None:
    """Give the name of the new record that carries an old, vanished name as its alias."""
    if (old_name,) in after[kind]:
        return None
    for key, fields in after[kind].items():
        if old_name in fields["aliases"] and key not in before[kind]:
            return str(key[0])
    return None


def _homes(tree: Mapping) -> dict[str, str]:
    """Say under which key each project of the text stands."""
    return {
        project.key.text: place.key
        for place in PROJECT_PLACES
        for project in _entries_under(tree, place.key)
    }


def _redundant_statements(manifest: Manifest, homes: dict[str, str]) -> frozenset[Statement]:
    """List what the text states although leaving it out would mean the same."""
    rendering = Rendering(manifest.state, homes)
    found: set[Statement] = set()
    pending = [(ROOT, rendering.root())]
    while pending:
        place, record = pending.pop()
        stated = manifest.lines.get(place.kind, {}).get(record.key, {})
        owner = manifest.lines.get("project", {}).get((record.values.get("project", ""),), {})
        for slot in place.body.slots if place.body is not None else ():
            line = stated.get(slot.field)
            is_inherited = slot.is_inherited and line == owner.get(slot.field)
            if line is None or is_inherited:
                continue
            if is_same(record.values[slot.field], filled_in(slot, record)):
                found.add((place.kind, record.key, slot.field))
        for inner in place.body.places if place.body is not None else ():
            pending += [(inner, child) for child in rendering.records(inner, record)]
    return frozenset(found)


def _project_entries(tree: Any) -> list[Entry]:
    return [entry for place in PROJECT_PLACES for entry in _entries_under(tree, place.key)]


def _entries_under(tree: Any, key: str) -> list[Entry]:
    entry = _entry(tree, key)
    if entry is None or not isinstance(entry.value, Mapping):
        return []
    return [project for project in entry.value.entries if isinstance(project.value, Mapping)]


def _entry(node: Any, key: str) -> Entry | None:
    entries = node.entries if isinstance(node, Mapping) else []
    return next((entry for entry in entries if entry.key.text == key), None)


def _flat_text(manifest: Manifest, state: State) -> str | None:
    """Write the list of services anew in the order of the text; new services go to its end."""
    known = [name for (name,) in manifest.state["service"] if (name,) in state["service"]]
    added = [name for (name,) in state["service"] if name not in known]
    items = [_flat_item(str(name), state) for name in [*known, *added]]
    return json.dumps(items, indent=2, ensure_ascii=False) + "\n"


def _flat_item(name: str, state: State) -> dict[str, str]:
    fields = state["service"][name,]
    deployment = state["deployment"].get((name,), {})
    domain = state["domain"].get((name, "prod", 0), {})
    values = (
        name,
        fields["display_name"],
        fields["repo"],
        fields["kind"],
        fields["project"],
        fields["railway_service"],
        domain.get("hostname", ""),
    )
    item = dict(zip(FLAT_KEYS, values, strict=True))
    item["healthPath"] = deployment.get("healthcheck_path", "")
    return {key: value for key, value in item.items() if value}
