"""Columns of how many events of a type came within a time, by service. Pure."""

from bisect import bisect_right
from collections.abc import Iterable
from datetime import datetime, timedelta

from monitoring.alerts.columns import Column, Sample
from monitoring.events.filters import severities_from

Arrived = tuple[str, str, str, datetime]  # service, type, severity, when it was received


class RecentEvents:
    """The newest events, counted again for each rule from the same few groups."""

    def __init__(self, arrived: Iterable[Arrived]) -> None:
        self._groups: dict[tuple[str, str, str], list[datetime]] = {}
        for service, type_, severity, at in arrived:
            self._groups.setdefault((service, type_, severity), []).append(at)
        for moments in self._groups.values():
            moments.sort()

    def column(self, type_begins: str, severity: str, window_s: int, now: datetime) -> Column:
        """Count those of the last `window_s` seconds; every service that sent anything has a count."""
        wanted = frozenset(severities_from(severity)) if severity else None
        counts: dict[str, int] = {}
        for (service, type_, found), moments in self._groups.items():
            count = counts.get(service, 0)
            if type_.lower().startswith(type_begins.lower()) and (not wanted or found in wanted):
                count += len(moments) - bisect_right(moments, now - timedelta(seconds=window_s))
            counts[service] = count
        return Column(
            {name: Sample(float(count), _words(count, window_s)) for name, count in counts.items()}
        )


def _words(count: int, window_s: int) -> str:
    span = f"{window_s // 60} min" if window_s >= 60 else f"{window_s} s"
    return f"{count} event{'' if count == 1 else 's'} in {span}"
