"""Decides whether a document can still be believed, and says why not. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from services.analyses.stated import Difference, Statement, compare


@dataclass(frozen=True, slots=True)
class Shift:
    """A fact of the catalog that is not what it was when the document was written; "" is nothing."""

    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """What speaks against a document: its review is due, facts moved on, or it contradicts the catalog."""

    review_due_on: date | None
    shifts: tuple[Shift, ...]
    differences: tuple[Difference, ...]

    @property
    def is_stale(self) -> bool:
        """Whether the document was overtaken: by its own date, or by the service."""
        return self.review_due_on is not None or bool(self.shifts)

    @property
    def is_clear(self) -> bool:
        """Whether nothing speaks against the document."""
        return not self.is_stale and not self.differences

    @property
    def stale_reasons(self) -> tuple[str, ...]:
        """Say in a sentence each what overtook the document."""
        due = self.review_due_on
        return (
            *([f"its next review was due on {due}"] if due else []),
            *(
                f"{words(shift.field)} was {shift.before or 'not stated'} when it was written,"
                f" now {shift.after or 'not stated'}"
                for shift in self.shifts
            ),
        )

    @property
    def different_reasons(self) -> tuple[str, ...]:
        """Say in a sentence each what it contradicts."""
        return tuple(
            f"the document says {difference.document} for {difference.label},"
            f" the catalog says {difference.catalog}"
            for difference in self.differences
        )


def judge(
    *,
    statements: Sequence[Statement],
    facts_then: Mapping[str, str],
    facts_now: Mapping[str, str],
    names: Sequence[str],
    review_on: date | None,
    today: date,
) -> Judgement:
    """Weigh a document against the catalog as it is and as it was when the document was written.

    A review is due on its day, and late the day after.
    """
    fields = sorted(facts_then.keys() | facts_now.keys())
    return Judgement(
        review_due_on=review_on if review_on is not None and review_on < today else None,
        shifts=tuple(
            Shift(field, facts_then.get(field, ""), facts_now.get(field, ""))
            for field in fields
            if facts_then.get(field, "") != facts_now.get(field, "")
        ),
        differences=tuple(compare(statements, facts_now, names)),
    )


def words(field: str) -> str:
    """Name a field for people: `configuration.maxmemory_policy` is maxmemory policy."""
    return (field.partition(".")[2] or field).replace("_", " ")
