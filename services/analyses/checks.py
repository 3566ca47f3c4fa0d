"""The catalog checks of documents: overtaken ones, and those that contradict the catalog."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from services.analyses.models import Analysis
from services.analyses.staleness import Judgement
from services.catalog.checks import EVERY_STATUS, Asked, Check, Finding, Suite


@dataclass(frozen=True, slots=True)
class Judged:
    """One service's name and what speaks against its document."""

    service: str
    judgement: Judgement


def load(asked: Asked) -> list[Judged]:
    """Judge the documents of all current services, or one. One query, none for a page's own service."""
    today = asked.now.date()
    if asked.loaded is not None:
        found = getattr(asked.loaded, "analysis", None)
        return [Judged(asked.loaded.name, found.judged(asked.loaded, today=today))] if found else []
    documents = Analysis.objects.for_judging()
    if asked.service is not None:
        documents = documents.filter(service__name=asked.service)
    return [
        Judged(document.service.name, document.judged(document.service, today=today))
        for document in documents
    ]


def _stale(judged: Sequence[Judged]) -> Iterator[Finding]:
    for one in judged:
        if one.judgement.is_stale:
            yield Finding("service", one.service, "; ".join(one.judgement.stale_reasons))


def _differs(judged: Sequence[Judged]) -> Iterator[Finding]:
    for one in judged:
        if one.judgement.differences:
            yield Finding("service", one.service, "; ".join(one.judgement.different_reasons))


SUITE: Suite[Sequence[Judged]] = Suite(
    room="analyses",
    checks=(
        Check(
            id="stale-analysis",
            severity="warning",
            statuses=EVERY_STATUS,
            singular="analysis is stale",
            plural="analyses are stale",
            why="People follow a document in an incident, and it describes a service that is gone.",
            fix="Read the document against the service, then say on its page that it still holds.",
            find=_stale,
        ),
        Check(
            id="analysis-differs",
            severity="warning",
            statuses=EVERY_STATUS,
            singular="analysis contradicts the catalog",
            plural="analyses contradict the catalog",
            why="Of two values for one setting, one is wrong, and nobody knows which.",
            fix="Correct the document, or the catalog.",
            find=_differs,
        ),
    ),
    load=load,
)
