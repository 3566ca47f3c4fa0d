"""How the tests of the reader speak: read a text, or give the problems that it has."""

from textwrap import dedent

from services.manifest.reader import Manifest, ManifestInvalid, read_manifest


def read(text: str | bytes) -> Manifest:
    """Read an indented text as `m.yml`."""
    return read_manifest(dedent(text) if isinstance(text, str) else text, file_name="m.yml")


def problems(text: str | bytes) -> list[str]:
    """Give the problems of a text as they are shown; none when it is a manifest."""
    try:
        read(text)
    except ManifestInvalid as error:
        return [str(problem) for problem in error.problems]
    return []


def service(lines: str) -> str:
    """Put the lines of one service, `s`, into a manifest; they start on line 5, column 9."""
    body = "".join(f"        {line}\n" for line in dedent(lines).strip().splitlines())
    return "projects:\n  p:\n    services:\n      s:\n" + body
