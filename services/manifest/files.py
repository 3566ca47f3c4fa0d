"""Manifests named on a command line: read from a file or standard input, refused in the user's words."""

import sys
from dataclasses import asdict
from pathlib import Path

from prism.core.answer import CommandFailed
from services.manifest.problems import ManifestInvalid
from services.manifest.reader import Manifest, read_manifest

MAX_BYTES = 8 * 1024 * 1024  # the reader refuses more; a larger file is not even read to its end
STANDARD_INPUT = "-"


def read_file(name: str) -> Manifest:
    """Read a whole manifest; raises CommandFailed with every problem."""
    try:
        return read_manifest(read_bytes(name), file_name=shown_name(name))
    except ManifestInvalid as error:
        raise refusal(error) from error


def read_bytes(name: str) -> bytes:
    """Read at most one byte more than a manifest may have; `-` is standard input."""
    if name == STANDARD_INPUT:
        return sys.stdin.buffer.read(MAX_BYTES + 1)
    try:
        with open(name, "rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise CommandFailed(f"cannot read {name}: {error.strerror}") from error


def shown_name(name: str) -> str:
    """Give the name that messages and the history use: without folders."""
    return "stdin.yml" if name == STANDARD_INPUT else Path(name).name


def refusal(error: ManifestInvalid) -> CommandFailed:
    """Say every problem of a manifest, one a line, in text and as JSON."""
    problems = error.problems
    count = "1 problem" if len(problems) == 1 else f"{len(problems):,} problems"
    lines = [f"the manifest has {count}; nothing was changed", *map(str, problems)]
    return CommandFailed(
        "\n".join(lines), errors=[asdict(problem) for problem in problems], rest={"changes": []}
    )
