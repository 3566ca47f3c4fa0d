"""Where each value of a project or service came from: a manifest line, an edit, or nobody."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from django.db.models import FilteredRelation, Q

from services.catalog.models import Change, ChangeSet, ManifestDocument

Source = Literal["manifest", "admin", "default"]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where one value came from, and the words to show for it, such as `manifest.yml:41`."""

    source: Source
    label: str


NOT_STATED = Origin("default", "default")


class Provenance:
    """The origins of one subject's values; anything that nobody stated is a default."""

    def __init__(self, origins: Mapping[tuple[str, str], Mapping[str, Origin]]) -> None:
        self._origins = origins

    def of(self, kind: str, key: str, field: str) -> Origin:
        """Give the origin of one field; `key` is the record's key joined by `/`."""
        fields = self._origins.get((kind, key), {})
        return fields.get(field) or fields.get(field.partition(".")[0], NOT_STATED)

    def of_record(self, kind: str, key: str) -> Origin:
        """Give the origin of a whole record: its latest edit, else its first manifest line."""
        origins = self._origins.get((kind, key), {}).values()
        edits = [origin for origin in origins if origin.source == "admin"]
        return next(iter([*edits, *origins]), NOT_STATED)


def provenance_of(kind: str, name: str) -> Provenance:
    """Tell where the values of a project, a service or the workspace came from. Two queries."""
    origins: dict[tuple[str, str], dict[str, Origin]] = defaultdict(dict)
    mine = Q(stated_fields__subject_kind=kind, stated_fields__subject_name=name)
    file_name, revision, stated = (
        ManifestDocument.objects.filter(is_current=True)
        .annotate(mine=FilteredRelation("stated_fields", condition=mine))
        .values_list("file_name", "change_set__revision", "mine__lines")
        .first()
    ) or ("", 0, None)
    for record_kind, records in (stated or {}).items():
        for key, fields in records.items():
            for field, line in fields.items():
                origins[record_kind, key][field] = Origin("manifest", f"{file_name}:{line}")
    for change in _edits_since(revision, kind, name):
        label = (
            f"edited by {change.change_set.actor_name} on {change.change_set.created_at:%Y-%m-%d}"
        )
        for entry in change.entries:
            key = "/".join(map(str, entry["key"]))
            for field in entry["fields"]:
                origins[entry["model"], key][field] = Origin("admin", label)
    return Provenance(origins)


def _edits_since(revision: int, kind: str, name: str) -> list[Change]:
    """Give the changes by hand that are newer than the current document's revision, oldest first."""
    changes = Change.objects.filter(
        subject_kind=kind, subject_name=name, change_set__revision__gt=revision
    )
    by_hand = changes.exclude(change_set__kind=ChangeSet.Kind.MANIFEST)
    return list(by_hand.select_related("change_set").order_by("change_set__revision"))
