"""Every write of a document: import, edit, review. Each is audited, and none is kept with a secret in it."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date, datetime

from django.db import transaction

from prism.core import audit
from prism.core.access import Actor, authorize
from services.analyses.document import Document, read_document
from services.analyses.facts import facts_of
from services.analyses.head import write_dates
from services.analyses.markdown import DocumentRefused
from services.analyses.models import Analysis, AnalysisRevision
from services.catalog.models import Service

Kind = AnalysisRevision.Kind


class DocumentMoved(Exception):
    """Somebody saved the document since the writer opened it; carries who and the revision."""

    def __init__(self, number: int, author_name: str) -> None:
        self.number, self.author_name = number, author_name
        super().__init__(f"{author_name} saved revision {number} meanwhile")


@dataclass(frozen=True, slots=True)
class Incoming:
    """One document of a folder, for the service that it is about."""

    service: Service
    file_name: str
    document: Document


def write_document(
    *,
    service: Service,
    text: str,
    base: int,
    is_analysed: bool,
    message: str,
    actor: Actor,
    actor_name: str,
    now: datetime,
) -> Analysis:
    """Keep a text that a person wrote as the next revision; the same text again changes nothing.

    `base` is the revision they began from, 0 for none. `is_analysed` says that they looked at the
    service: what the catalog says now is then what the document was written against. Raises
    DocumentMoved and DocumentRefused.
    """
    authorize(actor, "analyses.edit", service.name)
    document = read_document(text)
    with transaction.atomic():
        found = _locked(service)
        if (found.number if found else 0) != base:
            raise DocumentMoved(
                found.number if found else 0, found.author_name if found else "somebody"
            )
        if found is not None and not is_analysed and _text_of(found) == text:
            return found
        written = _store(
            Incoming(service, found.file_name if found else _free_name(service), document),
            found,
            kind=Kind.EDIT,
            is_analysed=is_analysed or found is None or _has_new_date(found, document),
            message=message,
            author_name=actor_name,
            now=now,
        )
        audit.record(
            "analyses.edit",
            actor=actor,
            target=service.name,
            details={"revision": written.number, "message": message},
        )
    return written


def review_document(
    *, service: Service, review_on: date, actor: Actor, actor_name: str, now: datetime
) -> Analysis:
    """Say that the document still holds: its dates in the text become today and the next review's.

    Raises DocumentRefused when there is no document, or the next review is not in the future.
    """
    authorize(actor, "analyses.edit", service.name)
    today = now.date()
    if review_on <= today:
        raise DocumentRefused("the next review must be after today")
    with transaction.atomic():
        found = _locked(service)
        if found is None:
            raise DocumentRefused(f"{service.name} has no document")
        text = write_dates(_text_of(found), analysed_on=today, review_on=review_on)
        document = read_document(text)
        if document.head.review_on != review_on:
            text = _with_dates(text, today, review_on)
            document = read_document(text)
        written = _store(
            Incoming(service, found.file_name, document),
            found,
            kind=Kind.REVIEW,
            is_analysed=True,
            message=f"Still true; next review {review_on}",
            author_name=actor_name,
            now=now,
        )
        audit.record(
            "analyses.review",
            actor=actor,
            target=service.name,
            details={"revision": written.number, "review_on": review_on.isoformat()},
        )
    return written


def import_documents(
    incoming: Iterable[Incoming], *, actor: Actor, actor_name: str, now: datetime
) -> dict[str, str]:
    """Keep the documents of a folder in one transaction; give what became of each by file name.

    `created`, `changed` or `unchanged`. A document whose own date moved, and a new one, counts as
    analysed against the catalog as it is now.
    """
    authorize(actor, "analyses.edit")
    outcomes: dict[str, str] = {}
    with transaction.atomic():
        for one in incoming:
            found = _locked(one.service)
            if found and found.file_name == one.file_name and _text_of(found) == one.document.text:
                outcomes[one.file_name] = "unchanged"
                continue
            outcomes[one.file_name] = "changed" if found else "created"
            _store(
                one,
                found,
                kind=Kind.IMPORT,
                is_analysed=found is None or _has_new_date(found, one.document),
                message=f"Imported from {one.file_name}",
                author_name=actor_name,
                now=now,
            )
        counts: dict[str, object] = {
            name: sum(outcome == name for outcome in outcomes.values())
            for name in ("created", "changed", "unchanged")
        }
        audit.record("analyses.import", actor=actor, details=counts)
    return outcomes


def _locked(service: Service) -> Analysis | None:
    """Give the service's document, its writers queued behind the service's row until the commit."""
    Service.objects.select_for_update(of=("self",)).get(pk=service.pk)
    return Analysis.objects.filter(service=service).first()


def _text_of(analysis: Analysis) -> str:
    return analysis.revisions.values_list("text", flat=True).get(number=analysis.number)


def _store(
    one: Incoming,
    found: Analysis | None,
    *,
    kind: Kind,
    is_analysed: bool,
    message: str,
    author_name: str,
    now: datetime,
) -> Analysis:
    """Add the revision, and bring what is kept beside it to what the text says."""
    analysis = found or Analysis(service=one.service, number=0)
    document = one.document
    analysis.file_name = one.file_name
    analysis.title = document.title[:300]
    analysis.number += 1
    analysis.analysed_on = document.head.analysed_on
    analysis.review_on = document.head.review_on
    analysis.statements = [asdict(statement) for statement in document.statements]
    if is_analysed:
        loaded = Service.objects.select_related("deployment").get(pk=one.service.pk)
        analysis.facts = facts_of(loaded)
    analysis.written_at, analysis.author_name = now, author_name
    analysis.save()
    AnalysisRevision.objects.create(
        analysis=analysis,
        number=analysis.number,
        kind=kind,
        text=document.text,
        message=message[:300],
        created_at=now,
        author_name=author_name,
    )
    return analysis


def _has_new_date(found: Analysis, document: Document) -> bool:
    return document.head.analysed_on is None or found.analysed_on != document.head.analysed_on


def _free_name(service: Service) -> str:
    """Give the file name of a new document; another service's file may have taken the plain one."""
    name, number = f"{service.name}.md", 1
    while Analysis.objects.filter(file_name__iexact=name).exists():
        number += 1
        name = f"{service.name}-{number}.md"
    return name


def _with_dates(text: str, today: date, review_on: date) -> str:
    """Add the two dates at the end of a document that has none, in its own line ends."""
    end = "\r\n" if "\r\n" in text else "\n"
    dates = f"Analysis Date: {today}{end}Next Review: {review_on}{end}"
    return f"{text.rstrip()}{end}{end}---{end}{end}{dates}"
