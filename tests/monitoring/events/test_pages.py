"""The feed without JavaScript, one event, and the feed of a service."""

from typing import Any

import pytest
from django.test import Client
from django.urls import Resolver404, resolve
from django.utils import timezone
from django.utils.html import escape
from pytest_django import DjangoAssertNumQueries

from monitoring.events.models import Event, QuarantinedMessage
from tests.make import make_administrator, make_service, make_user
from tests.monitoring.events.make_events import store

pytestmark = pytest.mark.django_db
HTML = "<script>alert(1)</script>"


@pytest.fixture
def admin() -> Client:
    client = Client()
    client.force_login(make_administrator())
    return client


def test_an_empty_feed_says_how_to_fill_it(admin: Client) -> None:
    text = admin.get("/events/").content.decode()

    assert "prism events publish" in text


def test_the_feed_is_paged_by_number_and_filtered_by_the_address(admin: Client) -> None:
    store(150)
    store(1, severity="error", service="billing", message=HTML)

    first = admin.get("/events/")
    older = admin.get("/events/?before=52")
    errors = admin.get("/events/?severity=error&service=billing")

    assert [row.seq for row in first.context["rows"]][:2] == [151, 150]
    assert first.context["older"] == 52
    assert [row.seq for row in older.context["rows"]] == list(range(51, 0, -1))
    assert older.context["older"] is None
    assert [row.seq for row in errors.context["rows"]] == [151]
    assert HTML not in errors.content.decode()


@pytest.mark.parametrize(
    "query", ["before=x", "before=-1", "severity=loud", "text=%00%ff", "before=9" + "9" * 30]
)
def test_a_nonsense_address_shows_the_feed(admin: Client, query: str) -> None:
    assert admin.get(f"/events/?{query}").status_code == 200


def test_the_number_of_queries_does_not_grow(
    admin: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    store(150)
    with django_assert_max_num_queries(12):
        admin.get("/events/")


def test_one_event_is_shown_whole_and_safely(admin: Client) -> None:
    make_service(name="docs-site")
    store(1, message=HTML, payload={"html": HTML, "url": "javascript:alert(1)", "n": 10**30})

    page = admin.get("/events/1/")

    text = page.content.decode()
    assert HTML not in text
    assert 'href="javascript:' not in text
    assert "/services/docs-site/" in text
    assert "1" + "0" * 30 in text
    assert admin.get("/events/2/").status_code == 404
    assert admin.get(f"/events/{10**30}/").status_code == 404


def is_a_page(url: str) -> bool:
    """Say whether the console has this page; not every room is always there."""
    try:
        resolve(url.partition("?")[0])
    except Resolver404:
        return url.startswith("https://")
    return True


@pytest.mark.parametrize(
    ("event", "urls"),
    [
        ({"payload": {"url": "https://ci.example.com/7"}}, ["https://ci.example.com/7"]),
        ({"payload": {"url": "javascript:alert(1)"}}, []),
        ({"payload": {"url": "//evil.example"}}, []),
        ({"type": "deploy.failed"}, ["/deployments/?service=docs-site"]),
        (
            {"type": "deploy.success", "payload": {"environment": "prod&x", "url": "https://a.b"}},
            ["/deployments/?service=docs-site&environment=prod%26x", "https://a.b"],
        ),
        ({"payload": {"incident_id": 7}}, ["/incidents/7/"]),
        ({"payload": {"incident_id": "../7"}}, []),
        ({"payload": {"incident_id": True}}, []),
        ({"payload": {"incident_id": 10**40}}, []),
        ({"payload": {"incident_id": {"a": 1}}}, []),
        ({"type": "incident.opened", "payload": {"incident": 7}}, []),
        (
            {"type": "incident.opened", "payload": {"incident": 7}, "door": "console"},
            ["/incidents/7/"],
        ),
        ({"type": "health.down", "door": "console"}, ["/system/services/docs-site/"]),
        ({"type": "health.down"}, []),
        (
            {"type": "catalog.applied", "payload": {"target": "change set 3"}, "door": "console"},
            ["/manifest/changes/3/"],
        ),
        ({"payload": [1]}, []),
    ],
)
def test_an_event_leads_to_what_it_speaks_of(
    admin: Client, event: dict[str, Any], urls: list[str]
) -> None:
    store(1, **{"type": "hello", **event})
    urls = [url for url in urls if is_a_page(url)]

    page = admin.get("/events/1/")

    assert [link.url for link in page.context["links"]] == urls
    for url in urls:
        assert f'href="{escape(url)}"' in page.content.decode()


def test_a_service_shows_its_own_events(admin: Client) -> None:
    make_service(name="docs-site")
    store(1, message="deployed f8e9d0a")
    store(1, service="billing", message="not mine")

    text = admin.get("/services/docs-site/").content.decode()

    assert "deployed f8e9d0a" in text
    assert "not mine" not in text


def test_what_was_refused_is_named_on_the_page(admin: Client) -> None:
    QuarantinedMessage.objects.create(
        door="stream",
        entry_id="1-0",
        reason="NaN",
        raw="",
        size_bytes=0,
        received_at=timezone.now(),
    )

    assert "could not be read" in admin.get("/events/").content.decode()


def test_the_admin_shows_and_never_writes(admin: Client) -> None:
    store()

    assert admin.get("/admin/monitoring/event/1/change/").status_code == 200
    assert admin.post("/admin/monitoring/event/1/change/", {}).status_code == 403
    assert admin.post("/admin/monitoring/event/1/delete/", {"post": "yes"}).status_code == 403
    assert Event.objects.exists()


def test_staff_without_a_role_sees_nothing() -> None:
    client = Client()
    client.force_login(make_user("nobody", is_staff=True))

    assert client.get("/events/").status_code == 403
