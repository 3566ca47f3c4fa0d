"""Keeps the history small: hours are summed up into days, and what is old is deleted, a little at a time."""

import time
from datetime import UTC, datetime, timedelta

from django.db import connection, transaction

from monitoring.health.bulk import moment
from monitoring.health.latency import BUCKETS
from monitoring.health.models import Check, DailyRollup, HourlyRollup, Reading, Rollup

READINGS_KEPT = timedelta(hours=48)
HOURS_KEPT = timedelta(days=90)
DAYS_KEPT = timedelta(days=730)
AT_ONCE = 5_000  # rows in one transaction
PAUSE_S = 0.1  # after each: as long as SQLite's longest nap, so that the prober gets its turn
MOST_PAGES = 60  # in one run: a worker that is at it for minutes looks dead
_SUMMED = ("up", "degraded", "down", "unknown", "maintenance", "sum_ms",
           *(f"b{place}" for place in range(BUCKETS)))  # fmt: skip


def keep_history(now: datetime) -> None:
    """Sum up and delete; doing it twice changes nothing."""
    sum_up_days(now)
    delete_old_readings(now - READINGS_KEPT)
    for model, kept in ((HourlyRollup, HOURS_KEPT), (DailyRollup, DAYS_KEPT)):
        _delete_old(model, now - kept)
    _delete_unused_checks(now - DAYS_KEPT)


def sum_up_days(now: datetime) -> None:
    """Write every day since the last one that was written, that one and today again."""
    today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    last = DailyRollup.objects.order_by("-start").values_list("start", flat=True).first()
    first = HourlyRollup.objects.order_by("start").values_list("start", flat=True).first()
    start = last or first
    while start is not None and start <= today:
        start = start.replace(hour=0)
        _sum_up_day(start)
        start += timedelta(days=1)


def _sum_up_day(start: datetime) -> None:
    hourly, daily = HourlyRollup._meta.db_table, DailyRollup._meta.db_table
    columns = ("check_id", "start", *_SUMMED, "max_ms")
    sums = ", ".join(f"SUM({name})" for name in _SUMMED)
    written = ", ".join(f"{name} = excluded.{name}" for name in columns[2:])
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {daily} ({', '.join(columns)})"  # noqa: S608
            f" SELECT check_id, %s, {sums}, MAX(max_ms) FROM {hourly}"
            " WHERE start >= %s AND start < %s GROUP BY check_id"
            f" ON CONFLICT (check_id, start) DO UPDATE SET {written}",
            [moment(start), moment(start), moment(start + timedelta(days=1))],
        )


def delete_old_readings(before: datetime) -> int:
    """Delete readings in the order in which they were written; give how many. No index on time needed.

    At most MOST_PAGES pages; what is left is for the next run.
    """
    deleted = 0
    for _ in range(MOST_PAGES):
        with transaction.atomic():
            oldest = list(Reading.objects.order_by("pk").values_list("pk", "at")[:AT_ONCE])
            old = [pk for pk, at in oldest if at < before]
            if old:
                Reading.objects.filter(pk__lte=old[-1], at__lt=before).delete()
        deleted += len(old)
        # one row of a clock that was ahead must not keep all that are behind it
        if len(oldest) < AT_ONCE or oldest[-1][0] not in old[-1:]:
            break
        time.sleep(PAUSE_S)
    return deleted


def _delete_old(model: type[Rollup], before: datetime) -> None:
    for _ in range(MOST_PAGES):
        old = list(
            model._default_manager.filter(start__lt=before)
            .order_by("start", "pk")
            .values_list("pk", flat=True)[:AT_ONCE]
        )
        model._default_manager.filter(pk__in=old).delete()
        if len(old) < AT_ONCE:
            return
        time.sleep(PAUSE_S)


def _delete_unused_checks(before: datetime) -> None:
    """Forget checks that were retired so long ago that only their transitions are left."""
    Check.objects.filter(retired_at__lt=before, transitions=None).delete()
