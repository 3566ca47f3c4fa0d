"""The word of the deployment files on the command line: `prism render`."""

from argparse import Namespace
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from prism.core.answer import DIFFERS, OK, Answer, CommandFailed
from prism.core.terminal import Terminal, printable
from services.artifacts.artifact import Artifact
from services.artifacts.blueprint import draw_blueprint
from services.artifacts.drift import Drift, find_drift
from services.artifacts.files import KINDS, LEGACY, make_file, warning
from services.catalog import listing
from services.catalog.records import State

LARGEST_FILE_BYTES = 1024 * 1024  # a deployment file has a few kilobytes
_COLOURS = {"same": "green", "differs": "yellow", "missing": "red"}


def render(arguments: Namespace, terminal: Terminal, state: State) -> Answer:
    """Answer `prism render SERVICE`: print the files, write them, or compare them with a folder."""
    try:
        service = listing.find_service(state, arguments.service)
    except listing.NothingFound as error:
        raise CommandFailed(f"{printable(error)} `prism list` shows all.") from error
    today = datetime.now(UTC).date()
    blueprint = draw_blueprint(state, service)
    kinds = [kind for kind in KINDS if not arguments.only or kind in arguments.only]
    made = [make_file(kind, blueprint, today) for kind in kinds]
    artifacts = [one for one in made if one.is_made and (arguments.only or one.is_in_set)]
    if arguments.only and (refused := next((one for one in made if not one.is_made), None)):
        raise CommandFailed(f"no {refused.title} for {service}: {printable(refused.reason)}")
    remarks = [f"no {one.title}: {printable(one.reason)}" for one in made if not one.is_made]
    if any(one.kind in LEGACY and one.is_made for one in made):
        remarks.append(f"warning: {warning(blueprint.unit, today)}")
    document: dict[str, Any] = {"service": service, "files": [asdict(one) for one in made]}
    if arguments.check:
        return _check(artifacts, Path(arguments.check), document, remarks, terminal)
    if arguments.output:
        return _write(artifacts, Path(arguments.output), document, remarks)
    return _show(artifacts, document, remarks, is_one=len(arguments.only or ()) == 1)


def _show(
    artifacts: list[Artifact], document: dict[str, Any], remarks: list[str], *, is_one: bool
) -> Answer:
    if is_one:
        return Answer(document, artifacts[0].text, is_exact=True)
    parts = [f"==> {artifact.path} <==\n{artifact.text}" for artifact in artifacts]
    return Answer(document, "\n".join([*parts, *remarks]))


def _write(
    artifacts: list[Artifact], folder: Path, document: dict[str, Any], remarks: list[str]
) -> Answer:
    for artifact in artifacts:
        path = _inside(folder, artifact.path)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(artifact.text.encode())
        except OSError as error:
            raise CommandFailed(f"cannot write {path}: {error.strerror}") from error
    document["written"] = [artifact.path for artifact in artifacts]
    lines = [f"Wrote {folder / artifact.path}." for artifact in artifacts]
    return Answer(document, "\n".join([*lines, *remarks]))


def _check(
    artifacts: list[Artifact],
    folder: Path,
    document: dict[str, Any],
    remarks: list[str],
    terminal: Terminal,
) -> Answer:
    if not folder.is_dir():
        raise CommandFailed(f"there is no folder {folder}")
    drifts = find_drift(artifacts, _reader(folder))
    document["drift"] = [asdict(drift) for drift in drifts]
    lines = [_drift_lines(drift, terminal) for drift in drifts]
    is_same = all(drift.standing == "same" for drift in drifts)
    return Answer(document, "\n".join([*lines, *remarks]), OK if is_same else DIFFERS)


def _drift_lines(drift: Drift, terminal: Terminal) -> str:
    standing = terminal.paint(f"{drift.standing:<8}", _COLOURS[drift.standing])
    lines = [f"{standing}{drift.path}", *map(printable, drift.diff.splitlines())]
    return "\n".join(lines)


def _reader(folder: Path) -> Callable[[str], str | None]:
    """Make the reader of files below a folder; what is no text is shown as far as it is one."""

    def read(path: str) -> str | None:
        try:
            with open(_inside(folder, path), "rb") as file:
                return file.read(LARGEST_FILE_BYTES).decode(errors="backslashreplace")
        except FileNotFoundError:
            return None
        except OSError as error:
            raise CommandFailed(f"cannot read {folder / path}: {error.strerror}") from error

    return read


def _inside(folder: Path, path: str) -> Path:
    """Give a path below the folder; a symbolic link must not lead out of it."""
    whole = folder / path
    if not whole.resolve().is_relative_to(folder.resolve()):
        raise CommandFailed(f"{path} leads out of {folder}")
    return whole
