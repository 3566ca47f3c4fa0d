"""Derived checks follow the catalog; what people made or set stays theirs."""

import pytest
from django.utils import timezone

from monitoring.health.models import Check, CheckState, SyncMark
from monitoring.health.sync import follow_catalog, sync_checks
from tests.make import make_domain, make_service, make_workspace
from tests.monitoring.health.making import make_check

pytestmark = pytest.mark.django_db


def derived() -> list[Check]:
    return list(Check.objects.current().filter(origin="derived").order_by("pk"))


def test_a_domain_makes_a_check_that_is_due_soon() -> None:
    make_domain(make_service(name="shop"), "shop.example.com")

    sync_checks(timezone.now())

    (check,) = derived()
    assert (check.subject, check.environment, check.kind) == ("shop", "prod", "http")
    assert check.service is not None
    assert CheckState.objects.get(pk=check.pk).due_ms is not None


def test_doing_it_again_changes_nothing() -> None:
    make_domain(make_service(), "shop.example.com")
    sync_checks(timezone.now())
    before = list(CheckState.objects.order_by("pk").values())

    sync_checks(timezone.now())

    assert list(CheckState.objects.order_by("pk").values()) == before


def test_a_check_follows_its_domain_and_keeps_what_people_set() -> None:
    domain = make_domain(make_service(), "old.example.com")
    sync_checks(timezone.now())
    Check.objects.filter(origin="derived").update(interval_s=300, is_paused=True, degraded_ms=50)
    domain.hostname = "new.example.com"
    domain.save()

    sync_checks(timezone.now())

    (check,) = derived()
    assert check.target == "https://new.example.com/"
    assert (check.interval_s, check.is_paused, check.degraded_ms) == (300, True, 50)
    assert check.version == 2


def test_what_the_catalog_drops_is_retired_and_comes_back_with_its_history() -> None:
    service = make_service()
    make_domain(service, "shop.example.com")
    sync_checks(timezone.now())
    (check,) = derived()

    service.archived_at = timezone.now()
    service.save()
    sync_checks(timezone.now())
    gone = derived()
    service.archived_at = None
    service.save()
    sync_checks(timezone.now())

    assert gone == []
    assert derived() == [check]
    assert CheckState.objects.get(pk=check.pk).due_ms is not None


def test_a_check_made_by_hand_is_never_touched() -> None:
    make_domain(make_service(name="shop"), "shop.example.com")
    mine = make_check(subject="shop", kind="http", target="https://shop.example.com/")

    sync_checks(timezone.now())
    sync_checks(timezone.now())

    assert Check.objects.get(pk=mine.pk).version == 1
    assert Check.objects.current().filter(subject="shop").count() == 2


def test_the_console_watches_itself() -> None:
    sync_checks(timezone.now())

    own = Check.objects.filter(origin="built-in").values_list("subject", "target")

    assert dict(own) == {
        "prism-web": "own:web",
        "prism-valkey": "own:redis",
        "prism-database": "own:database",
    }


def test_the_catalog_is_read_only_when_it_has_changed() -> None:
    workspace = make_workspace()
    follow_catalog(timezone.now())
    make_domain(make_service(), "shop.example.com")

    follow_catalog(timezone.now())
    before = derived()
    workspace.revision += 1
    workspace.save()
    follow_catalog(timezone.now())

    assert before == []
    assert len(derived()) == 1
    assert SyncMark.objects.get().catalog_revision == workspace.revision
