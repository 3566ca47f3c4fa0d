"""The audit page, its export, and `prism audit verify`."""

import csv
import io
import json
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from prism import cli
from prism.core import audit
from prism.core.audit_entry import AuditEntry
from tests.make import make_administrator

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(client):
    client.force_login(make_administrator("root"))
    return lambda query="": client.get(f"{reverse('audit')}?{query}")


def shown(response):
    return [entry.action for entry in response.context["page"]]


def test_an_empty_trail_says_so(page):
    assert "Nothing has happened yet" in page().content.decode()


def test_the_newest_entry_is_first(page):
    audit.record("first")
    audit.record("second")

    assert shown(page()) == ["second", "first"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("action=login", ["login.failed", "login.ok"]),
        ("actor=ADA", ["login.ok"]),
        ("target=auth", ["catalog.edit"]),
        ("action=nothing", []),
    ],
)
def test_filters_live_in_the_address(page, query, expected):
    audit.record("login.ok", actor_name="ada")
    audit.record("login.failed", actor_name="bob")
    audit.record("catalog.edit", target="auth-api")

    assert shown(page(query)) == expected


def test_the_last_day_counts(page):
    audit.record("today")
    today = timezone.now().date()
    tomorrow = today + timedelta(days=1)

    assert shown(page(f"since={today}&until={today}")) == ["today"]
    assert shown(page(f"since={tomorrow}")) == []


def test_an_unreadable_date_is_said_and_filters_nothing(page):
    audit.record("today")

    response = page("since=yesterday")

    assert shown(response) == ["today"]
    assert "The filters are not applied" in response.content.decode()


def test_long_trails_have_pages_that_keep_the_filter(page):
    for _ in range(51):
        audit.record("login.ok")

    response = page("action=login")

    assert "?action=login&amp;page=2" in response.content.decode()
    assert len(shown(page("action=login&page=2"))) == 1


def test_hostile_text_is_shown_as_text(page):
    audit.record("login.failed", actor_name="<script>alert(1)</script>")

    assert "<script>alert" not in page().content.decode()


def test_the_csv_holds_no_formula(client, page):
    for name in ("=1+1", "+1", "-1", "@SUM(A1)", "\tx"):
        audit.record("login.failed", actor_name=name)

    response = client.get(reverse("audit-export"), {"format": "csv"})

    rows = list(csv.DictReader(io.StringIO(response.content.decode())))
    assert len(rows) == 5
    for row in rows:
        assert row["actor_name"].startswith(("'=", "'+", "'-", "'@", "\\x09"))
    assert "attachment" in response["Content-Disposition"]


def test_json_lines_keep_the_details(client, page):
    audit.record("catalog.edit", details={"fields": ["phase"]})

    response = client.get(reverse("audit-export"), {"format": "jsonl"})

    assert json.loads(response.content)["details"] == {"fields": ["phase"]}


def test_taking_the_trail_out_is_an_entry_itself(client, page):
    client.get(reverse("audit-export"), {"format": "csv", "action": "login"})

    entry = AuditEntry.objects.get()
    assert entry.action == "audit.exported"
    assert json.loads(entry.details)["filters"] == {"action": "login"}


def test_too_many_entries_for_one_file_are_refused_not_cut(client, page, monkeypatch):
    monkeypatch.setattr("prism.core.audit_views.EXPORT_ENTRIES", 1)
    audit.record("first")
    audit.record("second")

    response = client.get(reverse("audit-export"), follow=True)

    assert "too many for one file" in response.content.decode()


def test_the_button_verifies_the_chain(client, page):
    audit.record("first")

    assert (
        "All 1 entries are intact"
        in client.post(reverse("audit-verify"), follow=True).content.decode()
    )
    AuditEntry.objects.filter(number=1).update(actor_name="eve")
    assert "Entry 1 is broken" in client.post(reverse("audit-verify"), follow=True).content.decode()
    assert AuditEntry.objects.order_by("number").last().action == "audit.broken"


def verify(capsys, *words):
    status = cli.run(["audit", "verify", "--json", *words])
    return status, json.loads(capsys.readouterr().out)


def test_the_command_verifies_and_exits_with_0_or_2(capsys):
    audit.record("first")
    audit.record("second")

    assert verify(capsys)[0] == 0
    AuditEntry.objects.filter(number=2).update(action="forged")
    status, document = verify(capsys)
    assert status == 2
    assert document["reason"] == "entry 2: its content was changed"


def test_a_trail_that_was_cut_off_is_noticed_by_an_earlier_head(capsys):
    audit.record("first")
    kept = audit.record("second")
    cut = audit.record("third")
    AuditEntry.objects.filter(number=3).delete()

    assert verify(capsys, "--head", f"{kept.number}:{kept.hash}")[0] == 0
    AuditEntry.objects.filter(number__gt=2).delete()
    assert verify(capsys)[0] == 0
    status, document = verify(capsys, "--head", f"{cut.number}:{cut.hash}")
    assert status == 2
    assert "cut off" in document["reason"]


def test_a_head_that_is_none_is_a_mistake_of_the_user(capsys):
    assert cli.run(["audit", "verify", "--head", "x"]) == 1
