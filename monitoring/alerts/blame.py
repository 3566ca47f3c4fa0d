"""Says whose doing an open incident is: a service that it needs, or a deployment in the minutes before."""

from collections.abc import Iterable
from datetime import timedelta

from monitoring.alerts.causes import Suspect, find_causes
from monitoring.alerts.check_columns import CheckFacts
from monitoring.alerts.models import Incident
from monitoring.alerts.round import Round
from monitoring.alerts.rule_kinds import KINDS
from monitoring.alerts.words import EntryKind, Kind, Phase
from monitoring.health.models import Deployment
from services.catalog.graph import load_graph
from services.catalog.impact import impact_of
from services.catalog.needs import Graph

DEPLOYED_BEFORE = timedelta(minutes=30)
STANDS_ALONE_AFTER = timedelta(minutes=2)  # how long a symptom may outlive its cause
DOUBT_AT_MOST = timedelta(minutes=2)


def blame(round_: Round) -> None:
    """Find causes and deployments of what is open, and hold back what a cause may still be found for.

    Three queries when something opened or waits to be told, else none.
    """
    _let_go_of_what_is_over(round_)
    open_incidents = round_.open_incidents
    to_explain = [one for one in open_incidents if one.cause is None and one.told_at is None]
    if not to_explain:
        return
    graph = load_graph()
    places = {id(one): place for place, one in enumerate(open_incidents)}
    suspects = [_suspect(one, places) for one in open_incidents]
    for place, cause in find_causes(graph, suspects).items():
        incident = open_incidents[place]
        incident.cause = open_incidents[cause]
        round_.change(incident)
        round_.note(incident, EntryKind.CAUSE, f"because of {open_incidents[cause].title}"[:2000])
    doubts = Doubts(graph, round_)
    for incident in to_explain:
        if incident.cause is None and (doubt := doubts.about(incident)):
            round_.waiting[id(incident)] = doubt
    _name_deployments([*round_.opened, *round_.reopened], round_)


def _let_go_of_what_is_over(round_: Round) -> None:
    """Let a symptom stand for itself when its cause ended a while ago."""
    by_pk = {one.pk: one for one in round_.incidents}
    for incident in round_.open_incidents:
        if incident.cause_id is None:
            continue
        incident.cause = by_pk.get(incident.cause_id)
        cause = incident.cause
        ended_at = cause.resolved_at if cause else round_.now - STANDS_ALONE_AFTER
        if ended_at is not None and round_.now - ended_at >= STANDS_ALONE_AFTER:
            incident.cause = None
            round_.change(incident)
            what = cause.title if cause else "its cause"
            round_.note(incident, EntryKind.CAUSE, f"still not well after the end of {what}"[:2000])


def _suspect(incident: Incident, places: dict[int, int]) -> Suspect:
    about = KINDS[Kind(incident.kind)]
    return Suspect(
        key=places[id(incident)],
        subject=incident.subject,
        environments=frozenset(filter(None, incident.environments.split(", "))),
        breaks=about.breaks_dependants,
        is_symptom=about.is_symptom and incident.told_at is None,
        is_down=incident.kind == Kind.DOWN,
        cause=places.get(id(incident.cause)) if incident.cause else None,
    )


class Doubts:
    """Knows which services were not asked since a moment, or are about to be called down."""

    def __init__(self, graph: Graph, round_: Round) -> None:
        self._graph = graph
        self._now = round_.now
        self._needs: dict[str, list[str]] = {}
        self._pending = {row.subject for row in round_.watches if row.phase == Phase.PENDING}
        self._asked: dict[str, list[CheckFacts]] = {}
        for check in round_.facts.checks:
            if check.last_at is not None:
                self._asked.setdefault(check.subject, []).append(check)

    def about(self, incident: Incident) -> str:
        """Name a service that it needs and of which it is not known yet whether it did it; else ""."""
        is_symptom = KINDS[Kind(incident.kind)].is_symptom
        if not is_symptom or self._now - incident.opened_at > DOUBT_AT_MOST:
            return ""
        environments = set(filter(None, incident.environments.split(", ")))
        for name in self._needs_of(incident.subject):
            asked = [
                one
                for one in self._asked.get(name, ())
                if not environments or one.environment in environments
            ]
            is_late = any(one.last_at and one.last_at < incident.opened_at for one in asked)
            if asked and (is_late or any(one.is_suspect for one in asked) or name in self._pending):
                return f"waits until {name}, which it needs, was asked too"
        return ""

    def _needs_of(self, subject: str) -> list[str]:
        if subject not in self._needs:
            known = subject in self._graph.nodes
            needs = impact_of(self._graph, subject).needs if known else ()
            self._needs[subject] = [reached.name for reached in needs]
        return self._needs[subject]


def _name_deployments(incidents: Iterable[Incident], round_: Round) -> None:
    """Name the last deployment of each service in the minutes before. One query when anything opened."""
    by_subject = {one.subject: one for one in incidents}
    if not by_subject:
        return
    recent = Deployment.objects.filter(
        subject__in=by_subject, at__gt=round_.now - DEPLOYED_BEFORE, at__lte=round_.now
    )
    for deployment in recent.order_by("at", "pk"):
        for incident in (*round_.opened, *round_.reopened):
            places = incident.environments.split(", ")
            if incident.subject == deployment.subject and (
                not incident.environments or deployment.environment in places
            ):
                incident.deployment = deployment
                round_.change(incident)
