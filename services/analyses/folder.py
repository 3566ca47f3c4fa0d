"""Reads and writes a folder of analysis documents: which file is about which service, byte for byte."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from services.analyses.actions import Incoming
from services.analyses.addressee import Addressees, Place
from services.analyses.document import Document, read_document
from services.analyses.markdown import MAX_CHARACTERS, DocumentRefused, decode
from services.analyses.models import Analysis
from services.catalog.graph import load_graph
from services.catalog.models import Service

MAX_FILES = 5_000
MAX_BYTES = 4 * MAX_CHARACTERS  # no character of UTF-8 has more than four
# Files that folders have beside the documents: passed over unless a service is called so.
_COVERS = frozenset({"readme", "index", "template", "_template"})
FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,150}\.md")


@dataclass(frozen=True, slots=True)
class Refused:
    """A file that is not taken in, and why."""

    file_name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Folder:
    """What a folder holds: documents with their services, refused files, and files passed over."""

    incoming: tuple[Incoming, ...]
    refused: tuple[Refused, ...]
    passed_over: tuple[str, ...]


def read_folder(folder: Path) -> Folder:
    """Read every `.md` file of a folder, not of those inside it. Five queries at any size.

    Which service each is about is the business of `Addressees`. Raises OSError when the folder cannot
    be read.
    """
    kept = dict(Analysis.objects.values_list("file_name", "service__name"))
    addressees = _addressees(kept)
    owners = {name.lower(): service for name, service in kept.items()}
    incoming: dict[str, tuple[str, str]] = {}
    refused: list[Refused] = []
    passed_over: list[str] = []
    documents = {}
    for path in _files(folder):
        stem = path.name.removesuffix(".md")
        try:
            if not FILE_NAME.fullmatch(path.name):
                raise DocumentRefused("its name may have letters, digits, dot, hyphen, underscore")
            document = read_document(_text(path), name=path.name)
            known = addressees.find(path.name, document)
            if known is None:
                if stem.lower() in _COVERS:
                    passed_over.append(path.name)
                    continue
                raise DocumentRefused(_nobody(stem, document))
            if owners.get(path.name.lower(), known) != known:
                raise DocumentRefused(
                    f"the document of {owners[path.name.lower()]} has this file name"
                )
            if known in incoming:
                raise DocumentRefused(f"{incoming[known][0]} is about {known} already")
        except DocumentRefused as error:
            refused.append(Refused(path.name, str(error).removeprefix(f"{path.name} ")))
            continue
        incoming[known] = (path.name, known)
        documents[known] = document
    services = Service.objects.in_bulk(list(incoming), field_name="name")
    return Folder(
        tuple(
            Incoming(services[name], file_name, documents[name])
            for file_name, name in incoming.values()
            if name in services
        ),
        tuple(refused),
        tuple(passed_over),
    )


def write_folder(folder: Path, documents: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Write each (file name, text) as it is; give `written` or `unchanged` for each. Raises OSError.

    A file appears whole or not at all. Other files of the folder stay.
    """
    folder.mkdir(parents=True, exist_ok=True)
    outcomes = {}
    for file_name, text in documents:
        path, content = folder / file_name, text.encode()
        if path.is_file() and path.read_bytes() == content:
            outcomes[file_name] = "unchanged"
            continue
        draft = folder / f".{file_name}.part"
        draft.unlink(missing_ok=True)
        with draft.open("xb") as file:  # made anew, so that it is no link to somewhere else
            file.write(content)
        draft.replace(path)
        outcomes[file_name] = "written"
    return outcomes


def _nobody(stem: str, document: Document) -> str:
    if "service" in document.head.said:
        return f"no service is called {document.head.said['service'].value}, as it says"
    title = f", nor “{document.subject}” as in its title" if document.subject else ""
    return f"no service is called {stem}{title}; a line “Service: NAME” in its head would say it"


def _addressees(kept: Mapping[str, str]) -> Addressees:
    rows = Service.objects.current().values_list("name", "project__name", "repo", "project__repo")
    places = (Place(name, project, repo or common) for name, project, repo, common in rows)
    return Addressees(load_graph().names, places, kept)


def _files(folder: Path) -> Iterator[Path]:
    """Give the plain files that end in .md, by name."""
    found = sorted(path for path in folder.iterdir() if path.name.endswith(".md"))
    yield from [path for path in found if path.is_file()][:MAX_FILES]


def _text(path: Path) -> str:
    if not path.resolve().is_relative_to(path.parent.resolve()):
        raise DocumentRefused("is a link that leads out of the folder")
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise DocumentRefused(f"cannot be read: {error.strerror}") from error
    if len(content) > MAX_BYTES:
        raise DocumentRefused(f"is larger than {MAX_BYTES:,} bytes")
    return decode(content, name=path.name)
