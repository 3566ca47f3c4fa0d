"""Target dates as the catalog writes them: a year, a quarter, a month or a day. Pure."""

from dataclasses import dataclass
from datetime import date, timedelta

from services.catalog.names import TARGET_DATE, Status

MONTHS_PER_QUARTER = 3
NOT_ACTIVE_YET = (Status.PLANNED, Status.DEVELOPMENT)


@dataclass(frozen=True, slots=True, order=True)
class Quarter:
    """A quarter of a year."""

    year: int
    number: int

    def __str__(self) -> str:
        return f"{self.year}-Q{self.number}"

    def next(self) -> "Quarter":
        """Give the quarter after this one."""
        return Quarter(self.year + self.number // 4, self.number % 4 + 1)


def quarter_of(day: date) -> Quarter:
    """Give the quarter that a day is in."""
    return Quarter(day.year, (day.month - 1) // MONTHS_PER_QUARTER + 1)


def last_day(target: str) -> date | None:
    """Give the last day of a target date; None when the text is no date."""
    if not TARGET_DATE.fullmatch(target):
        return None
    year, _, rest = target.partition("-")
    try:
        if rest.startswith("Q"):
            return _end_of_month(int(year), int(rest[1]) * MONTHS_PER_QUARTER)
        month, _, day = rest.partition("-")
        if day:
            return date(int(year), int(month), int(day))
        return _end_of_month(int(year), int(month or 12))
    except ValueError:  # 2026-02-30, year 0000
        return None


def is_overdue(status: str, target: str, today: date) -> bool:
    """Say whether what is not active yet should have been; a text that is no date is never overdue."""
    end = last_day(target)
    return status in NOT_ACTIVE_YET and end is not None and end < today


def _end_of_month(year: int, month: int) -> date:
    return date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
