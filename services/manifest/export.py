"""The catalog as a manifest: the imported text where nothing changed, patched where something did."""

import zlib
from dataclasses import dataclass

from services.catalog.models import ManifestDocument
from services.catalog.state import load_state
from services.manifest.patched import written_as

DEFAULT_FILE_NAME = "manifest.yml"


@dataclass(frozen=True, slots=True)
class Export:
    """A manifest to write to a file; `text` is exact, with the line ends that it was imported with."""

    file_name: str
    text: str


def export_manifest() -> Export:
    """Write the whole catalog as a manifest; importing it again changes nothing.

    Reads the catalog (one query a kind) and parses the current document: about a second for a
    catalog of 30,000 variables.
    """
    document = ManifestDocument.objects.filter(is_current=True).first()
    if document is None:
        file_name, text = DEFAULT_FILE_NAME, ""
    else:
        file_name = document.file_name
        text = zlib.decompress(document.compressed_text).decode()
    return Export(*written_as(file_name, text, load_state()))
