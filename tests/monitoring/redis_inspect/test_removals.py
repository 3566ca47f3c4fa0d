"""Guarded deletes: off by default, planned first, typed, re-checked, once, and in the trail."""

import shutil
from datetime import timedelta
from typing import Any

import pytest
import redis
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from monitoring.redis_inspect.acl import writer_rule
from monitoring.redis_inspect.models import OwnLookups, RedisInstance, RedisRemoval
from monitoring.redis_inspect.removal_actions import RemovalRefused, carry_out, plan_removal
from monitoring.redis_inspect.server_page import key_access
from prism.core.access import AccessDenied, CommandLine
from prism.core.audit_entry import AuditEntry
from services.catalog.models import RedisNamespace
from tests.make import make_administrator, make_user
from tests.monitoring.redis_inspect.deployments import make_instance, redis_cluster, replica_of
from tests.servers import RedisServer

pytestmark = pytest.mark.django_db
PERSON = CommandLine("ada")


@pytest.fixture
def instance(
    valkey: RedisServer, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> RedisInstance:
    settings.PRISM_REDIS_WRITE = True
    return make_instance(valkey.url, monkeypatch)


@pytest.fixture
def store(valkey: RedisServer) -> redis.Redis:
    return valkey.admin()


def plan(instance: RedisInstance, **over: Any) -> RedisRemoval:
    values: dict[str, Any] = {
        "actor": PERSON, "actor_name": "ada", "instance": instance, "access": key_access(),
        "pattern": "api:cache:*", "kind": "delete", "choice": "all", "ttl_s": None,
        "reason": "stale after the release", "now": timezone.now(),
    }  # fmt: skip
    return plan_removal(**{**values, **over})


def do(made: RedisRemoval, **over: Any) -> RedisRemoval:
    values: dict[str, Any] = {
        "actor": PERSON, "plan": made, "access": key_access(), "typed": made.pattern,
        "now": timezone.now(),
    }  # fmt: skip
    return carry_out(**{**values, **over})


def test_a_plan_counts_and_touches_nothing(instance: RedisInstance, store: redis.Redis) -> None:
    store.mset({f"api:cache:{n}": "x" * 100 for n in range(30)} | {"session:a": "b"})

    made = plan(instance)

    assert (made.planned_keys, made.is_whole, made.status) == (30, True, "planned")
    assert made.planned_bytes > 3000
    assert store.dbsize() == 31
    assert AuditEntry.objects.get().action == "redis.removal_planned"


def test_what_was_planned_is_deleted_and_nothing_else(
    instance: RedisInstance, store: redis.Redis
) -> None:
    RedisNamespace.objects.create(pattern="api:cache:keep:*")
    store.mset({f"api:cache:{n}": "x" for n in range(600)})
    store.mset({"api:cache:keep:1": "of the longer prefix", "session:a": "b"})

    done = do(plan(instance))

    assert (done.status, done.changed_keys) == ("done", 600)
    assert sorted(store.keys("*")) == ["api:cache:keep:1", "session:a"]
    actions = list(AuditEntry.objects.order_by("number").values_list("action", flat=True))
    assert actions == [*("redis.removal_planned", "redis.removal_started", "redis.removal_done")]
    last = AuditEntry.objects.order_by("number").last()
    assert last
    assert '"keys":600' in last.details.replace(" ", "")


def test_keys_that_never_expire_are_made_to(instance: RedisInstance, store: redis.Redis) -> None:
    store.mset({f"session:{n}": "x" for n in range(5)})
    store.set("session:fine", "x", ex=30)

    done = do(plan(instance, pattern="session:*", kind="expire", choice="no_expiry", ttl_s=3600))

    assert done.changed_keys == 5
    assert 0 < store.ttl("session:fine") <= 30
    assert all(3590 < store.ttl(f"session:{n}") <= 3600 for n in range(5))


def test_a_key_that_changed_since_is_left_alone(
    instance: RedisInstance, store: redis.Redis
) -> None:
    store.mset({"session:a": "x", "session:b": "x"})
    made = plan(instance, pattern="session:*", choice="no_expiry")
    store.expire("session:b", 1000)

    done = do(made)

    assert (done.changed_keys, done.skipped_keys) == (1, 1)
    assert store.keys("*") == ["session:b"]


def test_never_more_keys_than_planned(instance: RedisInstance, store: redis.Redis) -> None:
    store.mset({f"api:cache:{n}": "x" for n in range(10)})
    made = plan(instance)
    store.mset({f"api:cache:new:{n}": "x" for n in range(50)})

    done = do(made)

    assert done.changed_keys == 10
    assert store.dbsize() == 50


def test_a_plan_is_carried_out_once(instance: RedisInstance, store: redis.Redis) -> None:
    store.set("api:cache:a", "x")
    made = plan(instance)
    other = RedisRemoval.objects.get(pk=made.pk)
    do(made)
    store.set("api:cache:a", "again")

    with pytest.raises(RemovalRefused, match="already"):
        do(other)

    assert store.dbsize() == 1


@pytest.mark.parametrize(
    ("over", "message"),
    [
        ({"pattern": "*"}, "only a declared namespace"),
        ({"pattern": "api:*"}, "only a declared namespace"),
        ({"pattern": "*:wild"}, "begins with a wildcard"),
        ({"kind": "rename"}, "choose what to do"),
        ({"kind": "expire", "ttl_s": 0}, "after how many seconds"),
        ({"reason": " x "}, "say why"),
    ],
)
def test_what_is_not_planned(
    instance: RedisInstance, store: redis.Redis, over: dict[str, Any], message: str
) -> None:
    RedisNamespace.objects.create(pattern="*:wild")

    with pytest.raises(RemovalRefused, match=message):
        plan(instance, **over)


@pytest.mark.parametrize(
    ("over", "message"),
    [
        ({"typed": "api:cache"}, "type the name"),
        ({"now": timezone.now() + timedelta(days=1)}, "older than 15 minutes"),
    ],
)
def test_what_is_not_carried_out(
    instance: RedisInstance, store: redis.Redis, over: dict[str, Any], message: str
) -> None:
    store.set("api:cache:a", "x")
    made = plan(instance)

    with pytest.raises(RemovalRefused, match=message):
        do(made, **over)

    assert store.dbsize() == 1


def test_it_is_off_unless_somebody_turns_it_on(
    instance: RedisInstance, settings: Settings, client: Client
) -> None:
    settings.PRISM_REDIS_WRITE = False

    with pytest.raises(RemovalRefused, match="PRISM_REDIS_WRITE"):
        plan(instance)
    client.force_login(make_administrator())
    html = client.get("/redis/shared/removals/new/").content.decode()
    assert "Changing keys is off" in html
    assert (
        "Delete or expire"
        not in client.get("/redis/shared/keys/?namespace=api:cache:*").content.decode()
    )


def test_who_may_not_may_not(instance: RedisInstance) -> None:
    with pytest.raises(AccessDenied):
        plan(instance, actor=make_user("operator", is_staff=True))


def test_a_replica_is_refused(
    valkey: RedisServer, instance: RedisInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    with replica_of(valkey, program=valkey.program) as replica:
        monkeypatch.setenv("PRISM_TARGET_SHARED_PROD", replica.url)

        with pytest.raises(RemovalRefused, match="is a replica"):
            plan(instance)


def test_the_writer_of_the_printed_rule_can_do_it_and_the_others_see_their_hit_rate(
    instance: RedisInstance,
    valkey: RedisServer,
    store: redis.Redis,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store.execute_command(*writer_rule(["api:cache:*"]).replace("PASSWORD", "secret").split())
    writer = valkey.url.replace("//", "//prism_writer:secret@")
    monkeypatch.setenv("PRISM_TARGET_SHARED_PROD_WRITER", writer)
    store.mset({f"api:cache:{n}": "x" for n in range(20)})
    before = store.info("stats")

    done = do(plan(instance))

    assert (done.error, done.changed_keys) == ("", 20)
    after = store.info("stats")
    counted = OwnLookups.objects.all()
    assert after["keyspace_hits"] - before["keyspace_hits"] == sum(one.hits for one in counted)


def test_what_goes_wrong_on_the_way_is_in_the_plan(
    instance: RedisInstance, valkey: RedisServer, store: redis.Redis
) -> None:
    store.set("api:cache:a", "x")
    made = plan(instance)
    valkey.kill()

    done = do(made)

    assert done.status == "failed"
    assert done.error
    assert AuditEntry.objects.filter(action="redis.removal_done").exists()


def test_an_address_that_became_unreadable_ends_the_plan(
    instance: RedisInstance, store: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.set("api:cache:a", "x")
    made = plan(instance)
    monkeypatch.setenv("PRISM_TARGET_SHARED_PROD_WRITER", "redis://:hunter/2@127.0.0.1:6379")

    done = do(made)

    assert done.status == "failed"
    assert "hunter" not in done.error


def test_what_was_deleted_before_a_refusal_is_in_the_trail(
    instance: RedisInstance,
    valkey: RedisServer,
    store: redis.Redis,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rule = "ACL SETUSER half on >secret ~* +@all -unlink"
    store.execute_command(*rule.split(), "(+unlink ~api:cache:1*)")
    monkeypatch.setenv("PRISM_TARGET_SHARED_PROD_WRITER", valkey.url.replace("//", "//half:secret@"))  # fmt: skip
    store.mset({f"api:cache:{n}": "x" for n in (1, 2, 11, 12)})

    done = do(plan(instance))

    assert (done.status, done.changed_keys, store.dbsize()) == ("failed", 3, 1)
    assert '"keys":3' in AuditEntry.objects.get(action="redis.removal_done").details


def test_keys_of_a_cluster_are_deleted_on_all_its_servers(
    monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    settings.PRISM_REDIS_WRITE = True
    with redis_cluster(3, shutil.which("redis-server") or "") as servers:
        cluster = redis.RedisCluster(port=servers[0].port, host="127.0.0.1")
        for number in range(40):
            cluster.set(f"api:cache:{number}", "x")
        cluster.close()

        done = do(plan(make_instance(servers[1].url, monkeypatch)))

        assert (done.error, done.changed_keys) == ("", 40)
        assert [one.admin().dbsize() for one in servers] == [0, 0, 0]


def test_the_pages_lead_from_the_keys_to_the_plan_to_what_was_done(
    client: Client, instance: RedisInstance, store: redis.Redis
) -> None:
    store.mset({f"api:cache:{n}": "x" for n in range(7)})
    client.force_login(make_administrator())
    assert (
        "removals/new/?namespace=api%3Acache%3A%2A"
        in client.get("/redis/shared/keys/?namespace=api:cache:*").content.decode()
    )
    asked = {"namespace": "api:cache:*", "kind": "delete", "choice": "all", "reason": "a test"}

    refused = client.post("/redis/shared/removals/new/", {**asked, "reason": ""})
    assert (refused.status_code, "say why" in refused.content.decode()) == (400, True)
    planned = client.post("/redis/shared/removals/new/", asked, follow=True)
    html = planned.content.decode()
    assert "7 keys of shared prod" in html
    address = planned.redirect_chain[-1][0]
    assert client.post(address, {"typed": "no"}).status_code == 400
    done = client.post(address, {"typed": "api:cache:*"}, follow=True).content.decode()

    assert "7 keys: done." in done
    assert "Carry it out" not in done
    assert store.dbsize() == 0
    assert client.get(address.replace("shared", "console")).status_code == 404
