"""The `prism` command: read the words, start what the command needs, print its answer."""

import io
import json
import os
import shutil
import sys
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import django
from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line
from django.db.utils import DatabaseError

from prism.catalog_check import is_of_settings
from prism.command_line import DJANGO_COMMANDS, Command, Needs, parser
from prism.core.answer import ERROR, OK, Answer, CommandFailed
from prism.core.terminal import Terminal
from services.manifest.files import read_file

INTERRUPTED = 130  # what a shell reports for a program that Ctrl-C ended


def main() -> int:
    """Run one command and give its exit status."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "prism.settings")
    if sys.stdout is None:  # started with standard output closed
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115
    if isinstance(sys.stdout, io.TextIOWrapper):
        # manifests and JSON are UTF-8 wherever they go, with the line ends that they have
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace", newline="")
    try:
        status = run(sys.argv[1:])
        sys.stdout.flush()
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # the reader, such as `head`, has seen enough; Python must not complain at exit either
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    return status


def run(words: list[str]) -> int:
    """Run the command that the words name: print its answer, give its exit status."""
    if words and (words[0] in DJANGO_COMMANDS or is_of_settings(words)):
        return _run_django(words)
    as_json = "--json" in words
    try:
        arguments = parser().parse_args(words)
        answer = _answer(arguments.command, arguments)
    except CommandFailed as error:
        sys.stderr.write(f"prism: {error}\n")
        if as_json:
            _print_json(error.document)
        return ERROR
    if as_json:
        _print_json(answer.document)
    elif answer.text:
        sys.stdout.write(answer.text if answer.is_exact else answer.text + "\n")
    return answer.exit_status


def _answer(command: Command, arguments: Namespace) -> Answer:
    """Start no more than the command needs: without settings it works in an empty folder."""
    terminal = _terminal()
    if command.needs is Needs.NOTHING:
        return _function(command)(arguments, terminal)
    if command.needs is Needs.STATE and arguments.manifest:
        manifest = read_file(arguments.manifest)
        arguments.lines = manifest.lines
        return _function(command)(arguments, terminal, manifest.state)
    with _expected_failures():
        django.setup()
        if command.needs is Needs.SETTINGS:
            return _function(command)(arguments, terminal)
        import_module("prism.database").ensure_tables()
        if command.needs is Needs.STATE:
            state = import_module("services.catalog.state").load_state()
            return _function(command)(arguments, terminal, state)
        return _function(command)(arguments, terminal)


def _function(command: Command) -> Callable[..., Answer]:
    """Import the command's function: only now, because models cannot be imported before settings."""
    module, _, name = command.run.partition(":")
    function: Callable[..., Answer] = getattr(import_module(module), name)
    return function


def _run_django(words: list[str]) -> int:
    """Hand the words to Django; `prism manage X` is its command X."""
    words = words[1:] if words[0] == "manage" else words
    try:
        with _expected_failures():
            execute_from_command_line(["prism", *words])
    except CommandFailed as error:
        sys.stderr.write(f"prism: {error}\n")
        return ERROR
    return OK


@contextmanager
def _expected_failures() -> Iterator[None]:
    """Turn what a wrong setting or an absent database raises into a message without a traceback."""
    try:
        yield
    except ImproperlyConfigured as error:
        raise CommandFailed(f"a setting is wrong: {error}") from error
    except DatabaseError as error:
        reason = str(error).strip().splitlines()[0]
        raise CommandFailed(f"the database failed: {reason}. Try `prism doctor`.") from error
    except PermissionError as error:
        raise CommandFailed(
            f"no permission for {error.filename}: give it to this user, or set PRISM_VAR_DIR"
        ) from error


def _terminal() -> Terminal:
    """See what standard output is; `NO_COLOR` is honoured (no-color.org)."""
    if not sys.stdout.isatty():
        return Terminal()
    colour = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return Terminal(colour, shutil.get_terminal_size().columns)


def _print_json(document: Any) -> None:
    json.dump(document, sys.stdout, indent=2, ensure_ascii=False)
    sys.stdout.write("\n")
