"""What a deployment file is, and the words that the texts of all of them share. Pure."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from prism.core.terminal import printable

Kind = Literal[
    "railway-toml", "railway-json", "railway-py", "dockerfile", "workflow", "env-example"
]

# Source: Railway, deprecation of Config as Code, 2026-08-21.
CUTOFF = date(2026, 12, 1)


class NotRenderable(Exception):
    """The catalog does not say enough for a file, or the file makes no sense; the message says why."""


@dataclass(frozen=True, slots=True)
class Artifact:
    """One file: its path from the root of the repository, and its text or the reason why there is none.

    `notes` are what its reader should know: what was guessed, and what was left out. `is_in_set` is
    false for a file that is made when it is asked for by its kind, but not written with the others.
    """

    kind: Kind
    title: str
    path: str
    text: str = ""
    reason: str = ""
    notes: tuple[str, ...] = ()
    is_in_set: bool = True

    @property
    def is_made(self) -> bool:
        """Whether there is a text."""
        return not self.reason

    @property
    def file_name(self) -> str:
        """Give the last part of its path."""
        return self.path.rpartition("/")[2]


def one_line(text: str) -> str:
    """Give a text of the catalog for a comment: one line, whatever is in it."""
    return printable(text)


def comment(*lines: str) -> str:
    """Write lines of comment, each beginning with `#`."""
    return "".join(f"# {one_line(line)}".rstrip() + "\n" for line in lines)


def banner(subject: str) -> str:
    """Say who made a file, and of what."""
    return f"Made by Prism console of what the catalog says of {subject}. Edit the catalog, not this file."
