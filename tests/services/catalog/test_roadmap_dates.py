"""Target dates, and the quarters of the timeline."""

from datetime import date

import pytest

from services.catalog.target_dates import Quarter, is_overdue, last_day, quarter_of


@pytest.mark.parametrize(
    ("target", "end"),
    [
        ("2026", date(2026, 12, 31)),
        ("2026-Q1", date(2026, 3, 31)),
        ("2026-Q4", date(2026, 12, 31)),
        ("2026-02", date(2026, 2, 28)),
        ("2026-12", date(2026, 12, 31)),
        ("2026-06-15", date(2026, 6, 15)),
        ("2026-02-30", None),
        ("0000-Q1", None),
        ("9999", None),
        ("soon", None),
        ("", None),
    ],
)
def test_a_target_date_lasts_to_the_end_of_what_it_names(target, end):
    assert last_day(target) == end


def test_the_last_day_itself_is_not_overdue():
    assert not is_overdue("planned", "2026-Q2", date(2026, 6, 30))
    assert is_overdue("planned", "2026-Q2", date(2026, 7, 1))
    assert not is_overdue("active", "2026-Q2", date(2026, 7, 1))
    assert not is_overdue("planned", "some day", date(2026, 7, 1))


def test_quarters_follow_each_other_over_the_year():
    assert Quarter(2026, 3).next() == Quarter(2026, 4)
    assert Quarter(2026, 4).next() == Quarter(2027, 1)
    assert str(quarter_of(date(2026, 5, 1))) == "2026-Q2"
