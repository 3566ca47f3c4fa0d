"""Log-in: the throttle, the answers, and what is written down."""

import time
from datetime import timedelta

import pytest
from django.contrib.auth.hashers import get_hasher
from django.urls import reverse
from django.utils import timezone

from prism.core import login_attempts
from prism.core.audit_entry import AuditEntry
from prism.core.login_attempts import LogInAttempt, LogInThrottled, begin_attempt, end_attempt
from tests.make import make_administrator, make_user

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery"
NOW = timezone.now()


def post_log_in(client, username="ada", password="wrong", **headers):
    data = {"username": username, "password": password, "next": "/account/"}
    return client.post(reverse("admin:login"), data, headers=headers)


def actions():
    return list(AuditEntry.objects.order_by("number").values_list("action", "actor_name"))


def test_the_right_password_lets_in_and_is_written_down(client):
    make_administrator("ada", password=PASSWORD)

    response = post_log_in(client, password=PASSWORD)

    assert (response.status_code, response["Location"]) == (302, "/account/")
    assert actions() == [("login.ok", "ada")]


def test_the_session_key_changes_at_log_in(client):
    make_administrator("ada", password=PASSWORD)
    client.session["planted"] = True
    before = client.session.session_key

    post_log_in(client, password=PASSWORD)

    assert client.session.session_key != before


def test_a_wrong_name_and_a_wrong_password_get_the_same_answer(client):
    make_administrator("ada", password=PASSWORD)
    make_user("nobody-here", password=PASSWORD, is_active=False, is_staff=True)

    known, unknown, inactive = (
        post_log_in(client, username=name).content.decode().replace(name, "NAME")
        for name in ("ada", "eve", "nobody-here")
    )

    def without_tokens(page):
        return [line for line in page.splitlines() if "csrfmiddlewaretoken" not in line]

    assert without_tokens(known) == without_tokens(unknown) == without_tokens(inactive)


def test_an_unknown_name_costs_a_password_hash_as_well(client, monkeypatch):
    hashed = []
    hasher = type(get_hasher())
    encode = hasher.encode
    monkeypatch.setattr(
        hasher, "encode", lambda self, *args: hashed.append(1) or encode(self, *args)
    )

    post_log_in(client, username="eve")

    assert hashed


def test_what_was_typed_into_the_name_field_is_kept_nowhere(client):
    post_log_in(client, username="my secret password")

    assert actions() == [("login.failed", "(unknown name)")]
    assert "secret" not in LogInAttempt.objects.get().subject


def test_the_sixth_attempt_is_refused_even_with_the_right_password(client):
    make_administrator("ada", password=PASSWORD)
    for _ in range(5):
        assert post_log_in(client).status_code == 200

    refused = post_log_in(client, password=PASSWORD)

    assert refused.status_code == 429
    assert 800 < int(refused["Retry-After"]) <= 900
    assert actions()[-1] == ("login.throttled", "ada")


def test_a_flood_of_refused_attempts_is_written_down_once(client):
    for _ in range(12):
        post_log_in(client)

    assert [action for action, _ in actions()].count("login.throttled") == 1
    assert LogInAttempt.objects.count() == 6


def test_an_unknown_name_is_throttled_like_a_known_one(client):
    for _ in range(5):
        post_log_in(client, username="eve")

    assert post_log_in(client, username="eve").status_code == 429


def test_somebody_elses_failures_lock_nobody_out(client):
    make_administrator("ada", password=PASSWORD)
    for _ in range(6):
        client.post(
            reverse("admin:login"),
            {"username": "ada", "password": "wrong"},
            REMOTE_ADDR="198.51.100.7",
        )

    assert post_log_in(client, password=PASSWORD).status_code == 302


def test_a_forged_forwarded_address_opens_no_second_count(client):
    for number in range(5):
        post_log_in(client, **{"X-Forwarded-For": f"198.51.100.{number}"})

    assert post_log_in(client, **{"X-Forwarded-For": "198.51.100.99"}).status_code == 429


def test_behind_a_trusted_proxy_only_the_last_hop_counts(client, settings):
    settings.PRISM_TRUSTED_PROXY = True
    for number in range(5):
        post_log_in(client, **{"X-Forwarded-For": f"198.51.100.{number}, 203.0.113.5"})

    assert post_log_in(client, **{"X-Forwarded-For": "203.0.113.5"}).status_code == 429
    assert post_log_in(client, **{"X-Forwarded-For": "203.0.113.6"}).status_code == 200


def attempt(name="ada", address="192.0.2.1", at=NOW):
    return begin_attempt(username=name, address=address, now=at)


def test_success_forgives_the_failures_of_that_name_from_there():
    for _ in range(4):
        attempt()
    end_attempt(attempt())

    for _ in range(5):
        attempt()
    with pytest.raises(LogInThrottled):
        attempt()


def test_an_address_may_fail_fifty_times_whatever_the_names():
    for number in range(50):
        attempt(f"user-{number}")

    with pytest.raises(LogInThrottled):
        attempt("user-51")
    attempt("user-51", address="192.0.2.2")


def test_one_customer_of_ipv6_is_one_address():
    for number in range(5):
        attempt(address=f"2001:db8:1:2::{number}")

    with pytest.raises(LogInThrottled):
        attempt(address="2001:db8:1:2:ffff::1")
    attempt(address="2001:db8:1:3::1")


def test_the_name_is_counted_whatever_its_capitals():
    for name in ("ada", "ADA", " Ada", "aDa ", "adA"):
        attempt(name)

    with pytest.raises(LogInThrottled):
        attempt("ada")


def test_the_wait_ends_fifteen_minutes_after_the_first_failure():
    for minute in range(5):
        attempt(at=NOW + timedelta(minutes=minute))

    with pytest.raises(LogInThrottled) as refused:
        attempt(at=NOW + timedelta(minutes=10))
    assert refused.value.retry_after_s == 5 * 60
    attempt(at=NOW + timedelta(minutes=15, seconds=1))


def test_refused_attempts_do_not_lengthen_the_wait():
    for _ in range(5):
        attempt()
    for minute in range(1, 15):
        with pytest.raises(LogInThrottled):
            attempt(at=NOW + timedelta(minutes=minute))

    attempt(at=NOW + timedelta(minutes=15, seconds=1))


def test_old_attempts_are_swept_out():
    attempt(at=NOW - login_attempts.KEPT - timedelta(seconds=1))

    attempt()

    assert LogInAttempt.objects.count() == 1


def test_log_out_ends_the_session_and_is_written_down(client):
    client.force_login(make_administrator("ada"))

    response = client.post(reverse("admin:logout"))

    assert (response.status_code, response["Location"]) == (302, reverse("admin:login"))
    assert client.get("/account/").status_code == 302
    assert actions() == [("logout", "ada")]


def test_log_out_by_a_link_does_nothing(client):
    client.force_login(make_administrator("ada"))

    assert client.get(reverse("admin:logout")).status_code == 405


def test_without_an_audit_entry_nobody_gets_in(client, monkeypatch):
    make_administrator("ada", password=PASSWORD)

    def refuse(*args, **kwargs):
        raise RuntimeError("no space for the trail")

    monkeypatch.setattr("prism.core.audit.record", refuse)
    client.raise_request_exception = False

    response = post_log_in(client, password=PASSWORD)

    assert response.status_code == 500
    assert client.get("/account/").status_code == 302


def test_changing_the_password_ends_the_other_sessions(client):
    from django.test import Client

    user = make_administrator("ada", password=PASSWORD)
    other = Client()
    client.force_login(user)
    other.force_login(user)
    new = "a new and long passphrase"
    data = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}

    response = client.post(reverse("admin:password_change"), data)

    assert response.status_code == 302
    assert client.get("/account/", follow=False).status_code == 200
    assert other.get("/account/").status_code == 302
    assert actions() == [("password.changed", "ada")]


def test_the_timing_of_unknown_names_is_near_that_of_known_ones(client, settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
    make_administrator("ada", password=PASSWORD)

    def seconds(name):
        begun = time.perf_counter()
        post_log_in(client, username=name)
        return time.perf_counter() - begun

    seconds("warm-up")
    known, unknown = min(seconds("ada") for _ in range(3)), min(seconds("eve") for _ in range(3))

    assert 0.5 < known / unknown < 2
