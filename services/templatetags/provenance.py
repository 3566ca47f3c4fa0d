"""Says on a page of the catalog where a value came from: the catalog itself knows no manifest."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from services.catalog.records import KINDS
from services.manifest.provenance import NOT_STATED, Origin, Provenance, provenance_of

register = template.Library()


@register.simple_tag
def provenance(kind: str, name: str) -> Provenance:
    """Load where the values of a project, a service or the workspace came from. Three queries."""
    return provenance_of(kind, name)


@register.simple_tag
def origin_of_field(origins: Provenance | str, kind: str, key: str, field: str) -> Origin:
    """Tell where one field came from; a page without provenance gives the default."""
    return origins.of(kind, key, field) if isinstance(origins, Provenance) else NOT_STATED


@register.simple_tag
def origin_beside(origins: Provenance | str, kind: str, key: str, field: str) -> SafeString | str:
    """Say in full where the value of a form's field came from, `default` included.

    Nothing beside a part of the record's own name, which comes with the record, or on a new record.
    """
    if not isinstance(origins, Provenance) or not key or field in KINDS[kind].key:
        return ""
    origin = origins.of(kind, key, field)
    return format_html('<span class="origin {}">{}</span>', origin.source, origin.label)


@register.simple_tag
def origin_of_record(origins: Provenance | str, record: tuple[str, str]) -> Origin:
    """Tell where a whole record came from."""
    return origins.of_record(*record) if isinstance(origins, Provenance) else NOT_STATED


@register.simple_tag
def origin_mark(
    origins: Provenance | str, kind: str, *key: object, field: str = ""
) -> SafeString | str:
    """Show where a record came from, by the parts of its key; nothing when nobody stated it.

    A manifest's line is that of the field, when it is stated: it is nearer to the record than the
    line of a heading that many records stand under.
    """
    joined = "/".join(map(str, key))
    origin = origin_of_record(origins, (kind, joined))
    stated = origin_of_field(origins, kind, joined, field)
    return _mark(stated if (origin.source, stated.source) == ("manifest", "manifest") else origin)


@register.simple_tag
def field_mark(origins: Provenance | str, kind: str, key: str, field: str) -> SafeString | str:
    """Show where one field came from; nothing when nobody stated it."""
    return _mark(origin_of_field(origins, kind, key, field))


def _mark(origin: Origin) -> SafeString | str:
    """Show the line of a manifest with its file as a tooltip, or who edited the value and when."""
    if origin.source == "default":
        return ""
    file_name, _, line = origin.label.rpartition(":")
    words = f"line {line}" if origin.source == "manifest" and file_name else origin.label
    html = '<span class="origin {}" title="{}">{}</span>'
    return format_html(html, origin.source, origin.label, words)
