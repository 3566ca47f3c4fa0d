"""The read commands of the catalog: `list`, `status`, `env`, `repo`, `open`.

They get the catalog as a state, so that they work the same from a manifest and from the database.
"""

import os
import sys
import webbrowser
from argparse import Namespace
from collections.abc import Mapping
from typing import Any

from prism.core.answer import Answer, CommandFailed
from prism.core.terminal import Terminal, printable, table
from services.catalog import listing
from services.catalog.names import Level, Status
from services.catalog.records import State

STATUS_COLOURS: Mapping[str, str] = {
    Status.ACTIVE: "green",
    Status.DEVELOPMENT: "yellow",
    Status.PLANNED: "blue",
    Status.RESEARCH: "cyan",
}
LEVEL_COLOURS: Mapping[str, str] = {
    Level.REQUIRED: "red",
    Level.IMPORTANT: "yellow",
    Level.OPTIONAL: "dim",
    Level.EXPORTED: "cyan",
}


def show_list(arguments: Namespace, terminal: Terminal, state: State) -> Answer:
    """Answer `prism list`."""
    filters = listing.Filters(arguments.status, arguments.kind, arguments.project, arguments.phase)
    rows = listing.list_services(state, filters)
    if not rows:
        return Answer({"services": []}, _no_services(state))
    text = table(
        ("NAME", "PROJECT", "KIND", "STATUS", "PHASE", "DOMAIN"),
        [
            (row["name"], row["project"], row["kind"], row["status"], row["phase"], _domain(row))
            for row in rows
        ],
        terminal,
        colours=STATUS_COLOURS,
    )
    return Answer({"services": rows}, text)


def show_status(arguments: Namespace, terminal: Terminal, state: State) -> Answer:
    """Answer `prism status`."""
    summary = listing.summarise(state)
    counts = summary["services"]
    parts = [
        terminal.paint(f"{counts[status]} {status.value}", STATUS_COLOURS[status])
        for status in Status
        if counts[status]
    ]
    services = f"{counts['total']}" + (f" ({', '.join(parts)})" if parts else "")
    lines = [
        f"Services  {services}",
        f"Projects  {summary['projects']['total']}",
        f"Phase     {printable(summary['phase'] or 'not stated')}",
        f"Strategy  {printable(summary['strategy'] or 'not stated')}",
    ]
    return Answer(summary, "\n".join(lines))


def show_variables(arguments: Namespace, terminal: Terminal, state: State) -> Answer:
    """Answer `prism env SERVICE`."""
    service = _service(state, arguments.service)
    rows = listing.list_variables(state, service)
    document = {"service": service, "variables": rows}
    if not rows:
        return Answer(document, f"{service} declares no environment variables.")
    text = table(
        ("VARIABLE", "LEVEL", "SECRET", "SOURCE", "DEFAULT", "DESCRIPTION"),
        [
            (
                row["name"],
                row["level"],
                "secret" if row["secret"] else "",
                row["source"] or (f"generate: {row['generate']}" if row["generate"] else ""),
                row["default"] or row["value"],
                row["description"],
            )
            for row in rows
        ],
        terminal,
        colours={**LEVEL_COLOURS, "secret": "red"},
    )
    return Answer(document, text)


def show_repository(arguments: Namespace, terminal: Terminal, state: State) -> Answer:
    """Answer `prism repo SERVICE`."""
    service = _service(state, arguments.service)
    try:
        url = listing.repository_url(state, service)
    except listing.NothingFound as error:
        raise CommandFailed(str(error)) from error
    branch = state["service"][service,]["branch"]
    return Answer({"service": service, "url": url, "branch": branch}, printable(url))


def open_service(arguments: Namespace, terminal: Terminal, state: State) -> Answer:
    """Answer `prism open SERVICE [ENV]`; starts a browser only where a person can see it."""
    service = _service(state, arguments.service)
    try:
        url = listing.service_url(state, service, arguments.environment)
    except listing.NothingFound as error:
        raise CommandFailed(str(error)) from error
    if not arguments.json and not arguments.print and _has_display():
        webbrowser.open(url)
    document = {"service": service, "environment": arguments.environment, "url": url}
    return Answer(document, printable(url))


def _service(state: State, asked: str) -> str:
    try:
        return listing.find_service(state, asked)
    except listing.NothingFound as error:
        raise CommandFailed(f"{printable(error)} `prism list` shows all.") from error


def _domain(row: dict[str, Any]) -> str:
    domains: dict[str, str] = row["domains"]
    return domains.get("prod") or next(iter(domains.values()), "")


def _no_services(state: State) -> str:
    if state["service"]:
        return "No service fits these filters."
    return "The catalog is empty. Fill it with `prism apply FILE`."


def _has_display() -> bool:
    graphical = (
        sys.platform == "darwin" or "DISPLAY" in os.environ or "WAYLAND_DISPLAY" in os.environ
    )
    return graphical and sys.stdout.isatty()
