"""Reads one analysis document whole: what it is about, states, declares and when it was written. Pure."""

from dataclasses import dataclass

from services.analyses.declarations import Declaration, declarations_in
from services.analyses.head import Head, read_head, subject_of_title
from services.analyses.leaks import find_leaks
from services.analyses.markdown import DocumentRefused, blocks, parse, plain_text, refuse_unfit
from services.analyses.stated import Statement, read_statements

LEAKS_NAMED = 5


@dataclass(frozen=True, slots=True)
class Document:
    """One document: its text as it is kept, and what was read from it."""

    text: str
    title: str
    subject: str
    head: Head
    statements: tuple[Statement, ...]
    declarations: tuple[Declaration, ...]


def read_document(text: str, *, name: str = "the document") -> Document:
    """Read a document; raises DocumentRefused for what cannot be kept or seems to hold a secret."""
    refuse_unfit(text, name=name)
    if leaks := find_leaks(text):
        lines = "; ".join(f"line {leak.line}: {leak.what}" for leak in leaks[:LEAKS_NAMED])
        raise DocumentRefused(
            f"{name} seems to hold a secret ({lines}). Write where it comes from instead,"
            " such as ${{Redis.REDIS_URL}}, or a placeholder such as <password>"
        )
    tokens = parse(text)
    title = next(
        (
            plain_text(tokens[at + 1]).replace("\n", " ").strip()
            for at, token in enumerate(tokens)
            if token.type == "heading_open" and token.tag == "h1"
        ),
        "",
    )
    found = blocks(tokens)
    head = read_head(found)
    return Document(
        text=text,
        title=title,
        subject=subject_of_title(title),
        head=head,
        statements=read_statements(found, head),
        declarations=declarations_in(found),
    )
