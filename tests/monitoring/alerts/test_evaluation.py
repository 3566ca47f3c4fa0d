"""Evaluation: what opens, what comes back, what is over, whose doing it is, and in how many statements."""

import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from monitoring.alerts.actions import resolve
from monitoring.alerts.blame import blame
from monitoring.alerts.evaluation import evaluate_rules
from monitoring.alerts.facts import read_mark
from monitoring.alerts.models import Incident, NotificationItem, RuleWatch
from monitoring.alerts.round import Round
from monitoring.health.models import Check, Deployment
from tests.make import make_dependency, make_service, make_user
from tests.monitoring.alerts.making import (
    MINUTE,
    NOON,
    S,
    make_channel,
    make_incident,
    make_rule,
    make_watched,
    set_verdict,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_rules")]


def told() -> list[tuple[str, str]]:
    items = NotificationItem.objects.order_by("pk").select_related("incident")
    return [(item.notice, item.incident.subject) for item in items]


def api_needs_database(verdict: str, **over: Any) -> None:
    """Make an API that is down and the database that it needs, a rule that sees it and a channel."""
    make_channel()
    make_rule()
    make_dependency(make_service(name="api"), make_service(name="database"))
    make_watched("api", "down")
    make_watched("database", verdict, **over)


def test_what_is_down_opens_one_incident_and_what_is_up_again_ends_it() -> None:
    make_rule()
    make_watched("shop", "down", reason="status 503")

    for seconds in (0, 10, 20):
        evaluate_rules(NOON + seconds * S)
    incident = Incident.objects.get()
    set_verdict("shop", "up")
    evaluate_rules(NOON + 95 * S)

    assert (incident.subject, incident.environments) == ("shop", "prod")
    assert incident.reason == "prod tcp status 503"
    incident.refresh_from_db()
    assert incident.resolved_at == NOON + 95 * S
    assert not RuleWatch.objects.exclude(phase="ok").exists()


def test_a_rule_waits_before_it_opens_and_before_it_ends() -> None:
    make_rule(for_s=60, clear_s=30)
    make_watched("shop", "down")

    evaluate_rules(NOON)
    evaluate_rules(NOON + 59 * S)
    assert not Incident.objects.exists()
    evaluate_rules(NOON + 60 * S)
    assert Incident.objects.unresolved().count() == 1
    set_verdict("shop", "up")
    evaluate_rules(NOON + 70 * S)
    evaluate_rules(NOON + 99 * S)
    assert Incident.objects.unresolved().count() == 1
    evaluate_rules(NOON + 100 * S)

    assert not Incident.objects.unresolved().exists()


def test_unknown_opens_nothing_and_ends_nothing() -> None:
    make_rule()
    make_watched("shop", "unknown")
    make_watched("mail", "down")

    evaluate_rules(NOON)
    set_verdict("mail", "unknown")
    evaluate_rules(NOON + 3600 * S)

    assert list(Incident.objects.unresolved().values_list("subject", flat=True)) == ["mail"]


def test_a_check_that_is_never_known_does_not_keep_an_incident_open() -> None:
    make_rule()
    bad, never = make_watched("shop", "up"), make_watched("shop", "up")
    set_verdict("shop", "up")
    bad.state.verdict, never.state.verdict = "down", "unknown"
    bad.state.save(update_fields=["verdict"])
    never.state.save(update_fields=["verdict"])

    evaluate_rules(NOON)
    bad.state.verdict = "up"
    bad.state.save(update_fields=["verdict"])
    evaluate_rules(NOON + 10 * S)

    assert Incident.objects.get().resolved_at == NOON + 10 * S


def test_a_rule_that_is_switched_off_or_a_check_that_is_gone_ends_the_incident() -> None:
    off, stays = make_rule(), make_rule()
    make_watched("shop", "down")
    evaluate_rules(NOON)

    off.is_enabled = False
    off.save()
    evaluate_rules(NOON + 10 * S)
    assert Incident.objects.get(rule=off).resolution == "its rule is off"
    Check.objects.update(retired_at=NOON)
    evaluate_rules(NOON + 20 * S)

    assert Incident.objects.get(rule=stays).resolution == "not watched any more"
    assert not RuleWatch.objects.exclude(phase="ok").exists()


def test_what_is_gone_is_well_for_a_rule_on_small_values_too() -> None:
    make_rule(kind="certificate", fire=14, clear=20)
    make_watched("shop", "up", certificate_expires_at=NOON + timedelta(days=5))
    evaluate_rules(NOON)
    assert Incident.objects.get().resolved_at is None

    Check.objects.update(retired_at=NOON)
    evaluate_rules(NOON + 10 * S)

    assert Incident.objects.get().resolution == "not watched any more"


def test_the_database_takes_no_second_open_incident_of_a_rule_and_a_service() -> None:
    rule = make_rule()
    make_incident(rule)

    with pytest.raises(IntegrityError), transaction.atomic():
        make_incident(rule)
    make_incident(rule, subject="mail")
    make_incident(rule, resolved_at=NOON)


def test_what_comes_back_soon_is_the_same_incident_and_must_stay_well_for_longer() -> None:
    make_rule()
    make_watched("shop", "down")
    evaluate_rules(NOON)
    set_verdict("shop", "up")
    evaluate_rules(NOON + 60 * S)

    set_verdict("shop", "down")
    evaluate_rules(NOON + 90 * S)
    set_verdict("shop", "up")
    evaluate_rules(NOON + 100 * S)
    evaluate_rules(NOON + 399 * S)

    incident = Incident.objects.get()
    assert (incident.is_open, incident.flaps) == (True, 1)
    evaluate_rules(NOON + 400 * S)
    incident.refresh_from_db()
    assert not incident.is_open
    assert incident.entries.get().text.startswith("came back after 30 s")


def test_what_comes_back_much_later_is_another_incident() -> None:
    make_rule()
    make_watched("shop", "down")
    evaluate_rules(NOON)
    set_verdict("shop", "up")
    evaluate_rules(NOON + 60 * S)
    set_verdict("shop", "down")

    evaluate_rules(NOON + 30 * MINUTE)

    assert Incident.objects.count() == 2


def test_dependants_of_what_is_down_are_its_symptoms_and_nobody_is_told_of_them() -> None:
    make_channel()
    make_rule()
    database, api, page = (make_service(name=name) for name in ("database", "api", "page"))
    make_dependency(api, database)
    make_dependency(page, api, alias="upstream")
    for name in ("page", "api", "database"):
        make_watched(name, "down")

    evaluate_rules(NOON)

    causes = dict(Incident.objects.values_list("subject", "cause__subject"))
    assert causes == {"database": None, "api": "database", "page": "database"}
    assert told() == [("opened", "database")]


def test_a_dependant_that_fails_first_waits_until_what_it_needs_was_asked_too() -> None:
    api_needs_database("up", last_at=NOON - 20 * S)

    evaluate_rules(NOON)
    assert told() == []
    assert "database" in Incident.objects.get().held_because
    set_verdict("database", "up", last_at=NOON + 5 * S, step="suspect")
    evaluate_rules(NOON + 10 * S)
    assert told() == []
    set_verdict("database", "down", last_at=NOON + 15 * S)
    evaluate_rules(NOON + 20 * S)

    assert told() == [("opened", "database")]
    assert Incident.objects.get(subject="api").cause == Incident.objects.get(subject="database")


def test_waiting_for_what_it_needs_ends() -> None:
    api_needs_database("up", last_at=NOON - 20 * S)

    for seconds in range(0, 140, 10):
        evaluate_rules(NOON + seconds * S)

    assert told() == [("opened", "api")]


def test_a_symptom_that_outlives_its_cause_is_told() -> None:
    api_needs_database("down")
    evaluate_rules(NOON)
    set_verdict("database", "up")

    evaluate_rules(NOON + 60 * S)
    evaluate_rules(NOON + 90 * S)
    assert ("opened", "api") not in told()
    evaluate_rules(NOON + 180 * S)

    assert told() == [("opened", "database"), ("recovered", "database"), ("opened", "api")]


def test_services_that_need_each_other_have_one_cause() -> None:
    make_channel()
    make_rule()
    one, other = make_service(name="one"), make_service(name="other")
    make_dependency(one, other)
    make_dependency(other, one)
    make_watched("one", "down")
    make_watched("other", "down")

    evaluate_rules(NOON)
    evaluate_rules(NOON + 10 * S)

    assert Incident.objects.filter(cause=None).count() == 1
    assert len(told()) == 1


def test_another_environment_causes_nothing() -> None:
    make_rule()
    make_dependency(make_service(name="api"), make_service(name="database"))
    make_watched("api", "down")
    staging = make_watched("database", "down")
    Check.objects.filter(pk=staging.pk).update(environment="staging")

    evaluate_rules(NOON)

    assert not Incident.objects.exclude(cause=None).exists()


def test_the_deployment_of_the_minutes_before_is_named() -> None:
    make_rule()
    make_watched("shop", "down")
    for minutes, commit in ((60, "old"), (12, "guilty"), (-5, "later")):
        Deployment.objects.create(
            subject="shop", environment="prod", commit=commit, at=NOON - minutes * MINUTE, source="seen"
        )  # fmt: skip

    evaluate_rules(NOON)

    deployment = Incident.objects.get().deployment
    assert deployment is not None
    assert deployment.commit == "guilty"


def test_a_reminder_comes_until_somebody_is_on_it() -> None:
    make_channel()
    make_rule(reminder_min=60)
    make_watched("shop", "down")

    for minutes in (0, 59, 60, 61, 120):
        evaluate_rules(NOON + minutes * MINUTE)
    Incident.objects.update(acknowledged_at=NOON)
    evaluate_rules(NOON + 200 * MINUTE)

    assert [notice for notice, _ in told()] == ["opened", "reminder", "reminder"]


@pytest.mark.parametrize("many", [1, 60])
def test_the_number_of_statements_does_not_grow(many: int) -> None:
    read_mark()  # made by the first evaluation there ever is
    make_channel()
    make_channel(min_severity="critical")
    make_rule(kind="events", fire=1, clear=1)
    make_rule(kind="redis-memory", fire=90, clear=85)
    make_rule(kind="worker", fire=60, clear=60)
    for _ in range(3):
        make_rule()
    services = [make_service(name=f"service-{number}") for number in range(many)]
    for service in services[1:]:
        make_dependency(service, services[0])
    for service in services:
        make_watched(service.name, "down")
    Deployment.objects.create(
        subject=services[0].name, environment="prod", commit="a", at=NOON, source="seen"
    )

    for at, verdict in ((NOON, None), (NOON + 10 * S, "up"), (NOON + 20 * S, "down"), (NOON + 30 * S, None)):  # fmt: skip
        if verdict:
            for service in services[::2]:
                set_verdict(service.name, verdict)
        assert statements(at) <= 20

    assert Incident.objects.count() == 3 * many


def statements(at: datetime) -> int:
    """Evaluate once; give how many statements that took, without those that begin and end transactions."""
    with CaptureQueriesContext(
        connection,
    ) as captured:
        evaluate_rules(at)
    words = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")
    return sum(not one["sql"].startswith(words) for one in captured.captured_queries)


def test_a_failure_leaves_neither_incident_nor_message(monkeypatch: pytest.MonkeyPatch) -> None:
    make_channel()
    make_rule()
    make_watched("shop", "down")

    def fail(*arguments: Any) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr("monitoring.alerts.evaluation.queue", fail)
    with pytest.raises(OSError, match="the disk is full"):
        evaluate_rules(NOON)
    monkeypatch.undo()

    assert not Incident.objects.exists()
    evaluate_rules(NOON + timedelta(seconds=10))
    assert told() == [("opened", "shop")]


@pytest.mark.django_db(transaction=True)
def test_what_somebody_resolves_during_an_evaluation_stays_resolved(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    person = make_user(is_staff=True, is_superuser=True)
    make_rule(reminder_min=1)
    make_watched("shop", "down")
    evaluate_rules(NOON)
    incident = Incident.objects.get()

    def by_hand() -> None:
        resolve(actor=person, incident=incident, text="", now=NOON + 5 * MINUTE)
        connection.close()

    resolving = threading.Thread(target=by_hand)

    def blame_slowly(round_: Round) -> None:
        resolving.start()
        resolving.join(0.5)  # without a lock it is through by then, and what comes next undoes it
        blame(round_)

    monkeypatch.setattr("monitoring.alerts.evaluation.blame", blame_slowly)
    evaluate_rules(NOON + 5 * MINUTE)
    resolving.join(20)

    assert Incident.objects.get().resolution.startswith("by ")
    assert not Incident.objects.unresolved().exists()
