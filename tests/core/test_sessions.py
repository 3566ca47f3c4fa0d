"""Sessions: SQL decides, the cache helps, and whoever logs out is out."""

import json
import time
from datetime import timedelta

import pytest
from django.conf import settings as console_settings
from django.contrib.auth.models import User
from django.contrib.sessions.backends.base import UpdateError
from django.core.cache import cache
from django.db import DatabaseError
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from prism.core.sessions import Session, SessionStore, end_all_sessions
from tests.servers import RedisServer

pytestmark = [pytest.mark.redis, pytest.mark.django_db]
VERIFY_S = console_settings.PRISM_SESSION_VERIFY_S
PASSWORD = "correct horse battery"


@pytest.fixture
def user() -> User:
    return User.objects.create_superuser("ada", password=PASSWORD)


@pytest.fixture
def browser(own_redis: RedisServer, user: User) -> Client:
    client = Client()
    log_in(client)
    assert is_logged_in(client)
    return client


def log_in(client: Client) -> None:
    form = {"username": "ada", "password": PASSWORD, "next": reverse("admin:password_change")}
    assert client.post(reverse("admin:login"), form).status_code == 302


def key_of(client: Client) -> str:
    return client.cookies[console_settings.SESSION_COOKIE_NAME].value


def with_cookie(key: str) -> Client:
    client = Client()
    client.cookies[console_settings.SESSION_COOKIE_NAME] = key
    return client


def is_logged_in(client: Client) -> bool:
    return client.get(reverse("admin:password_change")).status_code == 200


def age(key: str, *, seconds: float) -> None:
    """Make the cached copy look as if SQL had confirmed it some time ago, with a true seal."""
    entry = cache.get(f"session:{key}")
    store = SessionStore(key)
    store._store(entry["data"], entry["verified_at"] - seconds)


def test_a_session_is_cached_under_its_namespace_for_an_hour(
    browser: Client, own_redis: RedisServer
) -> None:
    key = f"session:{key_of(browser)}"

    assert set(json.loads(own_redis.admin().get(key))) == {"data", "verified_at", "seal"}
    assert 3590 <= own_redis.admin().ttl(key) <= 3600


def test_a_fresh_copy_saves_the_query(
    browser: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        assert SessionStore(key_of(browser)).load()["_auth_user_id"]


def test_use_renews_the_hour(browser: Client, own_redis: RedisServer) -> None:
    key = key_of(browser)
    own_redis.admin().expire(f"session:{key}", 100)
    age(key, seconds=VERIFY_S)

    assert is_logged_in(browser)

    assert own_redis.admin().ttl(f"session:{key}") > 3590


def test_the_row_knows_its_user(browser: Client, user: User) -> None:
    assert Session.objects.get(pk=key_of(browser)).user == user


def test_log_in_changes_the_key(own_redis: RedisServer, user: User) -> None:
    store = SessionStore()
    store["cart"] = 1
    store.save()
    client = with_cookie(store.session_key or "")

    log_in(client)

    assert key_of(client) != store.session_key
    assert not Session.objects.filter(pk=store.session_key).exists()


@pytest.mark.parametrize(
    "key", ["a" * 32, "short", "A" * 32, "a" * 31 + "\0", "é" * 32, "a" * 9000]
)
def test_a_key_that_we_did_not_make_is_never_adopted(
    key: str, own_redis: RedisServer, user: User
) -> None:
    store = SessionStore(key)

    assert store.session_key is None or store.load() == {}
    store["x"] = 1
    store.save()
    assert store.session_key != key


@pytest.mark.parametrize("key", ["a" * 31, "a" * 33, "A" * 32, "a" * 31 + "\0", "é" * 32, ""])
def test_a_key_of_another_shape_never_reaches_a_server(key: str) -> None:
    assert SessionStore(key).session_key is None


def test_log_out_ends_the_stolen_cookie_too(browser: Client) -> None:
    stolen = key_of(browser)

    browser.post(reverse("admin:logout"))

    assert not is_logged_in(with_cookie(stolen))


def test_log_out_during_an_outage_holds_when_redis_comes_back_with_the_old_copy(
    browser: Client, own_redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    stolen = key_of(browser)
    old_copy = own_redis.admin().get(f"session:{stolen}")
    own_redis.kill()
    browser.post(reverse("admin:logout"))
    own_redis.start()
    own_redis.admin().set(f"session:{stolen}", old_copy, ex=3600)
    now = time.time()

    monkeypatch.setattr("prism.core.sessions.time.time", lambda: now + VERIFY_S + 1)

    assert not is_logged_in(with_cookie(stolen))


def test_a_copy_is_never_believed_longer_than_a_minute(browser: Client) -> None:
    key = key_of(browser)
    age(key, seconds=VERIFY_S)
    Session.objects.filter(pk=key).delete()

    assert SessionStore(key).load() == {}


def test_a_copy_from_the_future_is_not_believed(browser: Client) -> None:
    key = key_of(browser)
    age(key, seconds=-3600)
    Session.objects.filter(pk=key).delete()

    assert SessionStore(key).load() == {}


def test_a_changed_password_ends_the_other_sessions(browser: Client, user: User) -> None:
    other = Client()
    log_in(other)
    new = "quite another secret"

    browser.post(
        reverse("admin:password_change"),
        {"old_password": PASSWORD, "new_password1": new, "new_password2": new},
    )

    assert is_logged_in(browser)
    assert not is_logged_in(other)


def test_all_sessions_of_a_user_end_at_once_but_the_one_to_keep(
    browser: Client, user: User
) -> None:
    other = Client()
    log_in(other)

    assert end_all_sessions(user, keep=key_of(browser)) == 1

    assert is_logged_in(browser)
    assert not is_logged_in(other)


def test_all_sessions_end_while_redis_is_down(
    browser: Client, own_redis: RedisServer, user: User
) -> None:
    own_redis.kill()

    assert end_all_sessions(user) == 1

    assert not is_logged_in(browser)


def test_deleting_a_user_ends_the_sessions(browser: Client, user: User) -> None:
    user.delete()

    assert not Session.objects.exists()
    assert not is_logged_in(browser)


def test_idle_too_long_is_over(browser: Client) -> None:
    key = key_of(browser)
    Session.objects.filter(pk=key).update(expire_date=timezone.now() - timedelta(seconds=1))
    cache.delete(f"session:{key}")

    assert not is_logged_in(browser)


def test_a_click_moves_the_idle_limit(browser: Client, settings: Settings) -> None:
    key = key_of(browser)
    cache.delete(f"session:{key}")
    Session.objects.filter(pk=key).update(expire_date=timezone.now() + timedelta(hours=1))

    assert is_logged_in(browser)

    left = Session.objects.get(pk=key).expire_date - timezone.now()
    assert left > timedelta(seconds=settings.PRISM_SESSION_IDLE_S - 60)


def test_no_click_moves_the_absolute_limit(browser: Client) -> None:
    key = key_of(browser)
    started = timezone.now() - timedelta(hours=23, minutes=59)
    Session.objects.filter(pk=key).update(created_at=started)
    cache.delete(f"session:{key}")
    store = SessionStore(key)
    store["anything"] = 1
    store.save()
    assert Session.objects.get(pk=key).created_at == started
    Session.objects.filter(pk=key).update(created_at=started - timedelta(minutes=2))
    cache.delete(f"session:{key}")

    assert not is_logged_in(browser)


def test_a_forged_copy_logs_nobody_in(browser: Client, own_redis: RedisServer) -> None:
    """Who can write to Redis copies the entry of an administrator under a key of their own."""
    entry = json.loads(own_redis.admin().get(f"session:{key_of(browser)}"))
    own_redis.admin().set(f"session:{'x' * 32}", json.dumps(entry))
    changed = {**entry, "data": {**entry["data"], "_auth_user_id": "999"}}
    own_redis.admin().set(f"session:{'y' * 32}", json.dumps(changed))

    assert SessionStore("x" * 32).load() == {}
    assert SessionStore("y" * 32).load() == {}


@pytest.mark.parametrize("value", ["{}", "[]", '"text"', "17", "null", '{"data": 1}', "not json"])
def test_a_strange_value_is_a_miss(browser: Client, own_redis: RedisServer, value: str) -> None:
    own_redis.admin().set(f"session:{key_of(browser)}", value)

    assert is_logged_in(browser)


def test_a_database_that_cannot_write_can_still_be_read(
    browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = key_of(browser)
    cache.delete(f"session:{key}")
    Session.objects.filter(pk=key).update(expire_date=timezone.now() + timedelta(hours=1))

    def refuse(*args: object, **values: object) -> int:
        raise DatabaseError("disk full")

    monkeypatch.setattr("prism.core.sessions.SessionQuerySet.update", refuse)

    assert is_logged_in(browser)


def test_a_session_ended_by_somebody_else_is_not_written_again(browser: Client) -> None:
    store = SessionStore(key_of(browser))
    store.load()
    Session.objects.all().delete()
    store["late"] = True

    with pytest.raises(UpdateError):
        store.save()
    assert not Session.objects.exists()


def test_sessions_that_are_over_are_cleared(browser: Client) -> None:
    idle, old = SessionStore(), SessionStore()
    idle.create()
    old.create()
    now = timezone.now()
    Session.objects.filter(pk=idle.session_key).update(expire_date=now - timedelta(seconds=1))
    Session.objects.filter(pk=old.session_key).update(created_at=now - timedelta(hours=25))

    SessionStore.clear_expired()

    assert list(Session.objects.values_list("pk", flat=True)) == [key_of(browser)]


def test_a_session_never_prints_its_key(browser: Client) -> None:
    session = Session.objects.get()

    assert session.pk not in f"{session} {session!r}"


@pytest.mark.django_db(transaction=True)
async def test_async_callers_meet_the_same_rules(own_redis: RedisServer) -> None:
    store = SessionStore()
    await store.aset("x", 1)
    await store.asave()

    assert await SessionStore(store.session_key).aload() == {"x": 1}
    await store.aflush()
    assert not await Session.objects.aexists()
