"""`prism incidents` and `prism silence`."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from monitoring.alerts.commands import incidents, silence
from monitoring.alerts.models import Silence
from prism.command_line import parser
from prism.core.answer import Answer, CommandFailed
from prism.core.audit_entry import AuditEntry
from prism.core.terminal import Terminal
from tests.monitoring.alerts.making import make_incident, make_rule

pytestmark = pytest.mark.django_db


def run(*words: str) -> Answer:
    arguments = parser().parse_args(words)
    return (silence if words[0] == "silence" else incidents)(arguments, Terminal())


@pytest.mark.usefixtures("no_rules")
def test_incidents_lists_what_is_open_and_exits_with_2() -> None:
    now = timezone.now()
    rule = make_rule(name="Service down")
    cause = make_incident(rule, subject="database", opened_at=now - timedelta(minutes=3))
    make_incident(rule, subject="api", opened_at=now, cause=cause)
    make_incident(rule, subject="old", opened_at=now, resolved_at=now)

    answer, everything = run("incidents", "--json"), run("incidents", "--all")

    found = {row["service"]: row for row in answer.document["incidents"]}
    assert answer.exit_status == 2
    assert found.keys() == {"database", "api"}
    assert found["api"]["cause"] == found["database"]["id"]
    assert json.dumps(answer.document)
    assert "because of database" in answer.text
    assert "old" in everything.text


@pytest.mark.usefixtures("no_rules")
def test_a_cause_beyond_the_limit_still_exits_with_2() -> None:
    now = timezone.now()
    rule = make_rule()
    cause = make_incident(rule, subject="database", opened_at=now - timedelta(minutes=3))
    make_incident(rule, subject="api", opened_at=now, cause=cause)

    answer = run("incidents", "--limit", "1")

    assert [row["service"] for row in answer.document["incidents"]] == ["api"]
    assert answer.exit_status == 2


def test_without_an_open_incident_all_is_well() -> None:
    answer = run("incidents")

    assert (answer.exit_status, answer.text) == (0, "No incident is open.")


def test_silence_has_an_end_and_a_reason_and_is_audited() -> None:
    answer = run("silence", "shop", "--for", "2h", "--reason", "we know")

    row = Silence.objects.get()
    assert row.ends_at - row.starts_at == timedelta(hours=2)
    assert answer.document["service"] == "shop"
    assert AuditEntry.objects.filter(action="silence.created", actor_kind="cli").exists()


@pytest.mark.parametrize(
    "words", [["--for", "2w"], ["--for", "40d"], ["--for", "0m"], ["--rule", "none"], ["--reason", " "]]
)  # fmt: skip
def test_a_silence_that_makes_no_sense_is_refused(words: list[str]) -> None:
    with pytest.raises(CommandFailed):
        run("silence", "shop", "--reason", "x", *words)
    with pytest.raises(CommandFailed):
        run("silence", "shop")

    assert not Silence.objects.exists()
