"""Search."""

import pytest
from django.utils import timezone

from services.catalog.models import Service
from services.catalog.search import SHOWN_PER_GROUP, search_catalog
from tests.make import (
    make_domain,
    make_endpoint,
    make_migration_plan,
    make_project,
    make_runbook,
    make_service,
    make_variable,
)
from tests.services.catalog.page_tests import HARMLESS, HOSTILE, signed_in, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def client():
    return signed_in()


def names(asked, group):
    return [
        hit.name for found in search_catalog(asked) if found.group.id == group for hit in found.hits
    ]


def groups(asked):
    return [found.group.id for found in search_catalog(asked)]


def test_without_a_question_the_page_says_what_can_be_asked(client):
    page = text_of(client.get("/search"))

    assert "DATABASE_URL" in page
    assert search_catalog("  ") == []


def test_everything_of_the_catalog_is_found():
    service = make_service(name="needle-api", project=make_project(name="needle"))
    make_domain(service, "needle.example.com")
    make_variable(service, "NEEDLE_URL")
    make_endpoint(service, "/needle")
    make_runbook(name="needle-down")
    make_migration_plan(name="needle-split")

    assert groups("needle") == [
        *("services", "projects", "domains", "variables", "endpoints", "runbooks", "plans"),
    ]


def test_exact_stands_before_prefix_before_substring_before_description():
    make_service(name="in-the-text", description="speaks of redis")
    make_service(name="my-redis")
    make_service(name="redis-cache")
    make_service(name="redis")

    assert names("redis", "services") == ["redis", "redis-cache", "my-redis", "in-the-text"]


def test_capitals_do_not_matter():
    make_service(name="api", display_name="Public API")
    make_variable(make_service(), "DATABASE_URL")

    assert names("PUBLIC api", "services") == ["api"]
    assert names("database_url", "variables") == ["DATABASE_URL"]


def test_every_word_must_occur():
    make_service(name="orders-api", description="written in Go")
    make_service(name="orders-web", description="written in Python")

    assert names("orders python", "services") == ["orders-web"]


@pytest.mark.parametrize("wildcard", ["%", "_", "%%", "a%b", "\\", "a_i"])
def test_wildcards_are_plain_characters(wildcard):
    make_service(name="api")

    assert search_catalog(wildcard) == []


def test_an_underscore_finds_an_underscore():
    make_variable(make_service(), "A_B")
    make_variable(make_service(), "AXB")

    assert names("a_b", "variables") == ["A_B"]


def test_aliases_are_found():
    make_service(name="api", aliases=["gateway"])

    assert names("gateway", "services") == ["api"]


def test_archived_services_and_their_parts_are_not_found():
    service = make_service(name="old", archived_at=timezone.now())
    make_domain(service, "old.example.com")
    make_variable(service, "OLD")
    make_endpoint(service, "/old")
    make_project(name="old-project", archived_at=timezone.now())

    assert search_catalog("old") == []


def test_a_long_group_is_cut_and_says_how_many_there_are(client):
    for number in range(SHOWN_PER_GROUP + 3):
        make_service(name=f"same-{number:02}")

    (found,) = search_catalog("same-")
    page = text_of(client.get("/search?q=same-"))
    all_of_them = text_of(client.get("/search?q=same-&in=services"))

    assert (len(found.hits), found.total, found.more) == (SHOWN_PER_GROUP, SHOWN_PER_GROUP + 3, 3)
    assert "and 3 more" in page
    assert "/search?q=same-&amp;in=services" in page
    assert "same-12" in all_of_them


def test_hits_of_the_same_rank_have_one_order():
    for number in (3, 1, 2):
        make_variable(make_service(name=f"s-{number}"), "SAME")

    assert [hit.detail[:3] for hit in search_catalog("SAME")[0].hits] == ["s-3", "s-1", "s-2"]


def test_a_hit_links_to_the_place_on_the_page(client):
    make_variable(make_service(name="api"), "THE_URL")

    assert 'href="/services/api/#variables" data-hit' in text_of(client.get("/search?q=the_url"))


def test_the_results_alone_are_a_part_of_the_page(client):
    make_service(name="api")

    part = text_of(client.get("/search?q=api&part=results"))

    assert "<html" not in part
    assert part.strip() in text_of(client.get("/search?q=api"))


def test_nothing_found_says_what_to_try(client):
    assert "Every word must occur" in text_of(client.get("/search?q=nothing+like+this"))


@pytest.mark.parametrize(
    "asked", ["a" * 5_000, "a " * 500, "\x00", "\x00api", "' OR 1=1 --", "é", "${{", "in=x"]
)
def test_any_text_may_be_asked(client, asked):
    make_service(name="api")

    text_of(client.get("/search", {"q": asked, "in": asked}))


def test_html_stays_text(client):
    make_service(name="api", description=HOSTILE)
    Service.objects.update(display_name=HOSTILE)

    for query in (HOSTILE, "api"):
        page = text_of(client.get("/search", {"q": query}))
        assert HARMLESS in page
        assert "<script>alert" not in page
        assert "<img src=x" not in page
