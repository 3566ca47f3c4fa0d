"""The catalog checks of documents, as the home page and `prism check` run them."""

from datetime import date, datetime

import pytest
from django.utils import timezone

from services.analyses.checks import SUITE, load
from services.catalog.checks import Asked, registered, run_checks
from services.catalog.models import Service
from tests import make
from tests.services.analyses.making import NOW, make_document, make_redis

pytestmark = pytest.mark.django_db
STATUSES = {"redis": "active"}


def found_by(check_id: str, now: datetime = NOW):
    results = run_checks(SUITE.checks, load(Asked(now)), statuses=STATUSES, levels={})
    return [
        (finding.subject, finding.detail)
        for result in results
        if result.check.id == check_id
        for finding in result.findings
    ]


def test_the_suite_is_registered():
    assert SUITE in registered()


def test_a_document_that_holds_is_no_finding():
    make_document(make_redis())

    assert found_by("stale-analysis") == found_by("analysis-differs") == []


def test_a_review_that_is_late_is_one():
    make_document(make_redis())

    late = datetime.combine(date(2026, 4, 2), NOW.timetz())

    assert found_by("stale-analysis", late) == [("redis", "its next review was due on 2026-04-01")]


def test_facts_that_moved_and_differ_are_two():
    make_document(make_redis())
    Service.objects.update(configuration={"maxmemory_policy": "allkeys-lru", "maxmemory": "1GB"})

    assert found_by("stale-analysis") == [
        (
            "redis",
            "maxmemory was 256MB when it was written, now 1GB;"
            " persistence was RDB snapshots when it was written, now not stated",
        )
    ]
    assert found_by("analysis-differs") == [
        (
            "redis",
            "the document says 256MB (default, configurable) for Memory, the catalog says 1GB",
        )
    ]


def test_all_documents_cost_one_query_and_those_of_a_loaded_page_none(django_assert_num_queries):
    redis = make_redis()
    make_document(redis)
    make_document(make.make_service(), "# Other\n")
    page = Service.objects.for_page().get(pk=redis.pk)

    with django_assert_num_queries(1):
        assert len(load(Asked(NOW))) == 2
    with django_assert_num_queries(1):
        by_name = load(Asked(NOW, "redis"))
    with django_assert_num_queries(0):
        by_page = load(Asked(NOW, "redis", page))
    assert by_page == by_name
    assert [one.service for one in by_name] == ["redis"]


def test_archived_services_are_left_out():
    make_document(make_redis(archived_at=timezone.now()))

    assert load(Asked(NOW)) == []
