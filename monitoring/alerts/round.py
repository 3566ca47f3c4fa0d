"""One evaluation of the rules: what was known before it, and what it changes."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property

from monitoring.alerts.columns import Sample
from monitoring.alerts.facts import Facts
from monitoring.alerts.models import Incident, IncidentEntry, Rule, RuleWatch
from monitoring.alerts.words import EntryKind, Notice

Key = tuple[int, str]  # a rule and a service


@dataclass
class Round:
    """Gathers everything that one evaluation writes, so that it is written at once.

    `bad` holds what every open incident is measured as now; one that is not in it is well, or unknown.
    """

    now: datetime
    idle: timedelta
    facts: Facts
    rules: Sequence[Rule]
    watches: Sequence[RuleWatch]
    incidents: Sequence[Incident]
    changed_watches: list[RuleWatch] = field(default_factory=list)
    opened: list[Incident] = field(default_factory=list)
    reopened: list[Incident] = field(default_factory=list)
    resolved: list[Incident] = field(default_factory=list)
    entries: list[IncidentEntry] = field(default_factory=list)
    notices: list[tuple[Incident, Notice]] = field(default_factory=list)
    bad: dict[Key, Sample] = field(default_factory=dict)
    waiting: dict[int, str] = field(default_factory=dict)  # by id(): why it is not told yet
    subjects: int = 0
    watch_of: dict[Key, RuleWatch] = field(default_factory=dict)
    watched: dict[int, list[str]] = field(default_factory=dict)
    open_of: dict[Key, Incident] = field(default_factory=dict)
    latest_of: dict[Key, Incident] = field(default_factory=dict)
    _dirty: dict[int, Incident] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for row in self.watches:
            self.watch_of[row.rule_id, row.subject] = row
            self.watched.setdefault(row.rule_id, []).append(row.subject)
        for incident in self.incidents:
            key = key_of(incident)
            self.latest_of[key] = incident
            if incident.is_open:
                self.open_of[key] = incident

    @property
    def open_incidents(self) -> list[Incident]:
        """Give those that are open after this round, the oldest first."""
        return [one for one in (*self.incidents, *self.opened) if one.is_open]

    @property
    def dirty(self) -> list[Incident]:
        """Give the incidents that were there before and must be written again, and new ones with a cause."""
        return list(self._dirty.values())

    @cached_property
    def in_maintenance(self) -> frozenset[str]:
        """Name the services of which every check is in maintenance: no rule on them is told."""
        planned: dict[str, bool] = {}
        for check in self.facts.checks:
            until = check.maintenance_until
            is_planned = until is not None and until > self.now
            planned[check.subject] = is_planned and planned.get(check.subject, True)
        return frozenset(name for name, is_planned in planned.items() if is_planned)

    def change(self, incident: Incident) -> None:
        """Remember that an incident must be written."""
        self._dirty[id(incident)] = incident

    def note(self, incident: Incident, kind: EntryKind, text: str) -> None:
        """Put a line on an incident's timeline."""
        entry = IncidentEntry(incident=incident, at=self.now, kind=kind, text=text)
        self.entries.append(entry)

    def tell(self, incident: Incident, notice: Notice) -> None:
        """Queue what is to be told."""
        self.notices.append((incident, notice))


def key_of(incident: Incident) -> Key:
    """Give the rule and service of an incident; 0 when its rule is deleted."""
    return incident.rule_id or 0, incident.subject
