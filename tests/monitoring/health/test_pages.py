"""The pages of health: what they show of each state of things, to whom, with how many queries."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from monitoring.health.actions import schedule_checks
from monitoring.health.models import (
    Check,
    CheckState,
    DailyRollup,
    Deployment,
    HourlyRollup,
    Reading,
    Transition,
)
from tests.make import make_administrator, make_domain, make_project, make_service, make_user
from tests.monitoring.health.making import make_check

pytestmark = pytest.mark.django_db
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"


@pytest.fixture
def admin(client: Client) -> Client:
    client.force_login(make_administrator())
    return client


def known(check: Check, **over: Any) -> Check:
    """Make what a worker would have written of a check."""
    now = timezone.now()
    spans = {name: now + value for name, value in over.items() if isinstance(value, timedelta)}
    schedule_checks([check], now_ms=0)
    values = {
        "last_at": now, "last_found": "up", "verdict": "up", "known": "up", "latency_ms": 182.4,
        "since": now, "hours": "-" * 20 + "uudx", "hours_until": int(now.timestamp()) // 3600,
    }  # fmt: skip
    CheckState.objects.filter(pk=check.pk).update(**{**values, **over, **spans})
    return check


def chips(html: str) -> list[tuple[str, str]]:
    table = html[html.index("<tbody>") : html.index("</tbody>")]
    return re.findall(r'class="chip ([\w-]+)"[^>]*>([^<]*)<', table)


@pytest.mark.parametrize(
    ("state", "shown"),
    [
        ({}, ("up", "182 ms")),
        ({"latency_ms": 0.4}, ("up", "0.4 ms")),
        (
            {"verdict": "degraded", "last_found": "degraded", "latency_ms": 740, "reason": "slow: 740 ms"},
            ("degraded", "740 ms"),
        ),
        (
            {"verdict": "down", "last_found": "down", "reason": "certificate expired"},
            ("down", "certificate expired"),
        ),
        ({"step": "suspect", "last_found": "down", "reason": "timed out"}, ("degraded", "timed out ?")),
        ({"verdict": "down", "last_found": "up", "step": "recovering"}, ("down", "recovering · 182 ms")),
        ({"last_found": "unknown", "reason": "blocked by policy"}, ("unknown", "blocked by policy")),
        ({"last_at": None, "last_found": ""}, ("unknown", "not asked yet")),
        ({"is_flapping": True}, ("up", "182 ms · flapping")),
        # a span counts from when the test runs
        ({"last_at": timedelta(minutes=-9)}, ("unknown", "no reading for 9 min")),
        (
            {"maintenance_until": timedelta(hours=1), "verdict": "down"},
            ("planned", "maintenance"),
        ),
    ],
)  # fmt: skip
def test_a_cell_says_what_is_known(admin: Client, state: dict[str, Any], shown: Any) -> None:
    known(make_check(), **state)

    html = admin.get("/system/").content.decode()

    assert chips(html) == [shown]


def test_a_place_shows_the_most_worrying_of_its_checks(admin: Client) -> None:
    known(make_check())
    known(make_check(), verdict="down", last_found="down", reason="refused")

    html = admin.get("/system/").content.decode()

    assert chips(html) == [("down", "refused")]
    assert "the most worrying of 2 checks" in html


def test_every_place_says_its_environment_where_there_are_no_columns(admin: Client) -> None:
    known(make_check(environment="prod"))
    known(make_check(environment="dev"))

    html = admin.get("/system/").content.decode()

    assert re.findall(r'class="place" data-env="(\w+)"', html) == ["dev", "prod"]


def test_a_failed_reading_names_its_phase(admin: Client) -> None:
    known(make_check(), evidence='{"phases": {"connect_ms": 3.5}, "failed_in": "first_byte"}')

    html = admin.get("/system/services/shop/").content.decode()

    assert "<dt>first byte</dt>" in html
    assert "failed here" in html


def test_the_first_version_that_is_known_is_no_change(admin: Client) -> None:
    known(make_check())
    now = timezone.now()
    versions = (("prod", "1", 30), ("prod", "2", 2), ("dev", "1", 1))
    for environment, version, hours in versions:
        Deployment.objects.create(
            subject="shop", environment=environment, version=version, source="seen",
            at=now - timedelta(hours=hours),
        )  # fmt: skip

    html = admin.get("/system/").content.decode()

    assert "<b>1</b><span>version change, 24 hours</span>" in html


def test_planned_services_are_shown_and_not_probed(admin: Client) -> None:
    project = make_project(target_date="2026-Q2")
    make_service(name="later", status="planned", phase=2, project=project)

    html = admin.get("/system/").content.decode()

    assert "not probed" in html
    assert "There is nothing to watch" not in html


def test_an_empty_console_says_what_to_do(admin: Client) -> None:
    html = admin.get("/system/").content.decode()

    assert "There is nothing to watch yet" in html


def test_a_page_without_a_worker_says_so(admin: Client) -> None:
    known(make_check(), last_at=timezone.now() - timedelta(minutes=9))

    html = admin.get("/system/").content.decode()

    assert "is a worker running?" in html


def test_problems_alone_can_be_asked_for(admin: Client) -> None:
    known(make_check(subject="well"))
    known(make_check(subject="ill"), verdict="down", last_found="down")

    html = admin.get("/system/?show=problems").content.decode()

    rows = html[html.index("<tbody>") : html.index("</tbody>")]
    assert "ill" in rows
    assert "well" not in rows


def test_the_grid_is_sent_again_only_when_it_changed(admin: Client, monkeypatch: Any) -> None:
    check = known(make_check())
    now = timezone.now()
    monkeypatch.setattr("monitoring.health.views.timezone.now", lambda: now)

    first = admin.get("/system/?part=grid")
    same = admin.get("/system/?part=grid", headers={"If-None-Match": first["ETag"]})
    CheckState.objects.filter(pk=check.pk).update(last_at=now + timedelta(seconds=1))
    changed = admin.get("/system/?part=grid", headers={"If-None-Match": first["ETag"]})
    later = now + timedelta(seconds=20)
    monkeypatch.setattr("monitoring.health.views.timezone.now", lambda: later)
    stale = admin.get("/system/?part=grid", headers={"If-None-Match": changed["ETag"]})

    assert (first.status_code, same.status_code, changed.status_code) == (200, 304, 200)
    assert stale.status_code == 200  # time alone must make it stale
    assert b"<html" not in first.content
    assert same.content == b""


def fill_history(check: Check, now: datetime) -> None:
    hour = now.replace(minute=0, second=0, microsecond=0)
    Reading.objects.bulk_create(
        Reading(check_id=check.pk, at=now - timedelta(minutes=n), found="u", latency_ms=20 + n)
        for n in range(60)
    )
    HourlyRollup.objects.create(check_id=check.pk, start=hour, up=50, down=10, unknown=5, b5=50)
    day = now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=3)
    DailyRollup.objects.create(check_id=check.pk, start=day, up=90, down=10, maintenance=7, b5=90)


@pytest.mark.parametrize("span", ["24h", "30d", "90d", "nonsense"])
def test_the_page_of_a_service_shows_its_history(admin: Client, span: str) -> None:
    service = make_service(name="shop")
    check = known(make_check(service=service), evidence='{"phases": {"dns_ms": 3.5}, "body": "ok"}')
    now = timezone.now()
    fill_history(check, now)
    Transition.objects.create(
        check_row=check, epoch=1, at=now, before="up", after="down", reason="refused"
    )
    Deployment.objects.create(
        subject="shop", environment="prod", commit="f8e9d0abc", at=now, source="seen"
    )

    html = admin.get(f"/system/services/shop/?span={span}").content.decode()

    for words in ("svg class=&quot;latency", "3.5 ms", "refused", "f8e9d0a", "p95"):
        assert words.replace("&quot;", '"') in html


def test_uptime_counts_answers_and_says_what_it_left_out(admin: Client) -> None:
    check = known(make_check(service=make_service(name="shop")))
    fill_history(check, timezone.now())

    html = admin.get("/system/services/shop/?span=90d").content.decode()

    assert "87.50 %" in html  # (50 + 90) of 160
    assert "of 160 readings; 5 unknown and 7 in maintenance not counted" in html


def test_the_page_of_a_service_begins_with_the_check_that_worries_most(admin: Client) -> None:
    service = make_service(name="shop")
    make_domain(service, "shop.example.com", environment="staging")  # makes the environment
    for environment, verdict in (("dev", "up"), ("staging", "down"), ("prod", "down")):
        check = make_check(service=service, environment=environment)
        known(check, verdict=verdict, last_found=verdict, reason=f"{verdict} in {environment}")

    html = admin.get("/system/services/shop/").content.decode()

    assert html.index("down in staging") < html.index("up in dev")
    reading = html[html.index('id="reading"') :]
    assert "down in staging" in reading


def test_a_service_that_nobody_knows_has_no_page(admin: Client) -> None:
    assert admin.get("/system/services/nobody/").status_code == 404


def test_hostile_text_is_text(admin: Client) -> None:
    check = known(
        make_check(subject=HOSTILE[:90], target=HOSTILE, environment=HOSTILE[:90]),
        verdict="down", last_found="down", reason=HOSTILE, evidence='{"body": "<script>x</script>"}',
    )  # fmt: skip
    Deployment.objects.create(
        subject=check.subject, environment=check.environment, version=HOSTILE, at=timezone.now(),
        source="seen",
    )  # fmt: skip
    from urllib.parse import quote

    for path in ("/system/", f"/system/services/{quote(check.subject, safe='')}/", "/deployments/"):
        response = admin.get(path)
        html = response.content.decode()
        assert "<script>alert" not in html
        assert "<script>x" not in html
        assert "<img src=x" not in html


@pytest.mark.parametrize(
    "path", ["/system/", "/system/?part=grid", "/system/services/shop-0/", "/deployments/"]
)
def test_queries_do_not_grow_with_the_rows(
    admin: Client, path: str, django_assert_max_num_queries: Any
) -> None:
    for number in range(30):
        service = make_service(name=f"shop-{number}")
        for environment in ("prod", "staging"):
            known(make_check(service=service, subject=service.name, environment=environment))
        Deployment.objects.create(
            subject=service.name, environment="prod", version="1", at=timezone.now(), source="seen"
        )
    admin.get(path)

    with django_assert_max_num_queries(15):
        admin.get(path)


def test_probing_all_makes_every_check_due(admin: Client) -> None:
    check = known(make_check())
    CheckState.objects.filter(pk=check.pk).update(due_ms=2**50)

    response = admin.post("/system/probe/")

    assert response.status_code == 302
    assert CheckState.objects.get(pk=check.pk).due_ms < 2**50


@pytest.mark.usefixtures("local_network")
def test_probing_now_shows_everything_and_stores_nothing(admin: Client) -> None:
    known(make_check(target="127.0.0.1:1"))

    html = admin.post("/system/services/shop/probe/").content.decode()

    assert "connection refused" in html
    assert "ConnectionRefusedError" in html
    assert not Reading.objects.exists()


def test_a_viewer_sees_no_button_and_may_not_probe(client: Client) -> None:
    from django.contrib.auth.models import Group

    viewer = make_user("viewer", is_staff=True)
    viewer.groups.set(Group.objects.filter(name="viewer"))
    client.force_login(viewer)
    known(make_check())

    assert "Probe" not in client.get("/system/").content.decode()
    assert client.post("/system/probe/").status_code == 403
    assert client.post("/system/services/shop/probe/").status_code == 403


def test_a_badge_shows_the_worst(admin: Client) -> None:
    known(make_check(), verdict="degraded")
    known(make_check(environment="dev"), verdict="down")

    everywhere = admin.get("/system/services/shop/badge.svg")
    prod = admin.get("/system/services/shop/badge.svg?environment=prod")

    assert everywhere["Content-Type"] == "image/svg+xml"
    assert "shop: down" in everywhere.content.decode()
    assert "shop: degraded" in prod.content.decode()
    assert admin.get("/system/services/nobody/badge.svg").status_code == 404


def check_form(**over: Any) -> dict[str, Any]:
    values = {
        "subject": "shop", "environment": "prod", "kind": "http", "target": "https://example.com/",
        "options": "{}", "conditions": "status == 200", "interval_s": 30, "timeout_s": 5,
        "failures_to_down": 3, "successes_to_up": 2, "degraded_ms": 500, "failing_ms": 2000,
    }  # fmt: skip
    return {**values, **over}


def test_a_check_is_made_by_hand_and_due_soon(admin: Client) -> None:
    response = admin.post("/admin/monitoring/check/add/", check_form())

    check = Check.objects.get()
    assert response.status_code == 302
    assert check.origin == "manual"
    assert CheckState.objects.get(pk=check.pk).due_ms is not None


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"conditions": "status = 200"}, "line 1: write it like"),
        ({"target": "http://169.254.169.254/"}, "forbidden address"),
        ({"target": "ftp://example.com/"}, "must start with http or https"),
        ({"target": "own:web"}, "own: is for the checks"),
        ({"kind": "redis", "target": "redis://:pw@cache:6379"}, "No password may be stored"),
        ({"kind": "tcp", "target": ""}, "Say where it leads"),
        ({"kind": "dns", "options": '{"record": "WAT"}'}, "record must be one of"),
        ({"options": '{"redirects": "many"}'}, "redirects must be 0 to 3"),
        ({"options": '{"expect": "ok"}'}, "http checks have no option expect"),
        ({"kind": "heartbeat", "options": '{"grace_s": "long"}'}, "grace_s must be a number"),
        ({"interval_s": 1}, "greater than or equal to 5"),
        ({"timeout_s": 90}, "less than or equal to 12"),
        ({"subject": "a/b"}, "Lower case letters"),
    ],
)
def test_a_check_that_cannot_be_asked_is_refused(
    admin: Client, wrong: dict[str, Any], words: str
) -> None:
    response = admin.post("/admin/monitoring/check/add/", check_form(**wrong))

    assert words in response.content.decode().replace("&#x27;", "'")
    assert not Check.objects.exists()


def test_a_derived_check_keeps_its_place(admin: Client) -> None:
    check = make_check(origin="derived", key="a", kind="http", target="https://a.example.com/")

    admin.post(
        f"/admin/monitoring/check/{check.pk}/change/",
        check_form(target="https://b/", interval_s=60),
    )

    check.refresh_from_db()
    assert (check.target, check.interval_s) == ("https://a.example.com/", 60)


def test_a_heartbeat_check_tells_its_address_once(admin: Client) -> None:
    form = check_form(kind="heartbeat", target="", conditions="")
    shown = admin.post("/admin/monitoring/check/add/", form, follow=True).content.decode()

    (path,) = re.findall(r"(/heartbeat/[\w-]+/)", shown)
    assert Client().post(path).status_code == 200
    assert CheckState.objects.get().heartbeat_at is not None
    assert Client().post("/heartbeat/wrong/").status_code == 404
    assert Client().get(path).status_code == 405


def test_checks_are_paused_and_resumed_in_the_list(admin: Client) -> None:
    check = known(make_check())
    for action, is_paused in (("pause", True), ("resume", False)):
        admin.post("/admin/monitoring/check/", {"action": action, "_selected_action": [check.pk]})
        check.refresh_from_db()
        assert check.is_paused is is_paused
        assert (CheckState.objects.get(pk=check.pk).due_ms is None) is is_paused


def test_the_list_of_checks_shows_what_is_known(admin: Client) -> None:
    make_domain(make_service(), "x.example.com")
    known(make_check())

    assert "182 ms" in admin.get("/admin/monitoring/check/").content.decode()
