"""The pages of alerts: empty, full and hostile, what they let people do, and with how many queries."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from monitoring.alerts.models import (
    Channel,
    EvaluationMark,
    Incident,
    MaintenanceWindow,
    Notification,
    Rule,
    Silence,
)
from monitoring.health.models import Check, Deployment, Transition
from prism.core.audit_entry import AuditEntry
from tests.make import make_administrator, make_service, make_user
from tests.monitoring.alerts.making import make_channel, make_incident, make_rule, make_watched

pytestmark = pytest.mark.django_db
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
PAGES = ("/incidents/", "/alerts/rules/", "/alerts/channels/", "/alerts/maintenance/", "/alerts/silences/", "/")  # fmt: skip


@pytest.fixture
def admin(client: Client) -> Client:
    client.force_login(make_administrator())
    return client


def evaluated() -> None:
    EvaluationMark.objects.create(pk=1, evaluated_at=timezone.now(), rules=3, subjects=9)


def test_a_console_where_nothing_is_evaluated_says_so(admin: Client) -> None:
    html = admin.get("/incidents/").content.decode()

    assert "The rules were never evaluated" in html
    assert "Is a worker running?" in html


def test_an_evaluation_that_is_old_is_no_news(admin: Client) -> None:
    EvaluationMark.objects.create(pk=1, evaluated_at=timezone.now() - timedelta(minutes=5))

    assert "what happened since is not here" in admin.get("/incidents/").content.decode()


def test_nothing_open_leads_to_the_rules(admin: Client) -> None:
    evaluated()

    html = admin.get("/incidents/").content.decode()

    assert "Nothing is wrong that a rule looks for" in html
    assert "Is a worker running?" not in html


def test_what_is_open_leads_the_list_and_the_home_page_critical_first(admin: Client) -> None:
    make_service()
    evaluated()
    now = timezone.now()
    warning, critical = make_rule(severity="warning", name="slow"), make_rule(name="gone")
    make_incident(warning, opened_at=now)
    cause = make_incident(critical, opened_at=now - timedelta(hours=2), reason="status 503")
    make_incident(critical, subject="page", opened_at=now, cause=cause)
    make_incident(warning, subject="old", opened_at=now - timedelta(hours=3), resolved_at=now)

    page, home = (admin.get(url).content.decode() for url in ("/incidents/", "/"))

    opened = page[: page.index("Over</h2>")]
    assert re.findall(r'data-title="([^"]+)"', opened) == [
        "shop: gone in prod",
        "shop: slow in prod",
    ]
    assert "1 more because of it" in opened
    assert "3 h" in page[page.index("Over</h2>") :]
    assert home.index("shop: gone") < home.index("shop: slow") < home.index("What changed")
    assert '<span class="count">2</span>' in home


def test_an_unchanged_list_is_not_sent_again(admin: Client) -> None:
    evaluated()
    first = admin.get("/incidents/?part=list")

    again = admin.get("/incidents/?part=list", headers={"If-None-Match": first["ETag"]})
    make_incident(make_rule())
    changed = admin.get("/incidents/?part=list", headers={"If-None-Match": first["ETag"]})

    assert "<html" not in first.content.decode()
    assert (again.status_code, again.content) == (304, b"")
    assert changed.status_code == 200


def test_an_incident_shows_its_timeline_its_cause_and_what_to_do(admin: Client) -> None:
    now = timezone.now()
    rule = make_rule(advice="Call the landlord")
    cause = make_incident(rule, subject="database", opened_at=now)
    deployment = Deployment.objects.create(
        subject="shop", environment="prod", commit="a3f2b1c9", at=now, source="seen"
    )
    incident = make_incident(rule, opened_at=now, cause=cause, deployment=deployment)
    check = make_watched("shop", "down")
    Transition.objects.create(
        check_row=check, epoch=1, at=now, before="up", after="down", reason="status 503"
    )

    html = admin.get(f"/incidents/{incident.pk}/").content.decode()

    assert "Call the landlord" in html
    assert "database: " in html
    assert "a3f2b1c" in html
    assert "was up: status 503" in html
    assert "Fires when a check of the service is down" in html
    because = admin.get(f"/incidents/{cause.pk}/").content.decode()
    assert "Because of it" in because


def test_people_acknowledge_assign_note_and_resolve(admin: Client) -> None:
    incident = make_incident(make_rule(), opened_at=timezone.now())
    url = f"/incidents/{incident.pk}/act/"

    for form in ({"do": "acknowledge"}, {"do": "assign", "person": "admin"}, {"do": "note", "text": "looking"}, {"do": "resolve", "text": "restarted"}):  # fmt: skip
        assert admin.post(url, form).status_code == 302

    incident.refresh_from_db()
    assert (incident.acknowledged_by, incident.assigned_to and incident.assigned_to.username) == ("admin", "admin")  # fmt: skip
    assert incident.resolution == "by admin"
    kinds = list(incident.entries.order_by("pk").values_list("kind", flat=True))
    assert kinds == ["acknowledged", "assigned", "note", "resolved"]
    actions = AuditEntry.objects.filter(action__startswith="incident.").values_list(
        "action", flat=True
    )
    assert set(actions) == {"incident.acknowledged", "incident.assigned", "incident.noted", "incident.resolved"}  # fmt: skip


def test_a_nul_in_what_people_send_is_dropped_on_every_database(admin: Client) -> None:
    incident = make_incident(make_rule(), opened_at=timezone.now())
    url = f"/incidents/{incident.pk}/act/"

    for form in ({"do": "note", "text": "a\0b"}, {"do": "assign", "person": "x\0"}, {"do": "resolve", "text": "\0"}):  # fmt: skip
        assert admin.post(url, form).status_code == 302
    admin.post("/alerts/silences/", {"service": "sh\0op", "rule": "\0", "hours": "4", "reason": "we\0 know"})  # fmt: skip

    assert incident.entries.get(kind="note").text == "ab"
    assert (Silence.objects.get().service, Silence.objects.get().reason) == ("shop", "we know")
    assert admin.get("/api/v1/incidents?service=%00").status_code < 500


def test_an_incident_is_not_given_to_who_may_not_act(admin: Client) -> None:
    make_user("visitor", is_staff=True)
    incident = make_incident(make_rule(), opened_at=timezone.now())

    admin.post(f"/incidents/{incident.pk}/act/", {"do": "assign", "person": "visitor"})

    assert "isitor may not act on incidents" in admin.get("/incidents/").content.decode()
    incident.refresh_from_db()
    assert incident.assigned_to is None


def test_each_rule_explains_itself_and_is_tried_on_the_last_week(admin: Client) -> None:
    Rule.objects.all().delete()
    make_rule(name="gone", for_s=60, clear_s=0)
    now = timezone.now()
    check = make_watched("shop", "up")
    for epoch, (hours, before, after) in enumerate(
        ((50, "up", "down"), (49, "down", "up"), (20, "up", "down"), (19, "down", "up"))
    ):
        Transition.objects.create(
            check_row=check, epoch=epoch, at=now - timedelta(hours=hours), before=before, after=after
        )  # fmt: skip

    html = admin.get("/alerts/rules/").content.decode()

    assert "Fires when a check of the service is down, for 1 min." in html
    assert "would have fired 2 times last week" in html
    assert (
        f"the last time shop, {now - timedelta(hours=20) + timedelta(minutes=1):%Y-%m-%d}" in html
    )


def test_the_first_rules_are_there_and_the_owners_three_are_on(admin: Client) -> None:
    on = Rule.objects.filter(is_enabled=True).values_list("name", flat=True)

    assert {"Redis memory over 90 %", "High eviction rate", "Redis connection errors"} <= set(on)
    assert admin.get("/alerts/rules/").status_code == 200


def test_a_channel_shows_its_last_error_and_never_its_secret(
    admin: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PRISM_CHANNEL_TEAM", "https://hooks.example.com/SECRET-PATH")
    channel = make_channel(
        name="team", url_variable="PRISM_CHANNEL_TEAM", failures=2, last_error="status 500",
        failed_at=timezone.now(),
    )  # fmt: skip

    html = admin.get("/alerts/channels/").content.decode()
    form = admin.get(f"/admin/monitoring/channel/{channel.pk}/change/").content.decode()

    assert "2 failures in a row" in html
    assert "status 500" in html
    assert "set here" in html
    assert "SECRET-PATH" not in html + form


def test_the_test_button_queues_a_message(admin: Client) -> None:
    channel = make_channel()

    admin.post(f"/alerts/channels/{channel.pk}/test/")

    notification = Notification.objects.get()
    assert (notification.state, notification.channel) == ("ready", channel)
    assert notification.document["incidents"][0]["notice"] == "test"


def channel_form(**over: str) -> dict[str, str]:
    return {"name": "team", "kind": "webhook", "is_enabled": "on", "min_severity": "warning",
            "group_wait_s": "30", "group_interval_s": "300", "url_variable": "PRISM_CHANNEL_TEAM", **over}  # fmt: skip


@pytest.mark.parametrize("variable", ["PRISM_SECRET_KEY", "DATABASE_URL", "https://hooks.example.com/x", ""])  # fmt: skip
def test_a_channel_can_name_no_other_secret(admin: Client, variable: str) -> None:
    admin.post("/admin/monitoring/channel/add/", channel_form(url_variable=variable))

    assert not Channel.objects.exists()


def test_a_channel_is_made_in_the_admin_and_audited(admin: Client) -> None:
    admin.post("/admin/monitoring/channel/add/", channel_form())

    assert Channel.objects.get().url_variable == "PRISM_CHANNEL_TEAM"
    assert AuditEntry.objects.filter(action="channel.created", target="team").exists()


def test_a_rule_that_contradicts_itself_is_not_saved(admin: Client) -> None:
    form = {"name": "x", "kind": "redis-memory", "severity": "warning", "fire": "90", "clear": "95",
            "for_s": "0", "clear_s": "0", "window_s": "300", "reminder_min": "0"}  # fmt: skip

    html = admin.post("/admin/monitoring/rule/add/", form).content.decode()
    assert "It may not be over the limit where it begins" in html
    admin.post("/admin/monitoring/rule/add/", form | {"clear": "85"})

    assert Rule.objects.get(name="x").clear == 85


def window_form(**over: object) -> dict[str, object]:
    return {"title": "Database update", "services": "database\nshop", "environment": "", "minutes": "90",
            "starts_on": "2026-11-22", "starts_clock": "02:00", "zone": "Europe/Berlin",
            "repeat": "weekly", "weekdays": ["6"], **over}  # fmt: skip


def test_a_window_is_planned_in_the_admin_and_shown_in_the_calendar(admin: Client) -> None:
    admin.post("/admin/monitoring/maintenancewindow/add/", window_form())
    html = admin.get("/alerts/maintenance/?from=2026-11-23").content.decode()

    window = MaintenanceWindow.objects.get()
    assert (window.services, window.weekdays) == (["database", "shop"], [6])
    assert "every Sunday, 02:00 Europe/Berlin, 90 min" in html
    assert html.count('class="planned-at"') == 5
    assert "<b>01:00</b> Database update" in html


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../../etc/passwd", "/etc/passwd", "Europe"])
def test_a_zone_that_is_none_is_refused(admin: Client, zone: str) -> None:
    admin.post("/admin/monitoring/maintenancewindow/add/", window_form(zone=zone))

    assert not MaintenanceWindow.objects.exists()


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01"])
def test_a_day_beyond_what_clocks_count_is_refused(admin: Client, day: str) -> None:
    admin.post("/admin/monitoring/maintenancewindow/add/", window_form(starts_on=day))

    assert not MaintenanceWindow.objects.exists()


def test_a_silence_is_made_with_an_end_and_a_reason_and_ended(admin: Client) -> None:
    admin.post("/alerts/silences/", {"service": "shop", "hours": "4", "reason": ""})
    assert not Silence.objects.exists()
    admin.post("/alerts/silences/", {"service": "shop", "hours": "4000", "reason": "x"})
    assert not Silence.objects.exists()
    admin.post("/alerts/silences/", {"service": "shop", "hours": "4", "reason": "we know"})

    silence = Silence.objects.get()
    assert silence.ends_at - silence.starts_at == timedelta(hours=4)
    assert "we know" in admin.get("/alerts/silences/").content.decode()
    admin.post(f"/alerts/silences/{silence.pk}/end/")
    assert "Nothing is silenced" in admin.get("/alerts/silences/").content.decode()


def test_hostile_text_is_only_text(admin: Client) -> None:
    evaluated()
    rule = make_rule(name=HOSTILE[:100], advice=HOSTILE)
    incident = make_incident(rule, subject=HOSTILE, reason=HOSTILE, opened_at=timezone.now())
    make_channel(name=HOSTILE[:100], last_error=HOSTILE, failed_at=timezone.now())
    MaintenanceWindow.objects.create(
        title=HOSTILE, starts_on=timezone.now().date(), starts_clock="00:00"
    )
    Silence.objects.create(
        reason=HOSTILE, starts_at=timezone.now(), ends_at=timezone.now() + timedelta(1), created_by="x"
    )  # fmt: skip

    for url in (*PAGES, f"/incidents/{incident.pk}/"):
        html = admin.get(url).content.decode()
        assert "<script>alert" not in html, url
        assert "<img src=x" not in html, url


@pytest.mark.parametrize("url", [*PAGES, "incident"])
def test_the_number_of_queries_does_not_grow(admin: Client, url: str) -> None:
    evaluated()
    make_service()
    counts = []
    for rows in (1, 20):
        for number in range(rows):
            fill(f"{rows}-{number}")
        pk = (
            Incident.objects.filter(cause=None).order_by("-pk").values_list("pk", flat=True).first()
        )
        with CaptureQueriesContext(connection) as captured:
            assert admin.get(f"/incidents/{pk}/" if url == "incident" else url).status_code == 200
        counts.append(len(captured))

    assert counts[1] <= counts[0] <= 15, counts


def fill(name: str) -> None:
    """Make one of everything that the pages list."""
    now = timezone.now()
    rule = make_rule(name=f"rule {name}")
    cause = make_incident(rule, subject=f"service-{name}", opened_at=now)
    make_incident(rule, subject=f"symptom-{name}", opened_at=now, cause=cause)
    make_incident(rule, subject=f"old-{name}", opened_at=now, resolved_at=now)
    check = make_watched(f"service-{name}", "down")
    Transition.objects.create(check_row=check, epoch=1, at=now, before="up", after="down")
    make_channel(name=f"channel {name}")
    MaintenanceWindow.objects.create(
        title=name, starts_on=now.date(), starts_clock="00:00", repeat="daily"
    )
    Silence.objects.create(reason=name, starts_at=now, ends_at=now + timedelta(1), created_by="x")


def test_a_check_that_is_paused_is_not_tried(admin: Client) -> None:
    make_rule(name="gone")
    make_watched("shop", "down")
    Check.objects.update(is_paused=True)

    assert "<b>shop</b>" not in admin.get("/alerts/rules/").content.decode()
