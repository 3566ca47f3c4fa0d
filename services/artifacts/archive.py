"""Files as one zip, the same bytes whenever it is made. Pure."""

import io
import zipfile
from collections.abc import Iterable

from services.artifacts.artifact import Artifact

_EARLIEST = (
    1980,
    1,
    1,
    0,
    0,
    0,
)  # a zip has no earlier time, and the real one would change the bytes
_READABLE = 0o644 << 16


def zip_of(artifacts: Iterable[Artifact]) -> bytes:
    """Pack the texts below their paths."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for artifact in sorted(artifacts, key=lambda one: one.path):
            entry = zipfile.ZipInfo(artifact.path, _EARLIEST)
            entry.external_attr = _READABLE
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, artifact.text.encode())
    return packed.getvalue()
