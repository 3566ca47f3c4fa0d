"""Keeps the texts of applied manifests, byte for byte, and what each of them states."""

import zlib
from collections import defaultdict
from typing import Any

from services.catalog.models import ChangeSet, ManifestDocument, StatedFields
from services.catalog.records import subject_of
from services.manifest.merge import Stated
from services.manifest.plan import text_hash
from services.manifest.reader import Manifest


def current_document() -> ManifestDocument | None:
    """Give the document that export patches, with its change set."""
    return ManifestDocument.objects.filter(is_current=True).select_related("change_set").first()


def document_text(document: ManifestDocument) -> str:
    """Give the text as it was applied."""
    return zlib.decompress(document.compressed_text).decode()


def is_flat(document: ManifestDocument) -> bool:
    """Say whether the document is a flat JSON list of services, from its first characters."""
    start = zlib.decompressobj().decompress(document.compressed_text, 1_000)
    return start.decode(errors="replace").lstrip("\ufeff \t\r\n").startswith("[")


def stated_by(document: ManifestDocument | None) -> Stated:
    """Give the fields that the document states, by record kind and joined key. One query."""
    stated: dict[str, dict[str, dict[str, int]]] = defaultdict(dict)
    if document is not None:
        for lines in document.stated_fields.values_list("lines", flat=True):
            for kind, records in lines.items():
                stated[kind].update(records)
    return stated


def store_document(change_set: ChangeSet, manifest: Manifest) -> ManifestDocument:
    """Keep the manifest's text under the change set that applied it, as the current document."""
    ManifestDocument.objects.filter(is_current=True).update(is_current=False)
    document = ManifestDocument.objects.create(
        change_set=change_set,
        file_name=manifest.file_name,
        sha256=text_hash(manifest.text),
        compressed_text=zlib.compress(manifest.text.encode()),
        is_current=True,
    )
    by_subject: dict[tuple[str, str], dict[str, dict[str, Any]]] = defaultdict(dict)
    for kind, records in manifest.lines.items():
        for key, fields in records.items():
            subject = by_subject[subject_of(kind, key)]
            subject.setdefault(kind, {})["/".join(map(str, key))] = fields
    StatedFields.objects.bulk_create(
        StatedFields(document=document, subject_kind=kind, subject_name=name, lines=lines)
        for (kind, name), lines in by_subject.items()
    )
    return document


def make_current(document_id: int | None, *, instead_of: int | None) -> None:
    """Make one document, or none, the current one, provided that `instead_of` is current now."""
    if instead_of is not None:
        given_up = ManifestDocument.objects.filter(pk=instead_of, is_current=True)
        if not given_up.update(is_current=False):
            return
    elif ManifestDocument.objects.filter(is_current=True).exists():
        return
    if document_id is not None:
        ManifestDocument.objects.filter(pk=document_id).update(is_current=True)


def documents_around(change_set: ChangeSet) -> tuple[int | None, int | None]:
    """Tell which document was current before a change set, and which after it.

    Replays the history, since a revert of a revert brings a document back: a change set that came
    with a document made that current; one that reverts another takes back what that one did to the
    current document, where that still stood. Two queries.
    """
    brought = dict(ManifestDocument.objects.values_list("change_set__revision", "pk"))
    before: dict[int, int | None] = {}
    after: dict[int, int | None] = {}
    current: int | None = None
    rows = ChangeSet.objects.filter(revision__lte=change_set.revision).order_by("revision")
    for revision, reverted in rows.values_list("revision", "reverts__revision"):
        before[revision] = current
        if revision in brought:
            current = brought[revision]
        elif reverted is not None and current == after[reverted]:
            current = before[reverted]
        after[revision] = current
    return before[change_set.revision], after[change_set.revision]
