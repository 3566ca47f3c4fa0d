"""How the files of a repository differ from what the catalog would write. Pure."""

import difflib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from services.artifacts.artifact import Artifact, Kind

Standing = Literal["same", "differs", "missing"]


@dataclass(frozen=True, slots=True)
class Drift:
    """How one file stands; `diff` leads from the file in the repository to what the catalog says."""

    kind: Kind
    path: str
    standing: Standing
    diff: str = ""


def find_drift(artifacts: Iterable[Artifact], read: Callable[[str], str | None]) -> list[Drift]:
    """Compare each file that was made with the one in the repository; `read` gives None for none there."""
    return [_compare(artifact, read(artifact.path)) for artifact in artifacts]


def _compare(artifact: Artifact, there: str | None) -> Drift:
    if there == artifact.text:
        return Drift(artifact.kind, artifact.path, "same")
    standing: Standing = "missing" if there is None else "differs"
    lines = difflib.unified_diff(
        (there or "").splitlines(keepends=True),
        artifact.text.splitlines(keepends=True),
        fromfile=f"{artifact.path} in the repository",
        tofile=f"{artifact.path} from the catalog",
    )
    diff = "".join(line if line.endswith("\n") else f"{line}\n\\ no line end\n" for line in lines)
    return Drift(artifact.kind, artifact.path, standing, diff)
