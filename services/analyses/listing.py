"""Reads the list of documents: which can be believed, which cannot, and which services have none."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from services.analyses.models import Analysis
from services.analyses.staleness import Judgement
from services.catalog.models import Service

State = Literal["stale", "differs", "current", "missing"]
STATES: tuple[State, ...] = ("stale", "differs", "current", "missing")


@dataclass(frozen=True, slots=True)
class Row:
    """One service and its document, None where there is none."""

    service: Service
    analysis: Analysis | None
    judgement: Judgement | None

    @property
    def state(self) -> State:
        """Say in one word whether the document can be believed; stale is worse than differing."""
        if self.judgement is None:
            return "missing"
        if self.judgement.is_stale:
            return "stale"
        return "differs" if self.judgement.differences else "current"


@dataclass(frozen=True, slots=True)
class Listing:
    """Every current service, what needs work first, and how many are in each state."""

    rows: Sequence[Row]
    counts: dict[State, int]

    def of_state(self, state: str) -> Sequence[Row]:
        """Give the rows of one state, all for any other word."""
        return [row for row in self.rows if row.state == state] if state in STATES else self.rows


def load_listing(today: date) -> Listing:
    """Judge every document. Two queries at any size."""
    rows = [
        Row(analysis.service, analysis, analysis.judged(analysis.service, today=today))
        for analysis in Analysis.objects.for_listing()
    ]
    without = (
        Service.objects.current()
        .filter(analysis__isnull=True)
        .select_related("project")
        .only("name", "kind", "project__name")
    )
    rows += [Row(service, None, None) for service in without.order_by("name", "pk")]
    rows.sort(key=lambda row: STATES.index(row.state))
    counts = {state: sum(row.state == state for row in rows) for state in STATES}
    return Listing(rows, counts)
