"""The sidebar: who sees which entry, which one is current, and what it costs."""

from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import AnonymousUser, Group, User
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from prism import navigation as sidebar
from prism.navigation import Entry, current_entry, navigation, sections
from tests.make import make_project, make_service


@pytest.fixture
def superuser(db: None) -> User:
    return User.objects.create_superuser("ada", password="x")


def shown(user: object, path: str = "/somewhere/") -> list[dict[str, object]]:
    """Give the sections for a user on a page."""
    request = RequestFactory().get(path)
    request.user = user  # type: ignore[assignment]
    return sections(request)


def labels(user: object) -> set[str]:
    """Name the links that the user sees."""
    return {link.label for section in shown(user) for link in section["links"]}  # type: ignore[attr-defined]


def current(user: object, path: str) -> list[str]:
    """Name the links that are marked on a page."""
    return [
        link.label
        for section in shown(user, path)
        for link in section["links"]  # type: ignore[attr-defined]
        if link.is_current
    ]


def test_a_superuser_sees_every_entry_whose_page_is_there(superuser: User) -> None:
    assert {"Services", "Projects", "Manifest", "Audit", "People", "Tokens"} <= labels(superuser)


def test_a_viewer_does_not_see_what_only_administrators_may_open(db: None) -> None:
    user = User.objects.create_user("eve", is_staff=True)
    user.groups.add(Group.objects.get_or_create(name="viewer")[0])

    assert {"Services", "Projects", "Manifest"} <= labels(user)
    assert not {"Audit", "People", "Tokens"} & labels(user)


def test_staff_without_a_role_sees_no_empty_section(db: None) -> None:
    assert shown(User.objects.create_user("eve", is_staff=True)) == []


def test_nobody_who_is_not_logged_in_sees_the_sidebar(db: None) -> None:
    assert shown(AnonymousUser()) == []


def test_an_entry_without_a_page_is_left_out(
    superuser: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    entries = (Entry("Not built", "no-such-url", "catalog.view"),)
    monkeypatch.setattr(sidebar, "NAVIGATION", (("New", entries),))

    assert shown(superuser) == []


@pytest.mark.parametrize(
    ("path", "label"),
    [
        ("/admin/services/service/", ["Services"]),
        ("/admin/services/service/7/change/", ["Services"]),
        ("/services/blackroad-backend/", ["Services"]),
        ("/projects/blackroad-core/", ["Projects"]),
        ("/manifest/changes/3/", ["Manifest"]),
        ("/admin/", ["All records"]),
        ("/admin/services/environment/", ["All records"]),
        ("/admin/password_change/", []),
        ("/account/", []),
    ],
)
def test_the_entry_that_a_page_belongs_to_is_marked(
    superuser: User, path: str, label: list[str]
) -> None:
    assert current(superuser, path) == label


def test_the_longest_beginning_wins() -> None:
    short, long = Entry("Short", "a", "x"), Entry("Long", "b", "x")

    assert current_entry("/a/b/c/", [(short, "/a/"), (long, "/a/b/")]) is long
    assert current_entry("/a/b/c/", [(long, "/a/b/"), (short, "/a/")]) is long


def test_counts_leave_out_what_is_archived_and_cost_one_query(superuser: User) -> None:
    project = make_project()
    make_service(project=project)
    make_service(project=project, archived_at=datetime(2026, 1, 1, tzinfo=UTC))
    make_project(archived_at=datetime(2026, 1, 1, tzinfo=UTC))

    with CaptureQueriesContext(connection) as queries:
        links = {link.label: link for part in shown(superuser) for link in part["links"]}  # type: ignore[attr-defined]

    assert len(queries) == 1
    assert (links["Services"].count, links["Projects"].count) == (1, 1)
    assert links["Manifest"].count is None


def test_counts_of_an_empty_catalog_are_zero(superuser: User) -> None:
    counts = [link.count for part in shown(superuser) for link in part["links"]]  # type: ignore[attr-defined]

    assert counts.count(0) == 3


def test_a_page_that_does_not_show_the_sidebar_does_not_pay_for_it(superuser: User) -> None:
    request = RequestFactory().get("/")
    request.user = superuser

    with CaptureQueriesContext(connection) as queries:
        navigation(request)

    assert len(queries) == 0
