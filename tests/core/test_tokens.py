"""Tokens: scopes, an end, a hash, and one showing."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from prism.core.access import AccessDenied, authorize, is_allowed
from prism.core.audit_entry import AuditEntry
from prism.core.tokens import Token, find_token, issue_token, revoke_token
from tests.make import make_administrator, make_user

pytestmark = pytest.mark.django_db

NOW = timezone.now()


def issue(scopes=("catalog.view",), name="ci", days=30, actor=None):
    return issue_token(
        actor=actor or make_administrator(),
        name=name,
        scopes=list(scopes),
        expires_at=NOW + timedelta(days=days),
        now=NOW,
    )


def actions():
    return list(AuditEntry.objects.order_by("number").values_list("action", flat=True))


def test_a_token_may_do_what_its_scopes_say_and_nothing_else():
    token, _ = issue(["catalog.view", "manifest.plan"])

    authorize(token, "manifest.plan")
    assert not is_allowed(token, "manifest.apply")
    assert not is_allowed(token, "account.own")


def test_a_scope_that_no_token_may_have_does_nothing_even_in_the_row():
    token, _ = issue()
    token.scopes = ["people.manage", "tokens.manage", "catalog.view"]

    assert token.allowed_actions() == {"catalog.view"}


def test_the_secret_is_in_no_column():
    token, secret = issue()

    assert secret.startswith("prism_")
    for field in Token._meta.fields:
        assert secret not in str(getattr(token, field.attname))
        assert secret[14:] not in str(getattr(token, field.attname))


def test_the_secret_finds_the_token():
    token, secret = issue()

    assert find_token(secret, NOW) == token
    assert find_token(secret[:-1], NOW) is None
    assert find_token("prism_" + "\ud800" * 20, NOW) is None
    assert find_token("", NOW) is None


def test_an_ingest_token_has_its_own_prefix_and_does_nothing_else():
    _, secret = issue(["events.ingest"])

    assert secret.startswith("prism_ing_")
    with pytest.raises(ValueError, match="nothing else"):
        issue(["events.ingest", "catalog.view"], name="other", actor=make_administrator("second"))


@pytest.mark.parametrize("scopes", [[], ["people.manage"], ["catalog.view", "audit.view"]])
def test_scopes_outside_of_the_table_are_refused(scopes):
    with pytest.raises(ValueError, match="no such scope"):
        issue(scopes)


@pytest.mark.parametrize("days", [0, -1, 367])
def test_every_token_ends_within_a_year(days):
    with pytest.raises(ValueError, match="at most"):
        issue(days=days)


def test_who_may_not_manage_tokens_makes_none():
    with pytest.raises(AccessDenied):
        issue(actor=make_user(is_staff=True))


def test_an_expired_token_opens_nothing_and_its_use_is_written_down():
    _, secret = issue()

    assert find_token(secret, NOW + timedelta(days=31)) is None
    assert actions() == ["token.created", "token.used_after_expired"]


def test_a_revoked_token_opens_nothing_at_once():
    token, secret = issue()

    revoke_token(actor=token.created_by, token=token, now=NOW)
    revoke_token(actor=token.created_by, token=token, now=NOW)

    assert find_token(secret, NOW) is None
    assert actions() == ["token.created", "token.revoked", "token.used_after_revoked"]


def test_using_a_token_often_costs_few_writes(django_assert_num_queries):
    _, secret = issue()
    find_token(secret, NOW)

    with django_assert_num_queries(1):
        find_token(secret, NOW + timedelta(minutes=1))


def test_the_page_shows_the_secret_once(client):
    client.force_login(make_administrator())
    add = reverse("admin:core_token_add")

    made = client.post(add, {"name": "ci", "scopes": ["catalog.view"], "days": 30})
    secret = made.context["secret"]
    token = Token.objects.get()

    assert find_token(secret, timezone.now()) == token
    assert secret in made.content.decode()
    assert "no-store" in made["Cache-Control"]
    for url in (
        reverse("admin:core_token_changelist"),
        reverse("admin:core_token_change", args=[token.pk]),
        reverse("admin:index"),
    ):
        page = client.get(url)
        assert page.status_code == 200
        assert secret not in page.content.decode()
    assert secret not in str(dict(client.session))
    assert secret not in str(client.cookies)


def test_the_page_refuses_a_mixed_ingest_token(client):
    client.force_login(make_administrator())

    client.post(
        reverse("admin:core_token_add"),
        {"name": "ci", "scopes": ["catalog.view", "events.ingest"], "days": 30},
    )

    assert not Token.objects.exists()


def test_the_list_revokes_tokens(client):
    token, secret = issue()
    client.force_login(token.created_by)

    client.post(
        reverse("admin:core_token_changelist"),
        {"action": "revoke", "_selected_action": [token.pk]},
    )

    assert find_token(secret, timezone.now()) is None


def test_nothing_about_a_token_can_be_changed_or_deleted(client):
    token, _ = issue()
    client.force_login(token.created_by)
    change = reverse("admin:core_token_change", args=[token.pk])

    assert client.post(change, {"name": "other"}).status_code == 403
    assert client.post(reverse("admin:core_token_delete", args=[token.pk])).status_code == 403
    assert Token.objects.get().name == "ci"
