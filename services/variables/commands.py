"""The command `env-check`: whether a service has what it needs in one environment, for people and CI."""

import os
import sys
from argparse import Namespace
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

from prism.core.answer import DIFFERS, OK, Answer, CommandFailed
from prism.core.terminal import Terminal, printable, table
from services.catalog import listing
from services.catalog.names import Status
from services.catalog.records import State
from services.variables.doors import NotFromRailway, from_env_file, from_process, from_railway
from services.variables.effective import Entry, environment_of
from services.variables.env_file import PORTABLE, EnvFileError, Reader
from services.variables.observing import Seeing, look_at
from services.variables.resolution import UNRESOLVED, Node, Resolution, resolve_state
from services.variables.verdicts import Cell, Circumstances, Sight, Verdict, judge

NO_KEY: Mapping[
    str, bytes
] = {}  # without a database nothing is compared, so nothing is fingerprinted
_COLOURS = {
    Verdict.DOWN: "red",
    Verdict.DEGRADED: "yellow",
    Verdict.UNKNOWN: "dim",
    Verdict.PLANNED: "blue",
    Verdict.UP: "green",
    Verdict.NONE: "dim",
}


def check_environment(arguments: Namespace, terminal: Terminal, state: State) -> Answer:
    """Answer `prism env-check SERVICE --environment E`; exit status 2 when something required is not well."""
    service = _service(state, arguments.service)
    environment = _environment(state, arguments.environment)
    entries = environment_of(state, service, environment)
    sights = _sights(arguments, state, service, environment, entries)
    resolution = resolve_state(state)
    fields = state["service"][service,]
    now = datetime.now(UTC)
    cells = [
        (
            entry,
            judge(entry, sights.get(entry.name), _about(entry, service, fields, resolution), now),
        )
        for entry in entries
    ]
    failing = sum(cell.is_missing for _, cell in cells)
    counts = Counter(cell.verdict.value for _, cell in cells)
    document = {
        "service": service,
        "environment": environment,
        "ok": not failing,
        "counts": dict(sorted(counts.items())),
        "variables": [_row(entry, cell) for entry, cell in cells],
    }
    text = _text(service, environment, cells, failing, terminal)
    return Answer(document, text, DIFFERS if failing else OK)


def _row(entry: Entry, cell: Cell) -> dict[str, Any]:
    return {
        "name": entry.name,
        "level": entry.level,
        "secret": entry.is_secret,
        "layer": entry.layer,
        "verdict": cell.verdict.value,
        "word": cell.word,
        "reason": cell.reason,
    }


def _text(
    service: str,
    environment: str,
    cells: Sequence[tuple[Entry, Cell]],
    failing: int,
    terminal: Terminal,
) -> str:
    if not cells:
        return f"{service} declares no environment variables."
    ordered = sorted(cells, key=lambda pair: list(Verdict).index(pair[1].verdict))
    rows = [(cell.word, entry.name, entry.level, cell.reason) for entry, cell in ordered]
    colours = {cell.word: _COLOURS[cell.verdict] for _, cell in reversed(ordered)}
    told = table(("NOW", "VARIABLE", "LEVEL", "WHY"), rows, terminal, colours=colours)
    verdict = f"{failing} required and not well" if failing else "everything required is there"
    return f"{told}\n\n{service} in {environment}: {verdict}"


def _about(
    entry: Entry, service: str, fields: Mapping[str, Any], resolution: Resolution
) -> Circumstances:
    own = Node(service, entry.name)
    node = Node(fields["project"], entry.name, True) if entry.layer == "project" else own
    uses = resolution.of(node, entry.text) if entry.origin in ("reference", "value") else ()
    return Circumstances(
        is_active=fields["status"] == Status.ACTIVE,
        broken=tuple(use.reason for use in uses if use.outcome in UNRESOLVED),
        ring=" -> ".join(map(str, resolution.ring_through(node))) if uses else "",
    )


def _sights(
    arguments: Namespace, state: State, service: str, environment: str, entries: Sequence[Entry]
) -> dict[str, Sight]:
    """Look at what was given; without anything given, take what the console has kept."""
    given = [arguments.file, arguments.railway, arguments.process]
    if sum(map(bool, given)) > 1:
        raise CommandFailed("give one of --file, --railway and --process")
    if not any(given):
        return _kept(arguments, service, environment, entries)
    values, door = _values(arguments, state, service, entries)
    seeings = look_at(values, entries, NO_KEY)
    if arguments.record:
        _record(arguments, service, environment, values, door)
    return _as_sights(seeings, entries, door)


def _as_sights(seeings: Sequence[Seeing], entries: Sequence[Entry], door: str) -> dict[str, Sight]:
    now = datetime.now(UTC)
    seen = {seeing.name: seeing for seeing in seeings}
    sights = {entry.name: Sight(now, door, None) for entry in entries}
    for name, seeing in seen.items():
        told = (seeing.length_class, seeing.fault, seeing.match)
        sights[name] = Sight(now, door, seeing.state, *told)
    return sights


def _values(
    arguments: Namespace, state: State, service: str, entries: Sequence[Entry]
) -> tuple[Mapping[str, str | object], str]:
    if arguments.process:
        names = [entry.name for entry in entries]
        return from_process(os.environ, names), "process environment"
    path = arguments.file or arguments.railway
    text = _read(path)
    try:
        if arguments.railway:
            fields = state["service"][service,]
            names = [service, fields["railway_service"], fields["display_name"], *fields["aliases"]]
            return from_railway(text, names), "Railway"
        readers = [Reader(arguments.reader)] if arguments.reader else PORTABLE
        return from_env_file(text, readers), ".env file"
    except (EnvFileError, NotFromRailway) as error:
        raise CommandFailed(f"{printable(path)}: {error}") from None


def _read(path: str) -> str:
    try:
        content = sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
        return content.decode("utf-8")
    except UnicodeDecodeError:
        raise CommandFailed(f"{printable(path)} is not UTF-8") from None
    except OSError as error:
        raise CommandFailed(f"{printable(path)}: {error.strerror or error}") from None


def _kept(
    arguments: Namespace, service: str, environment: str, entries: Sequence[Entry]
) -> dict[str, Sight]:
    if arguments.record:
        raise CommandFailed("--record keeps what it looked at: give --file, --railway or --process")
    if arguments.manifest:
        raise CommandFailed("with --manifest there is no database: give --file or --process")
    reading = import_module("services.variables.matrix_reading")
    look = reading.load_looks({service}, None).get((service, environment))
    if look is None:
        raise CommandFailed(
            f"nobody looked at {service} in {environment} yet: give --file .env, --process or"
            " --railway FILE"
        )
    return {entry.name: reading.sight_in(look, entry.name) for entry in entries}


def _record(
    arguments: Namespace,
    service: str,
    environment: str,
    values: Mapping[str, str | object],
    door: str,
) -> None:
    if arguments.manifest:
        raise CommandFailed("with --manifest there is no database to record in")
    import_module("services.variables.recording").record(
        service=service, environment=environment, values=values, door=door
    )


def _service(state: State, asked: str) -> str:
    try:
        return listing.find_service(state, asked)
    except listing.NothingFound as error:
        raise CommandFailed(f"{printable(error)} `prism list` shows all.") from error


def _environment(state: State, asked: str) -> str:
    known = [str(name) for (name,) in state["environment"]]
    if asked not in known:
        raise CommandFailed(
            f"there is no environment {printable(asked)}; there is {', '.join(known)}"
        )
    return asked
